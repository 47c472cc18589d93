import type { Command } from 'commander';
import { readStatus } from '../../operations/status.ts';
import { TemporalUnavailable } from '../../temporal/client.ts';
import { type CommonOptions, type Context, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { statusText } from '../status-text.ts';
import { askStatus } from '../workflow.ts';

export function statusCommand(io: Io): Command {
  return command('status', 'where a connection is, what waits, and what is wrong').action(
    (options: CommonOptions) =>
      withContext(options, io, ['database'], async (context) => {
        const { name, people } = context.connection;
        const answer = await ask(context);
        const status = await readStatus(
          context.database,
          { name, createInSalesforce: people.createInSalesforce },
          answer.live,
        );
        const notLive = answer.live ? null : answer.why;
        context.print(status, () => statusText(status, notLive));
      }),
  );
}

/** Without Temporal the status still comes, from the database. */
async function ask(context: Context): ReturnType<typeof askStatus> {
  try {
    const { client } = await context.temporal();
    return await askStatus(client, context.connection.name);
  } catch (error) {
    if (error instanceof TemporalUnavailable) return { live: null, why: error.message };
    throw error;
  }
}
