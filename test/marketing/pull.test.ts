import { beforeEach, describe, expect, it } from 'vitest';
import { type WriteInput, writeStaged } from '../../src/marketing/apply.ts';
import { resolveStaged } from '../../src/marketing/resolve.ts';
import { stageRows } from '../../src/marketing/staging.ts';
import type { ObjectSpec } from '../../src/sync/objects.ts';
import {
  ACCOUNT,
  CONTACT,
  EXTERNAL_ID,
  fetched,
  fixtureForTests,
  LEAD,
  marketingVersions,
  row,
  sfdcId,
  T0,
  T1,
  T2,
  USER,
} from './fixture.ts';

const { fixture, db } = fixtureForTests();

beforeEach(async () => {
  await db.syncTransaction(async (tx) => {
    await tx.query(`truncate marketing.person, marketing.account, marketing.sales_user,
      marketing.activity, tandem.pending_change, tandem.person_deletion, tandem.sync_error,
      tandem.conflict, tandem.watermark, tandem.creation cascade`);
    await tx.query(`update tandem.connection set on_delete = 'keep'`);
  });
});

type Rows = ReturnType<typeof row>[];

async function stage(spec: ObjectSpec, rows: Rows): Promise<void> {
  await stageRows(db, spec.name, Object.keys(rows[0]!), rows);
}

function write(spec: ObjectSpec, changes: Partial<WriteInput> = {}) {
  return writeStaged(db, {
    spec,
    mappings: fixture.mappings,
    externalIdField: spec.table === 'person' ? EXTERNAL_ID : null,
    serverTime: new Date(T2),
    ...changes,
  });
}

async function pull(spec: ObjectSpec, rows: Rows, changes: Partial<WriteInput> = {}) {
  await fetched(fixture, spec, rows);
  await resolveStaged(db, { spec, mappings: fixture.mappings });
  return write(spec, changes);
}

async function person(n: number, spec = LEAD): Promise<Record<string, unknown> | undefined> {
  const { rows } = await db.query(
    'select *, xmin::text as version from marketing.person where sfdc_id = $1',
    [sfdcId(spec, n)],
  );
  return rows[0];
}

async function count(table: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]!.n;
}

async function edit(n: number, set: string, spec = LEAD): Promise<void> {
  await db.query(`update marketing.person set ${set} where sfdc_id = $1`, [sfdcId(spec, n)]);
}

