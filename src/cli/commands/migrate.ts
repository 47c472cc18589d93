import type { Command } from 'commander';
import { migrate } from '../../operations/database.ts';
import { type CommonOptions, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';

export function migrateCommand(io: Io): Command {
  return command('migrate', "bring a connection's database to this version's schema").action(
    (options: CommonOptions) =>
      withContext(options, io, ['database'], async (context) => {
        const { applied } = await migrate(context.database);
        context.print({ connection: context.connection.name, applied }, () =>
          applied.length === 0
            ? 'Nothing to do.\n'
            : `Applied:\n${applied.map((name) => `  ${name}\n`).join('')}`,
        );
      }),
  );
}
