import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeStaged } from '../../src/marketing/apply.ts';
import { stageRows } from '../../src/marketing/staging.ts';
import { CONTACT, type Fixture, openFixture, row, sfdcId } from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const JANE = sfdcId(CONTACT, 1);
const OMAR = sfdcId(CONTACT, 2);

/** SQL in the name of the sync, as its own writes are. */
const sync = (text: string, values: unknown[] = []) =>
  fixture.db.syncTransaction((tx) => tx.query(text, values as never));

const addPeople = (...ids: string[]) =>
  sync('insert into marketing.person (sfdc_id) select unnest($1::text[])', [ids]);

async function log(): Promise<[person: string, kind: string, attributes: object][]> {
  const { rows } = await fixture.db.query<{ person: string; kind: string; attributes: object }>(
    `select p.sfdc_id as person, a.kind, a.attributes from marketing.activity a
     join marketing.person p on p.id = a.person_id order by a.kind, p.sfdc_id`,
  );
  return rows.map(({ person, kind, attributes }) => [person, kind, attributes]);
}

describe.each(['task', 'event'])('a %s (H1)', (table) => {
  const add = (id: string, who: string) =>
    sync(`insert into marketing.${table} (sfdc_id, who_id, subject) values ($1, $2, 'Call')`, [
      id,
      who,
    ]);

  it('H1: is logged for its person when it comes, and updated when it changes', async () => {
    await addPeople(JANE);
    await add('T1', JANE);
    await sync(`update marketing.${table} set subject = 'Call again'`);
    await sync(`update marketing.${table} set subject = 'Call again'`);
    expect(await log()).toEqual([
      [JANE, 'Activity is Logged', { [table]: 'T1' }],
      [
        JANE,
        'Activity is Updated',
        { [table]: 'T1', changes: { subject: { old: 'Call', new: 'Call again' } } },
      ],
    ]);
  });

  it('A6, H1: that comes before its person is logged when the person comes, once', async () => {
    await add('T1', JANE);
    expect(await log()).toEqual([]);
    const rows = [row(CONTACT, 1, { LastName: 'Okri' })];
    const write = async () => {
      await stageRows(fixture.db, 'Contact', Object.keys(rows[0]!), rows);
      const input = { spec: CONTACT, mappings: fixture.mappings };
      await writeStaged(fixture.db, { ...input, externalIdField: null, serverTime: null });
    };
    await write();
    await write();
    expect(await log()).toEqual([[JANE, 'Activity is Logged', { [table]: 'T1' }]]);
  });

  it('H1: given to another person, it is logged there', async () => {
    await addPeople(JANE, OMAR);
    await add('T1', JANE);
    await sync(`update marketing.${table} set who_id = $1`, [OMAR]);
    expect((await log()).map(([person, kind]) => [person, kind])).toEqual([
      [JANE, 'Activity is Logged'],
      [OMAR, 'Activity is Logged'],
    ]);
  });
});

describe('opportunities (F2)', () => {
  beforeEach(async () => {
    await addPeople(JANE, OMAR);
    await sync(
      `insert into marketing.opportunity (sfdc_id, amount, expected_revenue)
       values ('O1', 1000, 500), ('O2', 300, 30), ('O3', 7, 7)`,
    );
    await sync(
      `insert into marketing.opportunity_contact_role (sfdc_id, opportunity_id, contact_id, role)
       values ('R1', 'O1', $1, 'Buyer'), ('R2', 'O2', $1, null), ('R3', 'O2', $1, 'User')`,
      [JANE],
    );
  });
  const kinds = async () => (await log()).map(([person, kind]) => [person, kind]);

  it('F1: an opportunity without roles belongs to nobody, and its changes show in no log', async () => {
    await sync(`delete from marketing.activity`);
    await sync(`update marketing.opportunity set amount = 8 where sfdc_id = 'O3'`);
    expect(await log()).toEqual([]);
    const { rows } = await fixture.db.query<{ number: number }>(
      'select sum(number)::int as number from marketing.person_opportunity',
    );
    expect(rows).toEqual([{ number: 2 }]);
  });

  it('F2: a role adds its contact to the opportunity, and removes it when it goes', async () => {
    await sync(`delete from marketing.activity`);
    await sync(`update marketing.opportunity_contact_role set sfdc_is_deleted = true
      where sfdc_id = 'R1'`);
    await sync(`update marketing.opportunity_contact_role set sfdc_is_deleted = false
      where sfdc_id = 'R1'`);
    expect(await kinds()).toEqual([
      [JANE, 'Added to Opportunity'],
      [JANE, 'Removed from Opportunity'],
    ]);
  });

  it('F2: a role given to another contact moves both logs', async () => {
    await sync(`delete from marketing.activity`);
    await sync(
      `update marketing.opportunity_contact_role set contact_id = $1 where sfdc_id = 'R1'`,
      [OMAR],
    );
    expect(await kinds()).toEqual([
      [OMAR, 'Added to Opportunity'],
      [JANE, 'Removed from Opportunity'],
    ]);
  });

  it('F2: a change of the opportunity shows with old and new values for those in it', async () => {
    await sync(`delete from marketing.activity`);
    await sync(`update marketing.opportunity set stage_name = 'Won' where sfdc_id in ('O1', 'O3')`);
    expect(await log()).toEqual([
      [
        JANE,
        'Opportunity is Updated',
        { opportunity: 'O1', changes: { stage_name: { old: null, new: 'Won' } } },
      ],
    ]);
  });

  it('F2, F3: each person has number and sums, in the corporate currency, each opportunity once; without a rate they are unknown', async () => {
    await sync(`insert into marketing.currency_type (sfdc_id, iso_code, conversion_rate, is_corporate)
      values ('C1', 'USD', 1, true), ('C2', 'EUR', 0.5, false)`);
    await sync('alter table marketing.opportunity add column currency_iso_code text');
    await sync(`update marketing.opportunity set currency_iso_code =
      case sfdc_id when 'O2' then 'EUR' else 'USD' end`);
    const { rows } = await fixture.db.query(
      `select has_opportunity as has, number::int, total_amount::float8 as amount,
         total_expected_revenue::float8 as revenue
       from marketing.person_opportunity o join marketing.person p on p.id = o.person_id
       order by p.sfdc_id`,
    );
    expect(rows).toEqual([
      { has: true, number: 2, amount: 1600, revenue: 560 },
      { has: false, number: 0, amount: null, revenue: null },
    ]);
    await sync(`update marketing.opportunity set currency_iso_code = 'GBP' where sfdc_id = 'O2'`);
    const unknown = await fixture.db.query(
      `select amount_corporate as corporate, currency_iso_code as currency
       from marketing.opportunity_amount where sfdc_id = 'O2'`,
    );
    expect(unknown.rows).toEqual([{ corporate: null, currency: 'GBP' }]);
    const sums = await fixture.db.query(
      'select total_amount as amount from marketing.person_opportunity where has_opportunity',
    );
    expect(sums.rows).toEqual([{ amount: null }]);
  });
});
