import type { Executor, Org } from '../org.ts';
import type { SObject } from '../schema.ts';
import { tableSql } from '../storage.ts';
import { inTransaction } from '../transaction.ts';
import { hasField } from './fields.ts';

/**
 * Empties the recycle bin: of all objects, or of these rows of one, with what went with them.
 * Returns how many rows are gone for good. getDeleted still tells of them.
 */
export async function purge(
  org: Org,
  db: Executor,
  only?: { object: SObject; ids: string[] },
): Promise<number> {
  return inTransaction(db, async (client) => {
    let purged = 0;
    for (const object of org.schema.objects().filter((one) => hasField(one, 'IsDeleted'))) {
      const ids = only?.object.name === object.name ? only.ids : [];
      // One array, as no index serves an id here or a subquery there.
      const filter =
        only === undefined
          ? ''
          : `AND "Id" = ANY($1::text[] || ARRAY(SELECT id FROM org_meta.deletion WHERE root_id = ANY($2)))`;
      const { rowCount } = await client.query(
        `DELETE FROM ${tableSql(object)} WHERE "IsDeleted" ${filter}`,
        only === undefined ? [] : [ids, only.ids],
      );
      purged += rowCount ?? 0;
    }
    return purged;
  });
}
