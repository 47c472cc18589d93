import { type Command, InvalidArgumentError } from 'commander';
import { dismissErrors, type ErrorEntry, listErrors, tryAgain } from '../../operations/errors.ts';
import { requireSchema } from '../../operations/schema.ts';
import { type CommonOptions, command, wholeNumber, withContext } from '../command.ts';
import { WrongUse } from '../failures.ts';
import type { Io } from '../io.ts';
import { shortTime, table } from '../table.ts';

interface Options extends CommonOptions {
  limit: number;
  object?: string;
  operation?: string;
  code?: string;
  all?: boolean;
  tryAgain?: string[] | 'all';
  dismiss?: string[];
}

export function errorsCommand(io: Io): Command {
  return command('errors', 'records that could not be synced, and why')
    .option('--limit <n>', 'how many', wholeNumber, 100)
    .option('--object <name>', 'of one object')
    .option('--operation <name>', 'such as "push updates" or "push new"')
    .option('--code <code>', "of one of Salesforce's error codes")
    .option('--all', 'resolved and dismissed ones too')
    .option(
      '--try-again <ids>',
      'make errors due at once: ids with commas between, or all',
      idsOrAll,
    )
    .option('--dismiss <ids>', 'take errors off the list; their records are still tried', ids)
    .action((options: Options) => {
      if (options.tryAgain && options.dismiss) {
        throw new WrongUse('Give --try-again or --dismiss, not both.');
      }
      return withContext(options, io, ['database'], async (context) => {
        const { database } = context;
        await requireSchema(database);
        if (options.tryAgain) {
          const due = await tryAgain(
            database,
            options.tryAgain === 'all' ? null : options.tryAgain,
          );
          context.print(
            { due },
            () => `${due} are tried in the next cycle; \`tandem sync\` begins it.\n`,
          );
        } else if (options.dismiss) {
          const dismissed = await dismissErrors(database, options.dismiss);
          context.print({ dismissed }, () => `${dismissed} are off the list.\n`);
        } else {
          const errors = await listErrors(database, options);
          context.print(errors, () => errorsText(errors));
        }
      });
    });
}

function errorsText(errors: readonly ErrorEntry[]): string {
  if (errors.length === 0) return 'No errors.\n';
  return table(
    [
      'id',
      'object',
      'operation',
      'Salesforce id',
      'person',
      'code and message',
      'tries',
      'next try (UTC)',
    ],
    errors.map((error) => [
      error.id,
      error.object,
      error.operation,
      error.sfdcId,
      error.personId,
      `${error.code}\n${error.message}`,
      error.tries,
      error.status === 'open' ? shortTime(error.nextTry) || 'next cycle' : error.status,
    ]),
  );
}

function ids(text: string): string[] {
  const list = text.split(',').map((id) => id.trim());
  if (list.every((id) => /^\d{1,18}$/.test(id))) return list;
  throw new InvalidArgumentError(
    'Give the numbers that `tandem errors` shows, with commas between.',
  );
}

function idsOrAll(text: string): string[] | 'all' {
  return text === 'all' ? text : ids(text);
}
