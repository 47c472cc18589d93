import type { ObjectSpec } from '../sync/objects.ts';
import { stagingOf, tableOf } from './columns.ts';
import { type Database, LOCK_TIMEOUT, type Transaction } from './database.ts';
import { isLockTimeout } from './errors.ts';

/** Long enough for any edit; who holds a row longer is passed by. */
const PATIENCE = '5s';

/**
 * Locks the rows of the object's table that staged rows will change, in the order of their keys, so
 * that writers never wait for each other in a circle. Later statements of this transaction then see
 * every local edit made before, and none comes in between (N1).
 *
 * Rows that another session holds on to are left out: their staged rows are dropped, and their
 * number returned, so that one forgotten transaction does not stop an object (N3). The caller must
 * not move the watermark then.
 */
export async function lockTargets(tx: Transaction, spec: ObjectSpec): Promise<number> {
  const staging = stagingOf(spec.name);
  const table = tableOf(spec.name);
  const held = `held as materialized (
    select t.sfdc_id from ${staging} s join ${table} t on t.sfdc_id = s."Id"
    order by t.sfdc_id for no key update of t`;
  try {
    await tx.savepoint(async () => {
      await tx.query(`set local lock_timeout = '${PATIENCE}'`);
      await tx.query(`with ${held}) select count(*) from held`);
      await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    });
    return 0;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
  }
  const { rowCount } = await tx.query(
    `with ${held} skip locked)
     delete from ${staging} s using ${table} t
     where t.sfdc_id = s."Id" and s."Id" not in (select sfdc_id from held)`,
  );
  return rowCount;
}

/**
 * Does work that only one session at a time may do, on calls to elsewhere too: another one waits for
 * LOCK_TIMEOUT. Held by a transaction that does nothing else; the server notices within half a minute
 * when its machine is gone. The work's own errors come through as they are.
 * @throws DatabaseBusy another session is at it
 */
export async function alone<T>(db: Database, what: string, work: () => Promise<T>): Promise<T> {
  let result: { value: T } | { error: unknown } | null = null;
  await db.transaction(
    async (tx) => {
      await tx.query(`select set_config('tcp_keepalives_idle', '10', true),
        set_config('tcp_keepalives_interval', '5', true), set_config('tcp_keepalives_count', '4', true),
        set_config('idle_in_transaction_session_timeout', '0', true)`);
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [what]);
      try {
        result = { value: await work() };
      } catch (error) {
        result = { error };
      }
    },
    { retry: false },
  );
  const done = result as { value: T } | { error: unknown } | null;
  if (done !== null && 'value' in done) return done.value;
  throw done?.error;
}
