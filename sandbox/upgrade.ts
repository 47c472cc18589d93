import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { createBaseRows } from './base-rows.ts';
import { loadSchema, saveObject } from './objects/index.ts';
import { createOrgMeta } from './org-meta.ts';
import type { Schema } from './schema.ts';
import { createBusinessRules } from './seed/business-rules.ts';
import {
  addColumn,
  createIndexes,
  createStorage,
  createTables,
  type Database,
  isStored,
} from './storage.ts';
import { inTransaction } from './transaction.ts';

/**
 * Brings an org that an older sandbox has made up to this one: side tables, standard objects and
 * fields, indexes and base rows that are missing. Its rows, its custom objects and fields and what it
 * has changed stay as they are. Nothing is done, or waited for, when nothing is missing.
 */
export async function upgradeOrg(pool: Pool): Promise<void> {
  const schema = await loadSchema(pool);
  const wanted = await storageHash(schema);
  if ((await storedHash(pool)) === wanted) return;
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('sandbox upgrade'))`);
    // Another process may have done it while this one waited.
    if ((await storedHash(client)) === wanted) return;
    await createOrgMeta(client);
    await createTables(client, schema);
    await addMissingColumns(client, schema);
    await createIndexes(client, schema);
    for (const object of schema.objects()) await saveObject(client, object);
    await createBaseRows(client, schema);
    await createBusinessRules(client, schema);
    await markUpgraded(client, schema);
  });
}

/** Says that the org's storage is all there. */
export async function markUpgraded(db: Database, schema: Schema): Promise<void> {
  await db.query('UPDATE org_meta.org SET storage_hash = $1', [await storageHash(schema)]);
}

/** Undefined where an older sandbox has kept none. */
async function storedHash(db: Database): Promise<string | undefined> {
  const { rows } = await db.query('SELECT to_jsonb(org) AS org FROM org_meta.org AS org');
  return rows[0]?.org.storage_hash;
}

/** Of all that a sandbox would run to make the storage of this schema from nothing. */
async function storageHash(schema: Schema): Promise<string> {
  const hash = createHash('sha256');
  const record = { query: async (sql: string) => hash.update(`${sql};`) };
  await createStorage(record as unknown as Database, schema);
  return hash.digest('hex');
}

async function addMissingColumns(db: Database, schema: Schema): Promise<void> {
  const { rows } = await db.query(
    `SELECT table_name || '.' || column_name AS path FROM information_schema.columns
      WHERE table_schema = 'org'`,
  );
  const there = new Set(rows.map(({ path }) => path));
  for (const object of schema.objects()) {
    for (const field of object.fields.filter(isStored)) {
      if (!there.has(`${object.name}.${field.name}`)) await addColumn(db, schema, object, field);
    }
  }
}
