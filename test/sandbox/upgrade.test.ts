import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeField, standardObjects } from '../../sandbox/objects/index.ts';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import type { SObject } from '../../sandbox/schema.ts';
import { prepareOrg } from '../../sandbox/seed/index.ts';
import { isStored, quote, tableSql } from '../../sandbox/storage.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** What the sandbox consisted of when it had people and accounts only. */
const OLD_OBJECTS =
  'Account Contact Group Lead Organization Profile QueueSobject RecordType User'.split(' ');
const OLD_SIDE_TABLES = (
  'org object user_secret connected_app refresh_token validation_rule deletion emptied_lookup ' +
  'object_permission field_permission'
).split(' ');
const NEWER_FIELDS = { Account: ['OperatingHoursId'], User: ['UserPermissionsAvantgoUser'] };

let database: FreshDatabase;
let pool: pg.Pool;
let rowsBefore: string;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await prepareOrg(pool, { people: 30 });
  await takeNewThingsAway();
  await changeAsAdministratorsDid();
  rowsBefore = await peopleDigest();
  await openOrg(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Leaves the database as a sandbox of people and accounts has made it. */
async function takeNewThingsAway(): Promise<void> {
  const tables = await names('org');
  for (const table of tables.filter((name) => !OLD_OBJECTS.includes(name))) {
    await pool.query(`DROP TABLE org.${quote(table)} CASCADE`);
    await pool.query(`DROP SEQUENCE IF EXISTS org_meta.${quote(`${table}_id`)}`);
  }
  for (const table of await names('org_meta')) {
    if (!OLD_SIDE_TABLES.includes(table)) await pool.query(`DROP TABLE org_meta.${quote(table)}`);
  }
  await pool.query('DELETE FROM org_meta.object WHERE name <> ALL ($1)', [OLD_OBJECTS]);
  await pool.query('ALTER TABLE org_meta.org DROP COLUMN storage_hash');
  for (const [object, fields] of Object.entries(NEWER_FIELDS)) {
    for (const field of fields) {
      await pool.query(`ALTER TABLE org.${quote(object)} DROP COLUMN ${quote(field)}`);
      await change(object, (kept) => ({
        ...kept,
        fields: kept.fields.filter(({ name }) => name !== field),
      }));
    }
  }
  await createOldPermissions();
}

async function createOldPermissions(): Promise<void> {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS org_meta.object_permission (profile_id text, object text,
      "read" boolean, "create" boolean, "edit" boolean, "delete" boolean,
      PRIMARY KEY (profile_id, object));
    CREATE TABLE IF NOT EXISTS org_meta.field_permission (profile_id text, object text,
      field text, "read" boolean, "edit" boolean, PRIMARY KEY (profile_id, object, field));
    INSERT INTO org_meta.object_permission
      SELECT "Id", object, true, true, true, "Name" <> 'Sales'
        FROM org."Profile", unnest(ARRAY['Account', 'Contact', 'Lead']) AS object;
    INSERT INTO org_meta.field_permission
      SELECT "Id", 'Lead', 'Commission__c', false, false FROM org."Profile" WHERE "Name" = 'Sync User'`);
}

/** A value of its own in a picklist, and a field of its own with a value in it. */
async function changeAsAdministratorsDid(): Promise<void> {
  await pool.query('ALTER TABLE org."Lead" ADD COLUMN "Own__c" text');
  await pool.query(`UPDATE org."Lead" SET "Own__c" = 'kept'`);
  await change('Lead', (kept) => ({
    ...kept,
    fields: [...kept.fields, makeField({ name: 'Own__c', type: 'string' })].map((field) =>
      field.name === 'Status'
        ? {
            ...field,
            picklistValues: [
              ...field.picklistValues,
              { value: 'Nurturing', label: 'Nurturing', active: true, defaultValue: false },
            ],
          }
        : field,
    ),
  }));
}

async function change(name: string, how: (kept: SObject) => SObject): Promise<void> {
  const { rows } = await pool.query('SELECT definition FROM org_meta.object WHERE name = $1', [
    name,
  ]);
  await pool.query('UPDATE org_meta.object SET definition = $2 WHERE name = $1', [
    name,
    JSON.stringify(how(rows[0].definition)),
  ]);
}

async function names(schema: string): Promise<string[]> {
  const { rows } = await pool.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
    schema,
  ]);
  return rows.map((row) => row.tablename);
}

async function peopleDigest(): Promise<string> {
  const { rows } = await pool.query(
    `SELECT (SELECT md5(string_agg(l::text, '|' ORDER BY "Id")) FROM org."Lead" AS l)
         || (SELECT md5(string_agg(c::text, '|' ORDER BY "Id")) FROM org."Contact" AS c) AS digest`,
  );
  return rows[0].digest;
}

describe('an org that an older sandbox has made', () => {
  it('has a table with a column for each stored field of every standard object', async () => {
    const { rows } = await pool.query(
      `SELECT table_name || '.' || column_name AS path FROM information_schema.columns
        WHERE table_schema = 'org'`,
    );
    const there = new Set(rows.map(({ path }) => path));
    const missing = standardObjects().flatMap((object) =>
      object.fields
        .filter(isStored)
        .map(({ name }) => `${object.name}.${name}`)
        .filter((path) => !there.has(path)),
    );
    expect(missing).toEqual([]);
  });

  it('has the indexes of its new tables', async () => {
    const { rows } = await pool.query(`SELECT indexname FROM pg_indexes WHERE schemaname = 'org'`);
    const indexes = rows.map((row) => row.indexname);
    expect(indexes).toContain('Campaign_Id_idx');
    expect(indexes).toContain('CampaignMember_LeadId_idx');
    expect(indexes).toContain('Task_SystemModstamp_idx');
  });

  it('has the values of status picklists as rows, those of its own among them', async () => {
    const { rows } = await pool.query(
      'SELECT "ApiName", "IsDefault", "IsConverted" FROM org."LeadStatus" ORDER BY "SortOrder"',
    );
    expect(rows.map((row) => row.ApiName)).toEqual(
      'Open Contacted Qualified Unqualified Nurturing'.split(' '),
    );
    expect(rows.filter((row) => row.IsDefault).map((row) => row.ApiName)).toEqual(['Open']);
    expect(rows.filter((row) => row.IsConverted).map((row) => row.ApiName)).toEqual(['Qualified']);
    for (const object of ['OpportunityStage', 'TaskStatus', 'TaskPriority']) {
      const found = await pool.query(`SELECT "CreatedById" FROM org.${quote(object)}`);
      expect(found.rows.length).toBeGreaterThan(2);
      expect(found.rows.every((row) => row.CreatedById?.startsWith('005'))).toBe(true);
    }
  });

  it('keeps its people, its own field and its own value', async () => {
    expect(await peopleDigest()).toBe(rowsBefore);
    const { schema } = await openOrg(pool);
    const lead = schema.object('Lead')!;
    expect(schema.field(lead, 'Own__c')).toMatchObject({ custom: true });
    const values = schema.field(lead, 'Status')!.picklistValues.map(({ value }) => value);
    expect(values).toContain('Nurturing');
  });

  it('lets its profiles do with the new objects what they may do with the old ones', async () => {
    const { permissions } = await openOrg(pool);
    const { rows } = await pool.query(`SELECT "Id" FROM org."Profile" WHERE "Name" = 'Sync User'`);
    const access = permissions.accessOf(rows[0].Id);
    expect(access.canCreate('Campaign')).toBe(true);
    expect(access.canRead('LeadStatus')).toBe(true);
    expect(access.canReadField('Lead', 'Commission__c')).toBe(false);
    expect(access.canReadField('Lead', 'Own__c')).toBe(true);
  });

  it('is changed once only', async () => {
    const state = async () => {
      const { rows } = await pool.query(
        `SELECT (SELECT storage_hash FROM org_meta.org),
           (SELECT string_agg(xmin::text, ',' ORDER BY name) FROM org_meta.object) AS objects,
           (SELECT string_agg("Id", ',' ORDER BY "Id") FROM org."LeadStatus") AS statuses`,
      );
      return rows[0];
    };
    const before = await state();
    await openOrg(pool);
    expect(await state()).toEqual(before);
  });

  it('can be opened by two processes at once', async () => {
    await pool.query(`UPDATE org_meta.org SET storage_hash = NULL`);
    await pool.query('DROP TABLE org."TaskStatus"');
    await Promise.all([openOrg(pool), openOrg(pool)]);
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n FROM ${tableSql(standardObjects().find(({ name }) => name === 'TaskStatus')!)}`,
    );
    expect(rows[0].n).toBe(5);
  });
});
