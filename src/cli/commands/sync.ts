import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { syncNowUpdate } from '../../../workflows/messages.ts';
import { formatDuration } from '../../config.ts';
import { type CycleEnd, endedAfter, newestCycle } from '../../operations/cycles.ts';
import { requireSchema } from '../../operations/schema.ts';
import { type CommonOptions, type Context, command, durationMs, withContext } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import type { Io } from '../io.ts';
import { askStatus, update } from '../workflow.ts';

const POLL_MS = 250;
/** The workflow is asked how it is every so many polls: a query costs a worker more than a row a database. */
const ASK_EVERY = 20;

export function syncCommand(io: Io): Command {
  return command('sync', 'sync now, without waiting for the pause to end')
    .option('--wait', 'return when a whole cycle that began after this request has ended')
    .option('--timeout <duration>', 'with --wait: give up after it (default: never)', durationMs)
    .action((options: CommonOptions & { wait?: boolean; timeout?: number }) =>
      withContext(options, io, options.wait ? ['database'] : [], async (context) => {
        const { name } = context.connection;
        const { client } = await context.temporal();
        if (!options.wait) {
          const status = await update(client, name, syncNowUpdate);
          context.print(status, () => `${name} syncs now.\n`);
          return;
        }
        await requireSchema(context.database);
        // Whatever cycle gets a higher number began after this line.
        const before = await newestCycle(context.database);
        await update(client, name, syncNowUpdate);
        const end = await waitForCycle(context, before, options.timeout ?? null);
        const value = { connection: name, ...end };
        context.print(value, () => `Cycle ${end.cycle}: ${end.status}.\n`);
        if (end.status !== 'done') {
          throw new CommandFailed(
            `Cycle ${end.cycle} ${end.status}${end.reason ? `: ${end.reason}` : ''}. See \`tandem cycles\` and \`tandem errors\`.`,
          );
        }
      }),
    );
}

async function waitForCycle(
  context: Context,
  before: number,
  timeoutMs: number | null,
): Promise<CycleEnd> {
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  let stuck: string | null = null;
  for (let poll = 1; ; poll += 1) {
    const end = await endedAfter(context.database, before);
    if (end) return end;
    if (Date.now() > deadline) {
      throw new CommandFailed(
        `No cycle ended within ${formatDuration(timeoutMs!)}. See \`tandem status\`; the request stands.`,
      );
    }
    if (poll % ASK_EVERY === 0) {
      const now = await whyStuck(context);
      // Twice the same: the state before the request took hold is not meant.
      if (now !== null && now === stuck) throw new CommandFailed(now);
      stuck = now;
    }
    await sleep(POLL_MS);
  }
}

/** Why no cycle is to be expected until somebody acts; null when one is. */
async function whyStuck(context: Context): Promise<string | null> {
  const { client } = await context.temporal();
  const { live } = await askStatus(client, context.connection.name);
  if (live === null || !['paused', 'failed', 'limited'].includes(live.state)) return null;
  return `No cycle comes: the connection is ${live.state}${live.reason ? ` (${live.reason})` : ''}. See \`tandem status\`, then \`tandem resume\`.`;
}
