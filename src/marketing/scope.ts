import { restartLoad } from '../ledger/loads.ts';
import { objectSpec } from '../sync/objects.ts';
import { tableOf } from './columns.ts';
import type { Database } from './database.ts';

/** Those of the records that are here and not marked as left out. */
export async function insideHere(
  db: Database,
  object: string,
  sfdcIds: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select sfdc_id as id from ${tableOf(object)} where sfdc_id = any($1) and not sfdc_out_of_scope`,
    [[...sfdcIds]],
  );
  return rows.map(({ id }) => id);
}

/** Those of the leads that are here and not known to be converted, whether left out or not (C10). */
export async function unconvertedHere(db: Database, sfdcIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select sfdc_id as id from marketing.person
     where sfdc_id = any($1) and not sfdc_is_deleted and sfdc_is_converted is not true`,
    [[...sfdcIds]],
  );
  return rows.map(({ id }) => id);
}

/** Marks records that config's condition leaves out now: they stay as they are, and get no pushes (C12). */
export async function leaveScope(
  db: Database,
  object: string,
  sfdcIds: readonly string[],
): Promise<number> {
  if (sfdcIds.length === 0) return 0;
  return db.syncTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update ${tableOf(object)} set sfdc_out_of_scope = true
       where sfdc_id in (select sfdc_id from ${tableOf(object)}
         where sfdc_id = any($1) and not sfdc_out_of_scope order by sfdc_id for no key update)`,
      [[...sfdcIds]],
    );
    return rowCount;
  });
}

/** Rows marked in one transaction: users wait for as many at most, for a fraction of a second. */
const MARKED_AT_ONCE = 5_000;

/** No condition of config's: rows are being marked, and nothing is known of them. */
const UNDER_WAY = '';

/**
 * Notes the condition by which an object's rows are chosen. When it is another than last time, every row
 * counts as left out until a pull from the beginning finds it inside; it is asked for here, and a load
 * that is under way by the condition before begins again (C12, N1). The rows are marked some at a time, so
 * that nobody waits for all of them; a change that was not brought to its end is begun anew, also back to the
 * condition before it.
 */
export async function keepScope(
  db: Database,
  object: string,
  filter: string | null,
  atOnce = MARKED_AT_ONCE,
): Promise<boolean> {
  if (!(await beginScope(db, object, filter))) return false;
  const { keyPrefix } = objectSpec(object);
  for (let after: string | null = ''; after !== null; ) after = await markSome(after);
  return db.syncTransaction(async (tx) => {
    await tx.query('select from tandem.object where name = $1 for update', [object]);
    // First, as a page of the load does: it holds the cursor, then the rows.
    await restartLoad(tx, object);
    // What came since its place was marked.
    await tx.query(
      `update ${tableOf(object)} set sfdc_out_of_scope = true where sfdc_id in (
         select sfdc_id from ${tableOf(object)}
         where not sfdc_out_of_scope and sfdc_id is not null and ($1::text is null or left(sfdc_id, 3) = $1)
         order by sfdc_id for no key update)`,
      [keyPrefix],
    );
    await tx.query(
      `update tandem.watermark set reread_from = 'epoch', reread_taken = false where object = $1`,
      [object],
    );
    await tx.query('update tandem.object set scope = $2 where name = $1', [object, filter]);
    return true;
  });

  function markSome(after: string): Promise<string | null> {
    return db.syncTransaction(async (tx) => {
      const { rows } = await tx.query<{ last: string | null }>(
        `with chosen as materialized (
           select sfdc_id from ${tableOf(object)}
           where sfdc_id > $2 and not sfdc_out_of_scope and ($1::text is null or left(sfdc_id, 3) = $1)
           order by sfdc_id limit $3 for no key update
         ), marked as (
           update ${tableOf(object)} t set sfdc_out_of_scope = true
           from chosen where t.sfdc_id = chosen.sfdc_id)
         select max(sfdc_id) as last from chosen`,
        [keyPrefix, after, atOnce],
      );
      return rows[0]!.last;
    });
  }
}

/** False when the object is unknown, or chosen by this condition already. */
async function beginScope(db: Database, object: string, filter: string | null): Promise<boolean> {
  return db.syncTransaction(async (tx) => {
    const { rows } = await tx.query<{ scope: string | null }>(
      'select scope from tandem.object where name = $1 for update',
      [object],
    );
    if (rows[0] === undefined || rows[0].scope === filter) return false;
    await tx.query('update tandem.object set scope = $2 where name = $1', [object, UNDER_WAY]);
    await restartLoad(tx, object);
    return true;
  });
}
