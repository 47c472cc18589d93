import type { SandboxOrg } from '../sandbox-org.ts';
import { tableSql } from '../storage.ts';

/** Empties the recycle bin of every object; returns how many rows went. */
export async function purge({ pool, schema }: SandboxOrg): Promise<number> {
  let purged = 0;
  for (const object of schema.objects()) {
    if (schema.field(object, 'IsDeleted') === undefined) continue;
    const { rowCount } = await pool.query(`DELETE FROM ${tableSql(object)} WHERE "IsDeleted"`);
    purged += rowCount ?? 0;
  }
  return purged;
}
