import type { Command } from 'commander';
import { resumeUpdate } from '../../../workflows/messages.ts';
import { type CommonOptions, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { update } from '../workflow.ts';

export function resumeCommand(io: Io): Command {
  return command('resume', 'go on after a pause, or after a failure that has been mended').action(
    (options: CommonOptions) =>
      withContext(options, io, [], async (context) => {
        const { client } = await context.temporal();
        const status = await update(client, context.connection.name, resumeUpdate);
        context.print(status, () => `${status.connection} goes on: ${status.state}.\n`);
      }),
  );
}
