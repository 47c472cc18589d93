import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { pauseUpdate } from '../../../workflows/messages.ts';
import { type CommonOptions, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { update } from '../workflow.ts';

export function pauseCommand(io: Io): Command {
  return command('pause', 'let the step in flight finish, then hold')
    .option('--reason <text>', 'why, for whoever finds it paused', 'no reason given')
    .option('--by <name>', 'who asks (default: the user of this machine)')
    .action((options: CommonOptions & { reason: string; by?: string }) =>
      withContext(options, io, [], async (context) => {
        const { client } = await context.temporal();
        const status = await update(client, context.connection.name, pauseUpdate, {
          by: options.by ?? userInfo().username,
          reason: options.reason,
        });
        context.print(status, () => `${status.connection}: ${status.reason ?? status.state}.\n`);
      }),
    );
}
