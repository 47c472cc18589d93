import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalId } from '../../sandbox/ids.ts';
import { loadSchema } from '../../sandbox/objects/index.ts';
import type { Schema } from '../../sandbox/schema.ts';
import { prepareOrg, readCredentials } from '../../sandbox/seed/index.ts';
import { columnSql, isStored, quote, tableSql } from '../../sandbox/storage.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const PEOPLE = 2_001;
const databases: FreshDatabase[] = [];
const pools: pg.Pool[] = [];
let pool: pg.Pool;
let schema: Schema;
const lines: string[] = [];

async function freshPool(): Promise<pg.Pool> {
  const database = await freshDatabase();
  const made = new pg.Pool({ connectionString: database.url });
  databases.push(database);
  pools.push(made);
  return made;
}

beforeAll(async () => {
  pool = await freshPool();
  await prepareOrg(pool, { people: PEOPLE, log: (line) => lines.push(line) });
  schema = await loadSchema(pool);
});
afterAll(async () => {
  await Promise.all(pools.map((each) => each.end()));
  await Promise.all(databases.map((each) => each.drop()));
});

async function count(object: string, condition: string, on = pool): Promise<number> {
  const { rows } = await on.query(
    `SELECT count(*)::int AS n FROM org.${quote(object)} AS x WHERE ${condition}`,
  );
  return rows[0].n;
}

describe('a new org', () => {
  it('has exactly as many live people as asked for, half of them leads', async () => {
    expect(await count('Lead', 'NOT "IsDeleted"')).toBe(1_001);
    expect(await count('Contact', 'NOT "IsDeleted"')).toBe(1_000);
    expect(await count('Account', 'NOT "IsDeleted"')).toBe(201);
    expect(lines.join('\n')).toMatch(/Made 2202 of 2202 rows[\s\S]*ready/);
  });

  it('can be of leads alone', async () => {
    const other = await freshPool();
    await prepareOrg(other, { people: 0, mix: { leads: 150, contacts: 0 } });
    expect(await count('Lead', 'NOT "IsDeleted"', other)).toBe(150);
    expect(await count('Contact', 'true', other)).toBe(0);
    expect(await count('Lead', '"IsConverted"', other)).toBe(0);
  });

  it('numbers the next row after those that are there', async () => {
    for (const object of schema.objects()) {
      // An org has one row of its own kind, numbered at random.
      if (object.name === 'Organization') continue;
      const { rows } = await pool.query(
        `SELECT max("Id") AS last, org_meta.make_id($1, nextval($2)) AS next FROM ${tableSql(object)}`,
        [object.keyPrefix, `org_meta."${object.name}_id"`],
      );
      expect(rows[0].next > (rows[0].last ?? ''), object.name).toBe(true);
    }
  });

  it('stays as it is on a second start, of whatever size', async () => {
    const before = await readCredentials(pool);
    expect(await prepareOrg(pool, { people: 7 })).toMatchObject({ leads: 1_001, created: false });
    expect(await readCredentials(pool)).toEqual(before);
  });

  it('is made from the start when its making was broken off', async () => {
    const other = await freshPool();
    const failing = prepareOrg(other, {
      people: 20,
      log: (line) => {
        if (line.startsWith('Building')) throw new Error('pulled the plug');
      },
    });
    await expect(failing).rejects.toThrow('pulled the plug');
    expect(await prepareOrg(other, { people: 20 })).toMatchObject({ created: true });
    expect(await count('Lead', 'NOT "IsDeleted"', other)).toBe(10);
  });

  it('is made once when two start at the same time', async () => {
    const other = await freshPool();
    const both = await Promise.all([1, 2].map(() => prepareOrg(other, { people: 10 })));
    expect(both.map((org) => org.created).sort()).toEqual([false, true]);
  });

  it('leaves a database alone whose schema org is somebody else’s', async () => {
    const other = await freshPool();
    await other.query('CREATE SCHEMA org');
    await expect(prepareOrg(other, { people: 1 })).rejects.toThrow('a database of its own');
  });

  it('is the same for the same size, apart from its stamps', async () => {
    const other = await freshPool();
    await prepareOrg(other, { people: PEOPLE, now: new Date('2025-01-01T00:00:00Z') });
    const people = ['Account', 'Contact', 'Lead', 'User', 'Group'];
    const others = ['Campaign', 'CampaignMember', 'Opportunity', 'Task', 'Event', 'Usage__c'];
    for (const name of [...people, ...others]) {
      const object = schema.object(name)!;
      const columns = object.fields
        .filter((field) => isStored(field) && !['date', 'datetime'].includes(field.type))
        // A public group belongs to the org, whose id is random.
        .filter((field) => !(name === 'Group' && field.name === 'OwnerId'))
        .map((field) => quote(field.name));
      const digest = async (on: pg.Pool) => {
        const { rows } = await on.query({
          text: `SELECT ${columns} FROM ${tableSql(object)} ORDER BY "Id"`,
          rowMode: 'array',
        });
        return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
      };
      expect(await digest(other), name).toBe(await digest(pool));
    }
  });
});

