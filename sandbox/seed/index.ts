import { randomInt } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { createBaseRows } from '../base-rows.ts';
import { makeId } from '../ids.ts';
import { saveObject, standardObjects } from '../objects/index.ts';
import { createOrgMeta } from '../org-meta.ts';
import { Schema } from '../schema.ts';
import { createTables, type Database } from '../storage.ts';
import { markUpgraded } from '../upgrade.ts';
import { createBase } from './base.ts';
import { createCredentials } from './credentials.ts';
import { addCustomFields } from './custom-fields.ts';
import { addCustomObjects } from './custom-objects.ts';
import { buildIndexes, insertAll } from './load.ts';
import { plansFor } from './plans.ts';
import { createRelated } from './related.ts';
import { createRules } from './rules.ts';
import { createStaff } from './staff.ts';

export { type OrgCredentials, readCredentials } from './credentials.ts';

export interface PrepareOptions {
  /** Live leads and contacts together, half of each; accounts are a tenth of it. */
  people: number;
  /** In place of `people`, when their numbers are to differ. */
  mix?: { leads: number; contacts: number } | undefined;
  /** Takes progress, a line at a time. */
  log?: (line: string) => void;
  /** The instant that all stamps are counted back from. */
  now?: Date;
}

export interface PreparedOrg {
  id: string;
  leads: number;
  contacts: number;
  /** False when the org was there already. */
  created: boolean;
}

/** One process at a time prepares an org. */
const LOCK = 4_617_283;

/**
 * Makes the org with its rows in an empty database; an org that is there already stays as it is,
 * whatever its size. One whose making was broken off is made from the start. Throws when the
 * database's schema `org` is not a sandbox's.
 */
export async function prepareOrg(pool: Pool, options: PrepareOptions): Promise<PreparedOrg> {
  const lock = await pool.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const found = await findOrg(pool);
    if (found !== undefined) return found;
    return await createOrg(pool, options);
  } finally {
    await unlock(lock);
  }
}

async function unlock(lock: PoolClient): Promise<void> {
  // Ends the session, and with it the lock, even where it could not be asked to.
  lock.release(true);
}

async function findOrg(db: Database): Promise<PreparedOrg | undefined> {
  const { rows: schemas } = await db.query(
    `SELECT to_regnamespace('org') AS org, to_regclass('org_meta.org') AS ours`,
  );
  if (schemas[0].ours === null) {
    if (schemas[0].org === null) return undefined;
    throw new Error(
      'The database has a schema "org" that no sandbox has made: give the sandbox a database of its own',
    );
  }
  const { rows } = await db.query(
    'SELECT id, leads::float8, contacts::float8 FROM org_meta.org WHERE seeded_at IS NOT NULL',
  );
  return rows.length === 0 ? undefined : { ...rows[0], created: false };
}

async function createOrg(pool: Pool, options: PrepareOptions): Promise<PreparedOrg> {
  const { log = () => {} } = options;
  const leads = options.mix?.leads ?? Math.ceil(options.people / 2);
  const contacts = options.mix?.contacts ?? Math.floor(options.people / 2);
  const sizes = { accounts: Math.ceil((leads + contacts) / 10), leads, contacts };
  const base = new Date(Math.floor((options.now ?? new Date()).getTime() / 1000) * 1000);
  const started = performance.now();

  await pool.query('DROP SCHEMA IF EXISTS org_seed, org, org_meta CASCADE');
  await createOrgMeta(pool);
  const id = makeId('00D', randomInt(62 ** 7));
  await pool.query('INSERT INTO org_meta.org (id, leads, contacts) VALUES ($1, $2, $3)', [
    id,
    leads,
    contacts,
  ]);
  const schema = new Schema(standardObjects());
  addCustomFields(schema);
  addCustomObjects(schema);
  for (const object of schema.objects()) await saveObject(pool, object);
  await createTables(pool, schema);
  const staff = await createStaff(pool, schema, id, base);
  await createBaseRows(pool, schema);
  await createRules(pool, schema, staff);
  await createCredentials(pool, staff);
  await createBase(pool);

  const total = leads + contacts + sizes.accounts;
  log(`Making ${leads} leads, ${contacts} contacts and ${sizes.accounts} accounts`);
  const plans = plansFor(schema, staff, sizes);
  await insertAll(pool, Object.values(plans), base, (done) =>
    log(`Made ${Math.min(done, total)} of ${total} rows`),
  );
  log('Making campaigns, opportunities, activities and rows of custom objects');
  await createRelated(pool, schema, staff, plans, sizes, base);
  log('Building indexes');
  await buildIndexes(pool, schema);
  await pool.query('DROP SCHEMA org_seed CASCADE');
  await markUpgraded(pool, schema);
  await pool.query('UPDATE org_meta.org SET seeded_at = now()');
  log(`The org is ready after ${Math.round((performance.now() - started) / 1000)} s`);
  return { id, leads, contacts, created: true };
}
