import type { Command } from 'commander';
import { readStatus, type Status } from '../../operations/status.ts';
import { TemporalUnavailable } from '../../temporal/client.ts';
import { type CommonOptions, type Context, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { statusText } from '../status-text.ts';
import { askStatus } from '../workflow.ts';

export function statusCommand(io: Io): Command {
  return command('status', 'where a connection is, what waits, and what is wrong').action(
    (options: CommonOptions) =>
      withContext(options, io, ['database'], async (context) => {
        const answer = await ask(context);
        const status = await readStatus(context.database, context.connection, answer.live);
        const notLive = answer.live ? null : answer.why;
        context.print(contractOf(status), () => statusText(status, notLive));
      }),
  );
}

/** The keys that other programs were promised, and no more: one they see they may come to rely on. */
function contractOf({ mirroredAt: _, initialLoad, ...status }: Status) {
  const objects = initialLoad.objects.map(({ state: _state, ...progress }) => progress);
  return { ...status, initialLoad: { objects } };
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
