import { expect, it } from 'vitest';
import { writeStaged } from '../../src/marketing/apply.ts';
import { openDatabase } from '../../src/marketing/database.ts';
import { preparePush, settlePush, takePush } from '../../src/marketing/push.ts';
import { resolveStaged } from '../../src/marketing/resolve.ts';
import { stageRows } from '../../src/marketing/staging.ts';
import { EXTERNAL_ID, fetched, LEAD, openFixture, row, sfdcId, T2 } from './fixture.ts';

it('N5, trap 28: no step of a cycle reads through all people', async () => {
  const fixture = await openFixture();
  // One session, so that its statistics are whole when they are read.
  const db = openDatabase(fixture.url, { max: 1 });
  const { mappings } = fixture;
  try {
    await db.syncTransaction((tx) =>
      tx.query(
        `insert into marketing.person (sfdc_id, phone)
         select '00Q' || lpad(n::text, 12, '0') || 'AAA', '1' from generate_series(1, 20000) n`,
      ),
    );
    await db.query('analyze marketing.person');
    await db.query(`update marketing.person set phone = '2' where sfdc_id <= $1`, [
      sfdcId(LEAD, 50),
    ]);
    const before = await scans();
    const rows = Array.from({ length: 2_000 }, (_, n) => row(LEAD, n * 20, { LastName: 'New' }));
    await fetched({ db, mappings }, LEAD, rows);
    await resolveStaged(db, { spec: LEAD, mappings });
    const serverTime = new Date(T2);
    const input = { spec: LEAD, mappings, externalIdField: EXTERNAL_ID, serverTime };
    expect(await writeStaged(db, input)).toMatchObject({ new: 1000, updated: 998 });
    const { candidates } = await takePush(db, { spec: LEAD, mappings, after: null, limit: 100 });
    const now = candidates.map(({ sfdcId: Id }) => ({ ...row(LEAD, 1, { Phone: '1' }), Id }));
    const { pushes } = await preparePush(db, { spec: LEAD, mappings, rows: now });
    const results = pushes.map((push) => ({ ...push, outcome: { ok: true } as const }));
    expect(await settlePush(db, { object: 'Lead', results })).toMatchObject({ updated: 50 });
    expect(await scans()).toBe(before);
  } finally {
    await db.end();
    await fixture.close();
  }

  async function scans(): Promise<number> {
    await db.query('select pg_stat_force_next_flush()');
    const found = await db.query<{ n: number }>(
      `select seq_scan::int as n from pg_stat_user_tables where relid = 'marketing.person'::regclass`,
    );
    return found.rows[0]!.n;
  }
});

it('N1: local edits of staged people are looked up one by one, however many are pending', async () => {
  const fixture = await openFixture();
  const db = openDatabase(fixture.url, { max: 1 });
  const { mappings } = fixture;
  const people = 2_000;
  try {
    await db.syncTransaction((tx) =>
      tx.query(
        `insert into marketing.person (sfdc_id, phone)
         select '00Q' || lpad(n::text, 12, '0') || 'AAA', '1' from generate_series(1, $1::int) n`,
        [2 * people],
      ),
    );
    await db.query(`update marketing.person set phone = '2' where sfdc_id <= $1`, [
      sfdcId(LEAD, people),
    ]);
    const rows = Array.from({ length: people }, (_, n) => row(LEAD, people + n + 1));
    await stageRows(db, 'Lead', Object.keys(rows[0]!), rows);
    const before = await lookUps();
    await resolveStaged(db, { spec: LEAD, mappings });
    // Whoever compares each person with each edit takes half a minute for 10,000 of both.
    expect((await lookUps()) - before).toBe(people);
  } finally {
    await db.end();
    await fixture.close();
  }

  async function lookUps(): Promise<number> {
    await db.query('select pg_stat_force_next_flush()');
    const found = await db.query<{ n: number }>(
      `select idx_scan::int as n from pg_stat_user_indexes
       where indexrelid = 'tandem.pending_change_person'::regclass`,
    );
    return found.rows[0]!.n;
  }
});
