import { describe, expect, it } from 'vitest';
import { readFieldMap } from '../../src/ledger/fields.ts';
import { type Database, openDatabase } from '../../src/marketing/database.ts';
import { DatabaseUnavailable } from '../../src/marketing/errors.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { growSchema } from '../../src/marketing/schema-growth.ts';
import { freshDatabase } from '../support/database.ts';
import { ACCOUNT, CONTACT, DESCRIBES, fixtureForTests, LEAD, mapped, sfdcId } from './fixture.ts';

async function withDatabase(work: (db: Database, url: string) => Promise<void>): Promise<void> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase(url);
  try {
    await work(db, url);
  } finally {
    await db.end();
    await drop();
  }
}

describe('migrate', () => {
  it('N6: applies each migration once, however many start at the same time', async () => {
    await withDatabase(async (db, url) => {
      const runs = await Promise.all([migrate(url), migrate(url), migrate(db)]);
      const applied = runs.flatMap((run) => run.applied).sort();
      expect(applied).toEqual([...new Set(applied)]);
      expect(applied).toContain('0001_tandem.sql');
      expect(await migrate(db)).toEqual({ applied: [] });
    });
  });

  it.each(['marketing', 'tandem'])(
    'refuses a schema %s that it did not make, and changes nothing',
    async (name) => {
      await withDatabase(async (db) => {
        await db.query(`create schema ${name}; create table ${name}.lead (id int)`);
        await expect(migrate(db)).rejects.toMatchObject({ name: 'ForeignDatabase' });
        const { rows } = await db.query(
          `select nspname from pg_namespace where nspname in ('marketing', 'tandem')`,
        );
        expect(rows).toEqual([{ nspname: name }]);
      });
    },
  );

  it('takes an empty schema that somebody made for it', async () => {
    await withDatabase(async (db) => {
      await db.query('create schema marketing');
      expect((await migrate(db)).applied).not.toEqual([]);
    });
  });

  it('refuses a newer schema, and a migration that was changed after it was applied', async () => {
    await withDatabase(async (db) => {
      await migrate(db);
      await db.query(`insert into tandem.migration values (9999, '9999_later.sql', 'x')`);
      await expect(migrate(db)).rejects.toMatchObject({ name: 'NewerSchema' });
      await db.query('delete from tandem.migration where version = 9999');
      await db.query(`update tandem.migration set checksum = 'x' where version = 1`);
      await expect(migrate(db)).rejects.toThrow(/0001_tandem.sql was changed/);
    });
  });

  it('N2: keys made one after the other are in order, and are UUIDs of version 7', async () => {
    await withDatabase(async (db) => {
      await migrate(db);
      const { rows } = await db.query<{ id: string }>(
        'select tandem.uuidv7()::text as id from generate_series(1, 3)',
      );
      for (const { id } of rows) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
      const stamp = Number.parseInt(rows[0]!.id.replaceAll('-', '').slice(0, 12), 16);
      expect(Math.abs(stamp - Date.now())).toBeLessThan(60_000);
    });
  });
});

describe('openDatabase', () => {
  it('N3, L4: a server that is not there is DatabaseUnavailable, and the message holds no password', async () => {
    const db = openDatabase('postgres://someone:sesame@127.0.0.1:1/nowhere');
    const error = await db.query('select 1').catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect((error as Error).message).toMatch(/127\.0\.0\.1:1\/nowhere/);
    expect((error as Error).message).not.toMatch(/sesame/);
    await db.end();
  });

  it('N6: a failed savepoint undoes its own part only', async () => {
    await withDatabase(async (db) => {
      await db.query('create table t (n int unique)');
      await db.transaction(async (tx) => {
        await tx.query('insert into t values (1)');
        await tx.savepoint(() => tx.query('insert into t values (2), (1)')).catch(() => undefined);
        await tx.query('insert into t values (3)');
      });
      const { rows } = await db.query('select n from t order by n');
      expect(rows).toEqual([{ n: 1 }, { n: 3 }]);
    });
  });
});

