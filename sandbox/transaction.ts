import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { currentRequest } from './current-request.ts';
import type { Executor } from './org.ts';

let savepoints = 0;

const waiting = new WeakMap<PoolClient, Set<() => Promise<void>>>();

/** Has `work` done, once, when the transaction that `client` is in has been committed; never, if it is not. */
export function afterCommit(client: PoolClient, work: () => Promise<void>): void {
  waiting.set(client, (waiting.get(client) ?? new Set()).add(work));
}

/**
 * Runs `work` in a transaction of its own on a pool, or in a savepoint on a client whose caller
 * holds a transaction. Rolls back and rethrows when `work` throws.
 */
export async function inTransaction<T>(
  db: Executor,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  if (!isPool(db)) return inSavepoint(db, work);
  const client = await db.connect();
  let result: T;
  try {
    await client.query('BEGIN');
    result = await work(client);
    const delay = currentRequest.getStore()?.commitDelay ?? 0;
    if (delay > 0 && (await hasWritten(client))) await sleep(delay);
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    waiting.delete(client);
    await rollBack(client);
    throw error;
  }
  const followUps = waiting.get(client) ?? [];
  waiting.delete(client);
  for (const followUp of followUps) await followUp();
  return result;
}

/** A transaction gets its id from PostgreSQL with its first write or row lock. */
async function hasWritten(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS written',
  );
  return rows[0].written;
}

async function inSavepoint<T>(
  client: PoolClient,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  savepoints += 1;
  const name = `nested_${savepoints}`;
  await client.query(`SAVEPOINT ${name}`);
  try {
    const result = await work(client);
    await client.query(`RELEASE SAVEPOINT ${name}`);
    return result;
  } catch (error) {
    await client.query(`ROLLBACK TO SAVEPOINT ${name}`);
    throw error;
  }
}

/** A client that cannot even roll back is destroyed, so that the pool never hands it out again. */
async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}

function isPool(db: Executor): db is Extract<Executor, { totalCount: number }> {
  return 'totalCount' in db;
}