describe('its rows', () => {
  it('keep to what describe says of their fields', async () => {
    for (const object of schema.objects()) {
      for (const field of object.fields.filter(isStored)) {
        const column = columnSql(object, field, 'x');
        const name = `${object.name}.${field.name}`;
        if (!field.nillable) expect(await count(object.name, `${column} IS NULL`), name).toBe(0);
        if (field.length > 0) {
          expect(await count(object.name, `length(${column}) > ${field.length}`), name).toBe(0);
          // Salesforce trims texts, and an empty one is null.
          const untrimmed = `${column} = '' OR ${column} ~ '^\\s|\\s$'`;
          expect(await count(object.name, untrimmed), name).toBe(0);
        }
        if (field.restrictedPicklist) {
          const values = field.picklistValues.map(({ value }) => `'${value}'`);
          const off = `${column} NOT IN (${values.join(', ')})`;
          expect(await count(object.name, off), name).toBe(0);
        }
      }
    }
  });

  it('have ids that are right and refer to rows that are there', async () => {
    for (const object of schema.objects()) {
      const { rows } = await pool.query(`SELECT "Id" FROM ${tableSql(object)}`);
      for (const { Id } of rows) expect(canonicalId(Id)).toBe(Id);
      for (const field of object.fields.filter((each) => each.type === 'reference')) {
        const targets = field.referenceTo.filter((target) => schema.object(target));
        if (targets.length === 0) continue;
        const column = columnSql(object, field, 'x');
        const missing = targets.map(
          (target) => `NOT EXISTS (SELECT FROM org.${quote(target)} AS t WHERE t."Id" = ${column})`,
        );
        const dangling = `${column} IS NOT NULL AND ${missing.join(' AND ')}`;
        expect(await count(object.name, dangling), `${object.name}.${field.name}`).toBe(0);
      }
    }
  });

  it('satisfy the validation rules', async () => {
    const { rows } = await pool.query('SELECT object, condition_sql FROM org_meta.validation_rule');
    expect(rows.map((rule) => rule.object).sort()).toEqual(['Contact', 'Lead']);
    // A rule may be younger than a row; one row with a number below zero would block its own pushes.
    for (const rule of rows) expect(await count(rule.object, rule.condition_sql)).toBe(0);
  });

  it('trap 4: spread over six years, with many on one modstamp and none of the last hour', async () => {
    const { rows } = await pool.query(`
      SELECT max("SystemModstamp") < now() - interval '1 hour' AS old_enough,
        min("CreatedDate") < now() - interval '5 years' AS long_ago,
        bool_and("CreatedDate" <= "LastModifiedDate") AS in_order,
        bool_and("CreatedDate" <= "SystemModstamp") AS also_in_order,
        bool_or("LastModifiedDate" < "SystemModstamp") AS touched_by_automation
      FROM org."Lead"`);
    expect(Object.values(rows[0])).toEqual([true, true, true, true, true]);
    const ties = await pool.query(
      'SELECT count(*)::int AS n FROM org."Lead" GROUP BY "SystemModstamp" ORDER BY n DESC LIMIT 1',
    );
    expect(ties.rows[0].n).toBeGreaterThanOrEqual(30);
  });

  const SHAPES: [what: string, object: string, condition: string][] = [
    ['contacts without an account', 'Contact', '"AccountId" IS NULL'],
    ['e-mails that several share', 'Lead', `"Email" LIKE 'info@%'`],
    ['leads without an e-mail', 'Lead', '"Email" IS NULL'],
    ['leads owned by queues', 'Lead', `"OwnerId" LIKE '00G%'`],
    ['leads converted to a contact', 'Lead', '"IsConverted" AND "ConvertedContactId" IS NOT NULL'],
    ['leads in the recycle bin', 'Lead', '"IsDeleted"'],
    ['contacts in the recycle bin', 'Contact', '"IsDeleted"'],
    ['Chinese names', 'Lead', `"LastName" ~ '[\u4e00-\u9fff]'`],
    ['Arabic names', 'Lead', `"LastName" ~ '[\u0600-\u06ff]'`],
    ['Cyrillic names', 'Lead', `"LastName" ~ '[\u0400-\u04ff]'`],
    ['Thai names', 'Contact', `"LastName" ~ '[\u0e00-\u0e7f]'`],
    ['Hebrew names', 'Contact', `"LastName" ~ '[\u0590-\u05ff]'`],
    ['combining marks', 'Lead', `"FirstName" ~ '[\u0300-\u036f]'`],
    ['names beyond the basic plane', 'Lead', `"FirstName" ~ '[\u{20000}-\u{2ffff}]'`],
    ['emoji', 'Lead', `"Description" LIKE '%🎉%'`],
    ['newlines in streets', 'Contact', `"MailingStreet" LIKE E'%\\n%'`],
    ['Windows newlines', 'Lead', `"Description" LIKE E'%\\r\\n%'`],
    ['double quotes and commas', 'Lead', `"Description" LIKE '%"%' AND "Description" LIKE '%,%'`],
    ['HTML', 'Lead', `"Description" LIKE '<%>%'`],
    ['leading equals signs', 'Lead', `"LastName" LIKE '=%'`],
    ['the text #N/A', 'Contact', `"LastName" = '#N/A'`],
    ['the text null', 'Lead', `"LastName" = 'null'`],
    ['the longest last name', 'Lead', 'length("LastName") = 80'],
    ['nearly the longest description', 'Lead', 'length("Description") > 31990'],
    [
      'leads with hardly a value',
      'Lead',
      'num_nonnulls("FirstName", "Email", "Phone", "City") = 0',
    ],
    ['zero', 'Lead', '"AnnualRevenue" = 0'],
    ['negative numbers', 'Lead', '"Lead_Score__c" < 0'],
    ['numbers of 18 digits', 'Lead', 'length("AnnualRevenue"::text) = 18'],
    ['the first date', 'Lead', `"Renewal_Date__c" = '1700-01-01'`],
    ['the last date', 'Contact', `"Renewal_Date__c" = '4000-12-31'`],
    ['values that differ by case alone', 'Contact', `upper("Loyalty_Number__c") = 'ABC-001'`],
  ];
  it.each(SHAPES)('include %s', async (_, object, condition) => {
    const live = condition === '"IsDeleted"' ? 'true' : 'NOT "IsDeleted"';
    expect(await count(object, `(${condition}) AND ${live}`)).toBeGreaterThan(0);
  });
});

