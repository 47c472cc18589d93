import type { Pool, PoolClient } from 'pg';
import type { Schema } from '../schema.ts';
import { createObjectIndexes, sequenceSql, tableSql } from '../storage.ts';
import { createShapes, insertRows, type RowPlan } from './rows.ts';

/** Rows a statement: large enough that its start costs nothing, small enough to show progress. */
const CHUNK = 25_000;
/** Connections at work; more than a small machine's cores gains nothing. */
const WORKERS = 2;

/** Makes the rows of all plans and numbers the next ids after them. Reports rows done so far. */
export async function insertAll(
  pool: Pool,
  plans: RowPlan[],
  base: Date,
  progress: (done: number) => void,
): Promise<void> {
  for (const plan of plans) await createShapes(pool, plan);
  let done = 0;
  const chunks = plans.flatMap((plan) => chunksOf(plan));
  await inParallel(pool, chunks, async (client, { plan, from, to }) => {
    await insertRows(client, plan, from, to, base);
    done += to - from + 1;
    progress(done);
  });
  for (const { object, total } of plans) {
    if (total > 0) await pool.query('SELECT setval($1, $2)', [sequenceSql(object), total]);
  }
}

function chunksOf(plan: RowPlan): { plan: RowPlan; from: number; to: number }[] {
  return Array.from({ length: Math.ceil(plan.total / CHUNK) }, (_, i) => ({
    plan,
    from: i * CHUNK + 1,
    to: Math.min((i + 1) * CHUNK, plan.total),
  }));
}

/** Builds every index over rows that are already there, which is much faster than keeping them. */
export async function buildIndexes(pool: Pool, schema: Schema): Promise<void> {
  await inParallel(pool, schema.objects(), async (client, object) => {
    await createObjectIndexes(client, schema, object);
    await client.query(`VACUUM (ANALYZE) ${tableSql(object)}`);
  });
}

/** Works a list off on a few connections of their own, which are closed afterwards. */
async function inParallel<T>(
  pool: Pool,
  tasks: T[],
  work: (client: PoolClient, task: T) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const worker = async () => {
    const client = await pool.connect();
    try {
      // A seed that is broken off is made anew, so no commit need reach the disk at once.
      await client.query(
        `SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET TimeZone = 'UTC'`,
      );
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        await work(client, task);
      }
    } finally {
      client.release(true);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