describe('growSchema', () => {
  const { fixture } = fixtureForTests();

  it('J1, J5: stores the field map as it is, and run again changes nothing', async () => {
    const { db, mappings } = fixture;
    const by = (a: { object: string; field: string }, b: { object: string; field: string }) =>
      `${a.object} ${a.field}` < `${b.object} ${b.field}` ? -1 : 1;
    expect([...(await readFieldMap(db))].sort(by)).toEqual([...mappings].sort(by));
    const before = await db.query('select xmin::text from tandem.field order by object, field');
    expect(await growSchema(db, mappings)).toEqual({ added: [], gone: [], fresh: [] });
    const after = await db.query('select xmin::text from tandem.field order by object, field');
    expect(after.rows).toEqual(before.rows);
  });

  it('J1, J2: a new field gets a column, a hidden one is marked and keeps its column and data', async () => {
    const { db } = fixture;
    await db.query(`insert into marketing.person (level__c) values (4)`);
    const lead: Record<string, string> = { ...DESCRIBES.Lead, 'New"Field__c': 'multipicklist' };
    delete lead.Born__c;
    const grown = await growSchema(db, mapped({ ...DESCRIBES, Lead: lead }));
    expect(grown).toEqual({
      added: [{ object: 'Lead', field: 'New"Field__c', column: 'new"field__c' }],
      gone: [{ object: 'Lead', field: 'Born__c' }],
      fresh: [{ object: 'Lead', field: 'New"Field__c', why: 'new' }],
    });
    await db.query('select "new""field__c", born__c from marketing.person_details');
    expect(await growSchema(db, fixture.mappings)).toMatchObject({ added: [] });
    expect((await readFieldMap(db)).some(({ field }) => field === 'Born__c')).toBe(true);
  });

  it('J2: a column of another type is refused with what to do, and nothing is changed', async () => {
    const { db } = fixture;
    const changed = mapped({
      ...DESCRIBES,
      Lead: { ...DESCRIBES.Lead, Born__c: 'string', X__c: 'string' },
    });
    await expect(growSchema(db, changed)).rejects.toMatchObject({
      name: 'ColumnTypeDiffers',
      message: expect.stringMatching(/Lead\.Born__c needs .* as text, which is date.*tandem\.yaml/),
    });
    await expect(db.query('select x__c from marketing.person')).rejects.toThrow(/x__c/);
  });

  it('D1, D3: a person shows its owner, a contact its account and the account’s owner; a queue shows nothing', async () => {
    const { db } = fixture;
    await db.syncTransaction(async (tx) => {
      await tx.query(`insert into marketing.sales_user (sfdc_id, first_name, last_name, title, phone, email) values
        ('005000000000001AAA', 'Una', 'User', 'Rep', '1', 'una@x.example'), ('00G000000000001AAA', null, 'Queue', null, null, 'q@x.example')`);
      await tx.query(
        `insert into marketing.account (sfdc_id, name, owner_id) values ($1, 'Acme', '005000000000001AAA')`,
        [sfdcId(ACCOUNT, 1)],
      );
      await tx.query(
        `insert into marketing.person (sfdc_id, owner_id, account) values
          ($1, '00G000000000001AAA', null), ($2, '005000000000001AAA', $3)`,
        [sfdcId(LEAD, 1), sfdcId(CONTACT, 1), sfdcId(ACCOUNT, 1)],
      );
    });
    await db.query(`update marketing.account set industry = 'Anvils'`);
    const { rows } = await db.query(
      `select owner_first_name, owner_last_name, owner_title, owner_phone, owner_email, account_name,
         account_industry, account_owner_first_name, account_owner_last_name, account_owner_email
       from marketing.person_details where sfdc_id is not null order by sfdc_id`,
    );
    const owner = {
      owner_first_name: 'Una',
      owner_last_name: 'User',
      owner_title: 'Rep',
      owner_phone: '1',
      owner_email: 'una@x.example',
    };
    const account = {
      account_name: 'Acme',
      account_industry: 'Anvils',
      account_owner_first_name: 'Una',
      account_owner_last_name: 'User',
      account_owner_email: 'una@x.example',
    };
    const nobody = Object.fromEntries(
      Object.keys({ ...owner, ...account }).map((key) => [key, null]),
    );
    expect(rows).toEqual([{ ...owner, ...account }, nobody]);
  });
});