describe('pulling', () => {
  it('C1, J6: a new record becomes a person, each value in the type of its column', async () => {
    const counts = await pull(LEAD, [
      row(LEAD, 1, {
        LastName: 'Müller "☃"\\n',
        Street: 'one\r\ntwo\tthree\\',
        NumberOfEmployees: 5,
        AnnualRevenue: 1234567890123.45,
        Level__c: '0.1',
        HasOptedOutOfEmail: true,
        Seen__c: '2026-01-02T03:04:05.000+0000',
        Born__c: '1970-01-31',
        Company: '',
      }),
    ]);
    expect(counts).toMatchObject({ new: 1, updated: 0, failed: 0, skipped: 0 });
    const { rows } = await db.query(
      `select sfdc_type, last_name, address, num_employees, annual_revenue::text, level__c::text,
         unsubscribed, seen__c = '2026-01-02 03:04:05Z' as seen, born__c::text, company
       from marketing.person`,
    );
    expect(rows).toEqual([
      {
        sfdc_type: 'Lead',
        last_name: 'Müller "☃"\\n',
        address: 'one\r\ntwo\tthree\\',
        num_employees: 5,
        annual_revenue: '1234567890123.45',
        level__c: '0.1',
        unsubscribed: true,
        seen: true,
        born__c: '1970-01-31',
        company: null,
      },
    ]);
  });

  it('N5: the watermark moves with the rows, and never back', async () => {
    await pull(LEAD, [row(LEAD, 1)]);
    await pull(LEAD, [row(LEAD, 2)], { serverTime: new Date(T0) });
    const { rows } = await db.query<{ modstamp: Date }>('select modstamp from tandem.watermark');
    expect(rows[0]!.modstamp.toISOString()).toBe(T2);
  });

  it('N4, J6: what differs in form only costs no write', async () => {
    await pull(LEAD, [
      row(LEAD, 1, {
        Street: 'a\r\nb',
        Level__c: 5,
        Seen__c: '2026-01-02T03:04:05.000+0000',
        Company: null,
      }),
    ]);
    await db.syncTransaction((tx) =>
      tx.query(`update marketing.person set company = ' ', address = E'a\\nb '`),
    );
    const before = await person(1);
    const same = row(LEAD, 1, {
      Street: 'a\r\nb',
      Level__c: '5.00',
      Seen__c: '2026-01-02T03:04:05.700Z',
      Company: '',
    });
    expect(await fetched(fixture, LEAD, [same])).toEqual({ remaining: 0, skipped: 1 });
    expect((await person(1))!.version).toBe(before!.version);
  });

  it('N4: the echo of a push and the overlap write nothing, not even when the write step runs', async () => {
    const user = { ...row(USER, 1, { Name: 'Una' }) };
    await pull(USER, [user]);
    await pull(ACCOUNT, [row(ACCOUNT, 1, { Name: 'One' })]);
    await pull(LEAD, [row(LEAD, 1, { Phone: '1' })]);
    await edit(1, `phone = '2'`);
    await db.query('delete from tandem.pending_change');
    const before = await marketingVersions(db);
    await stage(USER, [user]);
    expect(await write(USER)).toMatchObject({ updated: 0, skipped: 1 });
    expect(await pull(ACCOUNT, [row(ACCOUNT, 1, { Name: 'One' })])).toMatchObject({ updated: 0 });
    await stage(LEAD, [row(LEAD, 1, { Phone: '2', SystemModstamp: T2 })]);
    expect(await write(LEAD)).toMatchObject({ updated: 0, skipped: 1 });
    expect(await marketingVersions(db)).toEqual(before);
  });

  it('N6: written twice, or staged twice over two pages, the end is the same', async () => {
    const old = row(LEAD, 1, { LastName: 'Old', SystemModstamp: T0 });
    const young = row(LEAD, 1, { LastName: 'Young', SystemModstamp: T1 });
    expect(await pull(LEAD, [old, young, old])).toMatchObject({ new: 1 });
    expect((await person(1))!.last_name).toBe('Young');
    expect(await write(LEAD)).toMatchObject({ new: 0, updated: 0, skipped: 0 });
    expect(await pull(LEAD, [young])).toMatchObject({ new: 0, updated: 0 });
    expect(await count('marketing.person')).toBe(1);
  });

  it('N3: a value that does not cast is an error of its record, and over when it is right again', async () => {
    const rows = [1, 2, 3, 4].map((n) =>
      row(LEAD, n, { NumberOfEmployees: n === 3 ? 99999999999 : n }),
    );
    rows[1]!.Born__c = 'soon';
    expect(await pull(LEAD, rows)).toMatchObject({ new: 2, failed: 2, skipped: 0 });
    const { rows: errors } = await db.query(
      `select record, code, fields from tandem.sync_error where resolved_at is null order by record`,
    );
    expect(errors).toEqual([
      { record: sfdcId(LEAD, 2), code: 'VALUE_DOES_NOT_FIT', fields: ['Born__c'] },
      { record: sfdcId(LEAD, 3), code: 'VALUE_DOES_NOT_FIT', fields: ['NumberOfEmployees'] },
    ]);
    await pull(LEAD, [row(LEAD, 2, { Born__c: '2000-01-01' })]);
    expect(await count('tandem.sync_error where resolved_at is null')).toBe(1);
  });

  it('N3: a record that a constraint of the users refuses does not stop the others', async () => {
    await db.query(`alter table marketing.person add constraint no_x check (last_name <> 'X')`);
    try {
      const rows = Array.from({ length: 9 }, (_, n) =>
        row(LEAD, n, { LastName: n === 4 ? 'X' : 'Y' }),
      );
      expect(await pull(LEAD, rows)).toMatchObject({ new: 8, failed: 1 });
      const { rows: errors } = await db.query<{ code: string }>(
        'select code from tandem.sync_error',
      );
      expect(errors).toEqual([{ code: 'DATABASE_23514' }]);
    } finally {
      await db.query('alter table marketing.person drop constraint no_x');
    }
  });

  it('C8: deleted and undeleted; a deleted record that was never here stays unknown', async () => {
    await pull(LEAD, [row(LEAD, 1)]);
    const gone = row(LEAD, 1, { IsDeleted: true });
    expect(await pull(LEAD, [gone, row(LEAD, 2, { IsDeleted: true })])).toMatchObject({
      deleted: 1,
      new: 0,
      updated: 0,
    });
    expect((await person(1))!.sfdc_is_deleted).toBe(true);
    expect(await pull(LEAD, [row(LEAD, 1)])).toMatchObject({ undeleted: 1 });
    expect((await person(1))!.sfdc_is_deleted).toBe(false);
    expect(await count('marketing.person')).toBe(1);
  });

  it('D2: a changed account shows in the log of each of its contacts, and of none above 5,000', async () => {
    await pull(ACCOUNT, [row(ACCOUNT, 1, { Name: 'One' }), row(ACCOUNT, 2, { Name: 'Big' })]);
    await pull(CONTACT, [
      row(CONTACT, 1, { AccountId: sfdcId(ACCOUNT, 1) }),
      row(CONTACT, 2, { AccountId: sfdcId(ACCOUNT, 1) }),
    ]);
    await db.syncTransaction((tx) =>
      tx.query(
        `insert into marketing.person (sfdc_id, account)
         select '003B' || lpad(n::text, 14, '0'), $1 from generate_series(1, 5001) n`,
        [sfdcId(ACCOUNT, 2)],
      ),
    );
    await pull(ACCOUNT, [row(ACCOUNT, 1, { Name: 'Uno' }), row(ACCOUNT, 2, { Name: 'Huge' })]);
    const { rows } = await db.query(`select kind, attributes from marketing.activity`);
    expect(rows).toEqual(
      Array(2).fill({
        kind: 'Change Data Value',
        attributes: { account: sfdcId(ACCOUNT, 1), changes: { name: { old: 'One', new: 'Uno' } } },
      }),
    );
    await db.query(`update marketing.account set name = 'Un' where sfdc_id = $1`, [
      sfdcId(ACCOUNT, 1),
    ]);
    expect(await count('marketing.activity')).toBe(4);
    await db.query(`update marketing.account set name = 'Un'`);
    expect(await count('marketing.activity')).toBe(4);
  });

  it('N2: a record that holds the id of a person unknown to Salesforce is linked to it, not doubled', async () => {
    const { rows } = await db.query<{ id: string }>(
      `insert into marketing.person (last_name, email, job_title) values ('Here', 'a@b.example', null) returning id`,
    );
    const { id } = rows[0]!;
    const counts = await pull(LEAD, [
      row(LEAD, 1, { LastName: 'Here', Title: 'Boss', [EXTERNAL_ID]: id }),
      row(LEAD, 2, { [EXTERNAL_ID]: id }),
      row(LEAD, 3, { [EXTERNAL_ID]: 'rubbish' }),
    ]);
    expect(counts).toMatchObject({ new: 2, updated: 1 });
    expect(await person(1)).toMatchObject({
      id,
      last_name: 'Here',
      job_title: 'Boss',
      email: 'a@b.example',
    });
    const pending = await db.query(`select old from tandem.pending_change`);
    expect(pending.rows).toEqual([{ old: { email: null } }]);
  });
});

