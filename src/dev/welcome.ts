import { relative } from 'node:path';
import type { Endpoints } from './endpoints.ts';
import type { DataFolder } from './folder.ts';
import type { StartOptions } from './options.ts';

/** What a person needs to know once everything is up. */
export function welcome(
  options: StartOptions,
  folder: DataFolder,
  { salesforce, database, temporal }: Endpoints,
): string[] {
  const data = options.data === '.tandem' ? '' : ` --data ${shellWord(options.data)}`;
  const config = options.config === undefined ? '' : ` --config ${shellWord(options.config)}`;
  const tandem = `npm run -s tandem --`;
  const edit = `npm run -s edit --`;
  const own = (given: string) => `your own (${given})`;
  return [
    '',
    'Everything is up.',
    `  Temporal's Web UI   ${temporal?.webUi ?? own('TEMPORAL_ADDRESS')}`,
    `  Marketing database  ${database?.url ?? own('DATABASE_URL')}`,
    `  Salesforce          ${salesforce ? `${salesforce.loginUrl} (sandbox org)` : own('SALESFORCE_*')}`,
    ...(salesforce ? [`  Sandbox control     ${salesforce.controlUrl}`] : []),
    `  All addresses       ${relative(process.cwd(), folder.endpoints) || folder.endpoints}`,
    '',
    ...(options.sync
      ? [`See where it is:              ${tandem} status${data}${config}`]
      : [
          'Nothing is synced (--no-sync). To begin, in two terminals:',
          `  ${tandem} worker${data}${config}`,
          `  ${tandem} start${data}${config}`,
        ]),
    ...(salesforce ? [`Edit a lead in Salesforce:    ${edit} salesforce${data}`] : []),
    ...(database ? [`Edit a person in marketing:   ${edit} marketing${data}`] : []),
    'Stop:                         Ctrl-C',
    '',
  ];
}

/** Quoted for a POSIX shell where it has to be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
