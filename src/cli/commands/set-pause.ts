import { Argument, type Command } from 'commander';
import { setPauseUpdate } from '../../../workflows/messages.ts';
import { formatDuration } from '../../config.ts';
import { type CommonOptions, command, durationMs, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { update } from '../workflow.ts';

export function setPauseCommand(io: Io): Command {
  return command('set-pause', 'change how long a connection waits between cycles')
    .addArgument(new Argument('<duration>', 'such as 30s, 5m or 2h').argParser(durationMs))
    .action((pauseMs: number, options: CommonOptions) =>
      withContext(options, io, [], async (context) => {
        const { client } = await context.temporal();
        const status = await update(client, context.connection.name, setPauseUpdate, { pauseMs });
        context.print(
          status,
          () => `${status.connection} waits ${formatDuration(status.pauseMs)} between cycles.\n`,
        );
      }),
    );
}