describe('its staff', () => {
  it('B: three lead queues among other groups', async () => {
    expect(await count('Group', `"Type" = 'Queue'`)).toBe(3);
    expect(await count('Group', `"Type" <> 'Queue'`)).toBeGreaterThan(0);
    expect(await count('QueueSobject', `"SobjectType" = 'Lead'`)).toBe(3);
  });

  it('E6: a sync user who is a marketing user, an admin, and sales people with titles and phones', async () => {
    const { username, admin } = await readCredentials(pool);
    expect(
      await count('User', `"Username" = '${username}' AND "UserPermissionsMarketingUser"`),
    ).toBe(1);
    expect(await count('User', `"Username" = '${admin.username}' AND "IsActive"`)).toBe(1);
    const sales = '"Title" IS NOT NULL AND "Phone" IS NOT NULL AND "IsActive"';
    expect(await count('User', sales)).toBeGreaterThanOrEqual(20);
  });

  it('L2: the sync user may write people, and does not see one field', async () => {
    const { username } = await readCredentials(pool);
    const set = `(SELECT s."Id" FROM org."User" u JOIN org."PermissionSet" s ON s."ProfileId" = u."ProfileId"
      WHERE u."Username" = $1)`;
    const { rows } = await pool.query(
      `SELECT "SobjectType" FROM org."ObjectPermissions" WHERE "ParentId" = ${set}
         AND "PermissionsRead" AND "PermissionsCreate" AND "PermissionsEdit" AND "PermissionsDelete"`,
      [username],
    );
    expect(rows.map((row) => row.SobjectType)).toEqual(
      expect.arrayContaining(['Account', 'Contact', 'Lead']),
    );
    const hidden = await pool.query(
      `SELECT DISTINCT "Field" FROM org."FieldPermissions" WHERE "Field" NOT IN
         (SELECT "Field" FROM org."FieldPermissions" WHERE "ParentId" = ${set})`,
      [username],
    );
    expect(hidden.rows).toEqual([{ Field: 'Lead.Commission__c' }]);
  });

  it('L1: every user has a password and a token, and the app a secret and a key', async () => {
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM org_meta.user_secret');
    expect(rows[0].n).toBe(await count('User', 'true'));
    const credentials = await readCredentials(pool);
    expect(credentials.jwtPrivateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(canonicalId(credentials.orgId)).toMatch(/^00D/);
    for (const value of Object.values(credentials)) expect(value).toBeTruthy();
  });
});
