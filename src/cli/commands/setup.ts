import type { Command } from 'commander';
import { loadAdministrator } from '../../config.ts';
import { type SetupReport, setUpConnection } from '../../operations/setup.ts';
import { type CommonOptions, command, dataFolder, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';

interface Options extends CommonOptions {
  username?: string;
}

export function setupCommand(io: Io): Command {
  return command(
    'setup',
    'make the External ID field in Salesforce, and let the sync user use it, as an administrator',
  )
    .option(
      '--username <name>',
      'the administrator, with SALESFORCE_ADMIN_PASSWORD (default: SALESFORCE_ADMIN_USERNAME, else the sync user)',
    )
    .action((options: Options) =>
      withContext(options, io, ['salesforce'], async (context) => {
        const { connection } = context;
        const administrator = loadAdministrator({
          connection: connection.name,
          loginUrl: connection.salesforce.loginUrl,
          dataDir: dataFolder(options),
          ...(options.username !== undefined && { username: options.username }),
        });
        const report = await setUpConnection(connection, administrator ?? connection.salesforce);
        context.print(report, () => reportText(report));
      }),
    );
}

function reportText({ username, steps, findings }: SetupReport): string {
  const rows = steps.map(({ what, made, refused }) => [
    what,
    refused ?? (made ? 'made' : 'was there'),
  ]);
  const left = findings.map(({ what, remedy }) => `${what}. ${remedy}\n`).join('');
  const next =
    left === '' ? `${username} can use it. Run \`tandem resume\` to have it seen at once.\n` : left;
  return table(['what', ''], rows) + next;
}