describe('pulling over local edits', () => {
  it('C3: edits of different fields both survive', async () => {
    await pull(LEAD, [row(LEAD, 1, { LastName: 'A', Phone: '1' })]);
    await edit(1, `phone = '2'`);
    const counts = await pull(LEAD, [row(LEAD, 1, { LastName: 'B', Phone: '1' })]);
    expect(counts).toMatchObject({ conflicts: 0 });
    expect(await person(1)).toMatchObject({ last_name: 'B', phone: '2' });
    expect(await count('tandem.conflict')).toBe(0);
    expect(await count('tandem.pending_change')).toBe(1);
  });

  it.each([
    ['Lead', LEAD, 'marketing', 'mine', 1],
    ['Contact', CONTACT, 'salesforce', 'theirs', 0],
  ] as const)(
    'B, C3: on %s in a conflict %s wins, and it is recorded once',
    async (_name, spec, winner, phone, pending) => {
      await pull(spec, [row(spec, 1, { Phone: 'base' })]);
      await edit(1, `phone = 'mine'`, spec);
      await pull(spec, [row(spec, 1, { Phone: 'theirs' })]);
      await pull(spec, [row(spec, 1, { Phone: 'theirs' })]);
      expect(await person(1, spec)).toMatchObject({ phone });
      expect(await count('tandem.pending_change')).toBe(pending);
      const { rows } = await db.query(
        'select object, field, column_name, base, salesforce, marketing, winner from tandem.conflict',
      );
      expect(rows).toEqual([
        {
          object: spec.name,
          field: 'Phone',
          column_name: 'phone',
          base: 'base',
          salesforce: 'theirs',
          marketing: 'mine',
          winner,
        },
      ]);
    },
  );

  it('B1: with the rule latest the later change wins', async () => {
    const mappings = fixture.mappings.map((mapping) => ({
      ...mapping,
      conflict: 'latest' as const,
    }));
    const cycle = async (modstamp: string) => {
      await stage(LEAD, [row(LEAD, 1, { Phone: `of ${modstamp}`, SystemModstamp: modstamp })]);
      await resolveStaged(db, { spec: LEAD, mappings });
      await write(LEAD, { mappings });
    };
    await cycle(T0);
    await edit(1, `phone = 'mine'`);
    await cycle('2020-01-01T00:00:00Z');
    expect(await person(1)).toMatchObject({ phone: 'mine' });
    await cycle('2090-01-01T00:00:00Z');
    expect(await person(1)).toMatchObject({ phone: 'of 2090-01-01T00:00:00Z' });
    expect(await count('tandem.pending_change')).toBe(0);
  });

  it('N1: a value in between that Salesforce holds was an earlier push: the later edit is no conflict', async () => {
    await pull(CONTACT, [row(CONTACT, 1, { Phone: '1' })]);
    await edit(1, `phone = '2'`, CONTACT);
    await edit(1, `phone = '3'`, CONTACT);
    await pull(CONTACT, [row(CONTACT, 1, { Phone: '2' })]);
    expect(await person(1, CONTACT)).toMatchObject({ phone: '3' });
    expect(await count('tandem.conflict')).toBe(0);
    expect(await count('tandem.pending_change')).toBeGreaterThan(0);
  });

  it('N3: a value that does not cast fails alone, also on a person with pending changes', async () => {
    await pull(LEAD, [row(LEAD, 1, { Phone: '1' }), row(LEAD, 2, { Phone: '1' })]);
    await edit(1, `phone = '2'`);
    await edit(2, `phone = '2'`);
    const counts = await pull(LEAD, [
      row(LEAD, 1, { Phone: '1', Level__c: 'many' }),
      row(LEAD, 2, { Phone: '1', LastName: 'L' }),
    ]);
    expect(counts.failed + (await count('tandem.sync_error'))).toBeGreaterThan(0);
    expect(await person(2)).toMatchObject({ last_name: 'L', phone: '2' });
    expect(await count('tandem.sync_error')).toBe(1);
    expect(await count('tandem.pending_change')).toBe(2);
  });
});

