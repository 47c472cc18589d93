import type { Command } from 'commander';
import { startConnection } from '../../temporal/client.ts';
import { type CommonOptions, command, durationMs, withContext } from '../command.ts';
import type { Io } from '../io.ts';

export function startCommand(io: Io): Command {
  return command('start', 'start a connection: its first copy, then cycles for ever')
    .option(
      '--pause <duration>',
      'between cycles, such as 5m (default: from the settings)',
      durationMs,
    )
    .action((options: CommonOptions & { pause?: number }) =>
      withContext(options, io, [], async (context) => {
        const { name, pauseMs } = context.connection;
        const { client } = await context.temporal();
        const started = await startConnection(client, name, {
          pauseMs: options.pause ?? pauseMs,
          taskQueue: context.config.temporal.taskQueue,
        });
        context.print({ connection: name, started }, () =>
          started
            ? `Connection ${name} is started. See where it is with \`tandem status\`.\n`
            : `Connection ${name} runs already.\n`,
        );
      }),
    );
}
