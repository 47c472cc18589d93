import type { Pool, PoolClient } from 'pg';
import type { Schema, SObject } from '../schema.ts';
import { createObjectIndexes, sequenceSql, tableSql } from '../storage.ts';
import { createShapes, type DerivedPlan, insertRows, type RowPlan } from './rows.ts';

/** Rows a statement: large enough that its start costs nothing, small enough to show progress. */
const CHUNK = 25_000;
/** Connections at work; more than a small machine's cores gains nothing. */
const WORKERS = 2;

type Plan = RowPlan | DerivedPlan;

/** Makes the rows of all plans and numbers the next ids after them. Reports rows done so far. */
export async function insertAll(
  pool: Pool,
  plans: RowPlan[],
  base: Date,
  progress: (done: number) => void,
): Promise<void> {
  for (const plan of plans) await createShapes(pool, plan);
  let done = 0;
  await insertInChunks(pool, plans, base, (rows) => {
    done += rows;
    progress(done);
  });
  for (const { object, total } of plans) await numberAfter(pool, object, total);
}

/** Makes the rows that follow from plans whose rows are there. */
export async function insertDerived(pool: Pool, plans: DerivedPlan[], base: Date): Promise<void> {
  await insertInChunks(pool, plans, base, () => undefined);
  const last = Map.groupBy(plans, ({ object }) => object);
  for (const [object, its] of last)
    await numberAfter(pool, object, Math.max(...its.map(({ lastNumber }) => lastNumber)));
}

async function insertInChunks(
  pool: Pool,
  plans: Plan[],
  base: Date,
  made: (rows: number) => void,
): Promise<void> {
  const chunks = plans.flatMap((plan) => chunksOf(plan));
  await inParallel(pool, chunks, async (client, { plan, from, to }) => {
    await insertRows(client, plan, from, to, base);
    made(to - from + 1);
  });
}

async function numberAfter(pool: Pool, object: SObject, last: number): Promise<void> {
  if (last > 0) await pool.query('SELECT setval($1, $2)', [sequenceSql(object), last]);
}

function chunksOf(plan: Plan): { plan: Plan; from: number; to: number }[] {
  const { total } = 'of' in plan ? plan.of : plan;
  return Array.from({ length: Math.ceil(total / CHUNK) }, (_, i) => ({
    plan,
    from: i * CHUNK + 1,
    to: Math.min((i + 1) * CHUNK, total),
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
