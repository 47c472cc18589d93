import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { syncNowUpdate } from '../../../workflows/messages.ts';
import { formatDuration } from '../../config.ts';
import {
  askForComparison,
  type ComparisonEntry,
  comparableObjects,
  hasEnded,
  listComparisons,
} from '../../operations/compare.ts';
import { requireSchema } from '../../operations/schema.ts';
import { startComparison } from '../../temporal/client.ts';
import { type CommonOptions, type Context, command, durationMs, withContext } from '../command.ts';
import { CommandFailed, WrongUse } from '../failures.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';
import { askStatus, update } from '../workflow.ts';

const POLL_MS = 500;

interface Options extends CommonOptions {
  object?: string;
  wait?: boolean;
  timeout?: number;
}

export function compareCommand(io: Io): Command {
  return command('compare', 'compare the ids on both sides, and repair what was purged or missed')
    .option('--object <name>', 'of one object (default: all)')
    .option('--wait', 'return when all is compared and repaired')
    .option('--timeout <duration>', 'with --wait: give up after it (default: never)', durationMs)
    .action((options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const { database, connection, config } = context;
        await requireSchema(database);
        const objects = await chosen(context, options.object);
        const { client } = await context.temporal();
        const { live } = await askStatus(client, connection.name);
        if (live?.state === 'paused') {
          throw new CommandFailed(`Refused: ${live.reason}. First \`tandem resume\`.`);
        }
        const asked = await askForComparison(database, objects);
        await startComparison(client, connection.name, config.temporal.taskQueue);
        if (!options.wait) {
          const value = { connection: connection.name, objects };
          context.print(value, () => `Comparing ${objects.join(', ')} in the background.\n`);
          return;
        }
        const found = await waitForEnd(context, objects, asked, options.timeout ?? null);
        context.print({ connection: connection.name, objects: found }, () => asText(found));
        const failed = found.filter(({ reason }) => reason !== null);
        if (failed.length > 0) {
          throw new CommandFailed(
            `${failed.map(({ object }) => object).join(', ')} could not be compared: see the reasons above, mend them, then compare again.`,
          );
        }
      }),
    );
}

async function chosen(context: Context, object: string | undefined): Promise<string[]> {
  const all = await comparableObjects(context.database);
  if (object === undefined) return all;
  if (all.includes(object)) return [object];
  throw new WrongUse(`There is no copy of ${object} to compare: there are ${all.join(', ')}.`);
}

/** Until every object is compared, and the cycles have read what was missing. */
async function waitForEnd(
  context: Context,
  objects: string[],
  asked: Date,
  timeoutMs: number | null,
): Promise<ComparisonEntry[]> {
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  const { name } = context.connection;
  const { client } = await context.temporal();
  for (let synced = false; ; await sleep(POLL_MS)) {
    const found = await listComparisons(context.database, objects);
    const ended = found.length === objects.length && found.every((one) => hasEnded(one, asked));
    const left = found.reduce((sum, one) => sum + one.left, 0);
    if (ended && left === 0) return found;
    // One that was just ending did not see the request.
    if (!ended) await startComparison(client, name, context.config.temporal.taskQueue);
    if (ended && !synced) {
      await update(client, name, syncNowUpdate);
      synced = true;
    }
    if (Date.now() > deadline) {
      throw new CommandFailed(
        `Not compared and repaired within ${formatDuration(timeoutMs!)}. It goes on in the background; see \`tandem status\`.`,
      );
    }
  }
}

function asText(found: readonly ComparisonEntry[]): string {
  return table(
    ['object', 'ids there', 'missing here, pulled', 'gone there, marked', 'problem'],
    found.map(({ object, rows, missing, gone, reason }) => [
      ...[object, String(rows), String(missing), String(gone), reason ?? ''],
    ]),
  );
}
