import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { fixtureForTests, LEAD, sfdcId } from './fixture.ts';

const { fixture, db } = fixtureForTests();

beforeEach(async () => {
  await db.syncTransaction(async (tx) => {
    await tx.query(
      'truncate marketing.person, tandem.pending_change, tandem.person_deletion cascade',
    );
    await tx.query(
      `insert into marketing.person (sfdc_id, last_name, phone, level__c, seen__c)
       values ($1, 'A', '1', 1.50, '2026-01-02 03:04:05Z'), (null, 'B', '1', null, null)`,
      [sfdcId(LEAD, 1)],
    );
  });
});

async function pending(): Promise<unknown[]> {
  const { rows } = await db.query<{ old: unknown }>(
    'select old from tandem.pending_change order by id',
  );
  return rows.map(({ old }) => old);
}

describe('capture', () => {
  it('C3: an edit keeps the old values of the columns it changed, in one form', async () => {
    const client = new pg.Client({ connectionString: fixture.url });
    await client.connect();
    await client.query(`set timezone = 'Asia/Tokyo'; set datestyle = 'German'`);
    await client.query(
      `update marketing.person set last_name = 'C', phone = null, level__c = 2, seen__c = now()
       where sfdc_id is not null`,
    );
    await client.end();
    expect(await pending()).toEqual([
      { last_name: 'A', phone: '1', level__c: '1.50', seen__c: '2026-01-02T12:04:05+09:00' },
    ]);
  });

  it('N4: an update that changes nothing, or a column that is not pushed, captures nothing', async () => {
    await db.query(`update marketing.person set last_name = last_name, phone = '1'`);
    await db.query(
      `update marketing.person set score = 7, account = 'x', sfdc_is_converted = true`,
    );
    expect(await pending()).toEqual([]);
  });

  it('N4: a write of the sync captures nothing, and only within its own transaction', async () => {
    await db.syncTransaction((tx) => tx.query(`update marketing.person set phone = '2'`));
    expect(await pending()).toEqual([]);
    await db.query(`update marketing.person set phone = '3'`);
    expect(await pending()).toEqual([{ phone: '2' }]);
  });

  it('N1: an edit that is rolled back leaves nothing', async () => {
    await db
      .transaction(async (tx) => {
        await tx.query(`update marketing.person set phone = '2'`);
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(await pending()).toEqual([]);
  });

  it.each([
    `update marketing.person set sfdc_id = '00Q000000000009AAA' where sfdc_id is null`,
    'update marketing.person set sfdc_is_deleted = true',
    'update marketing.person set id = gen_random_uuid()',
    'truncate marketing.person cascade',
  ])('C1: the sync keeps its own columns to itself: %s', async (sql) => {
    await expect(db.query(sql)).rejects.toThrow(/belong to the sync|cannot be truncated/);
  });

  it('C14: a deletion is kept with the watermark and policy of that moment; its edits go', async () => {
    await db.query(`insert into tandem.watermark values ('Lead', '2026-01-01Z')`);
    await db.query(`update marketing.person set phone = '2'`);
    await db.query('delete from marketing.person');
    const { rows } = await db.query(
      `select sfdc_id, object, policy, watermark = '2026-01-01Z' as watermark,
         fingerprint is not null as print from tandem.person_deletion`,
    );
    expect(rows).toEqual([
      { sfdc_id: sfdcId(LEAD, 1), object: 'Lead', policy: 'keep', watermark: true, print: true },
    ]);
    expect(await pending()).toEqual([]);
  });

  it('a role with rights on marketing only can edit', async () => {
    const role = `marketer_${process.pid}`;
    await db.query(`create role ${role}`);
    try {
      await db.query(`grant usage on schema marketing to ${role};
        grant select, insert, update, delete on all tables in schema marketing to ${role}`);
      await db.transaction(async (tx) => {
        await tx.query(`set local role ${role}`);
        await tx.query(`update marketing.person set phone = '2'`);
        await tx.query(`insert into marketing.person (last_name) values ('D')`);
        await tx.query(`delete from marketing.person where last_name = 'B'`);
      });
      expect(await pending()).toEqual([{ phone: '1' }]);
    } finally {
      await db.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