describe('deleted here', () => {
  it('C14 keep: the person comes back when the record next changes, not before', async () => {
    await pull(LEAD, [row(LEAD, 1, { Phone: '1' })]);
    await db.query('delete from marketing.person');
    expect(await pull(LEAD, [row(LEAD, 1, { Phone: '1' })])).toMatchObject({ new: 0, skipped: 1 });
    const echo = row(LEAD, 1, { Phone: '1', SystemModstamp: '2026-01-01T12:30:00Z' });
    expect(await pull(LEAD, [echo])).toMatchObject({ new: 0 });
    expect(await pull(LEAD, [{ ...echo, Phone: '2' }])).toMatchObject({ new: 1 });
    expect(await count('tandem.person_deletion')).toBe(0);
  });

  it('C14: the echo of an edit pushed just before the deletion does not bring the person back', async () => {
    await pull(LEAD, [
      row(LEAD, 1, { Phone: '1', Level__c: 5, Seen__c: '2026-01-02T03:04:05Z', Street: 'a\r\nb' }),
    ]);
    await edit(1, `phone = '2', level__c = 6.50`);
    await db.query('delete from marketing.person');
    const echo = row(LEAD, 1, {
      Phone: '2',
      Level__c: 6.5,
      Seen__c: '2026-01-02T03:04:05.000+0000',
      Street: 'a\nb',
      SystemModstamp: '2026-01-01T12:30:00Z',
    });
    expect(await pull(LEAD, [echo])).toMatchObject({ new: 0, skipped: 1 });
  });

  it.each(['forget', 'delete'])('C14 %s: the person never comes back', async (policy) => {
    await pull(LEAD, [row(LEAD, 1)]);
    await db.query('update tandem.connection set on_delete = $1', [policy]);
    await db.query('delete from marketing.person');
    expect(
      await pull(LEAD, [row(LEAD, 1, { Phone: '2', SystemModstamp: '2027-01-01T00:00:00Z' })]),
    ).toMatchObject({ new: 0 });
  });
});
