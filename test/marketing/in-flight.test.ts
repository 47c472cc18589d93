import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeStaged } from '../../src/marketing/apply.ts';
import { settleCreates, takeCreates } from '../../src/marketing/create.ts';
import { preparePush, settlePush, takePush } from '../../src/marketing/push.ts';
import {
  CONTACT,
  EXTERNAL_ID,
  fetched,
  fixtureForTests,
  LEAD,
  row,
  sfdcId,
  T2,
} from './fixture.ts';

const { fixture, db } = fixtureForTests();
/** Somebody who edits while the sync works. */
let editor: pg.Client;

beforeEach(async () => {
  editor = new pg.Client({ connectionString: fixture.url });
  await editor.connect();
  await db.syncTransaction((tx) =>
    tx.query(`truncate marketing.person, marketing.activity, tandem.pending_change, tandem.conflict,
      tandem.sync_error, tandem.watermark, tandem.creation, tandem.person_deletion cascade`),
  );
});
afterEach(() => editor.end());

const spec = CONTACT;

function write(serverTime: string | null = T2) {
  return writeStaged(db, {
    spec,
    mappings: fixture.mappings,
    externalIdField: EXTERNAL_ID,
    serverTime: serverTime === null ? null : new Date(serverTime),
  });
}

async function stage(...rows: ReturnType<typeof row>[]) {
  await fetched(fixture, spec, rows);
}

async function one<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T> {
  const { rows } = await db.query<T & object>(sql, values as never[]);
  return rows[0] as T;
}

/** Resolves when some session waits for the editor's lock. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const { rows } = await editor.query(
      'select 1 from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
    );
    if (rows.length > 0) return;
  }
}

describe('an edit made while a pull is being written', () => {
  it('N1: is waited for, and merged: neither lost nor undone', async () => {
    await stage(row(spec, 1, { Phone: '1', LastName: 'A' }));
    await write();
    await stage(row(spec, 1, { Phone: '1', LastName: 'B' }));
    await editor.query(`begin; update marketing.person set phone = 'mine'`);
    const writing = write();
    await untilBlocked();
    await editor.query('commit');
    expect(await writing).toMatchObject({ updated: 1, conflicts: 0, postponed: 0 });
    expect(await one('select last_name, phone from marketing.person')).toEqual({
      last_name: 'B',
      phone: 'mine',
    });
    expect(await one('select old from tandem.pending_change')).toEqual({ old: { phone: '1' } });
  });

  it('N1: on a field that Salesforce changed too it is a recorded conflict', async () => {
    await stage(row(spec, 1, { Phone: '1' }));
    await write();
    await stage(row(spec, 1, { Phone: 'theirs' }));
    await editor.query(`begin; update marketing.person set phone = 'mine'`);
    const writing = write();
    await untilBlocked();
    await editor.query('commit');
    expect(await writing).toMatchObject({ conflicts: 1 });
    expect(await one('select base, salesforce, marketing, winner from tandem.conflict')).toEqual({
      base: '1',
      salesforce: 'theirs',
      marketing: 'mine',
      winner: 'salesforce',
    });
    expect(await one('select phone from marketing.person')).toEqual({ phone: 'theirs' });
  });

  it('N1: after the write has begun it waits, and is captured against what was written', async () => {
    await stage(row(spec, 1, { Phone: '1' }));
    await write();
    await stage(row(spec, 1, { Phone: '2' }));
    let edited: Promise<unknown> | undefined;
    await db.syncTransaction(async (tx) => {
      await tx.query(`update marketing.person set phone = '2'`);
      edited = editor.query(`update marketing.person set phone = phone || 'x'`);
      const waits = `select 1 from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`;
      while ((await tx.query(waits)).rowCount === 0);
    });
    await edited;
    expect(await one('select phone from marketing.person')).toEqual({ phone: '2x' });
    expect(await one('select old from tandem.pending_change')).toEqual({ old: { phone: '2' } });
  });

  it('N3: a row held for too long is left out; the others go on and the watermark waits', async () => {
    await stage(row(spec, 1), row(spec, 2));
    await write(null);
    await stage(row(spec, 1, { Phone: '9' }), row(spec, 2, { Phone: '9' }), row(spec, 3));
    await editor.query('begin');
    await editor.query('select from marketing.person where sfdc_id = $1 for update', [
      sfdcId(spec, 1),
    ]);
    expect(await write()).toMatchObject({ new: 1, updated: 1, postponed: 1 });
    expect(await one('select count(*)::int as n from tandem.watermark')).toEqual({ n: 0 });
    await editor.query('rollback');
    await stage(row(spec, 1, { Phone: '9' }), row(spec, 2, { Phone: '9' }), row(spec, 3));
    expect(await write()).toMatchObject({ updated: 1, postponed: 0 });
    expect(await one('select count(*)::int as n from tandem.watermark')).toEqual({ n: 1 });
  });

  it('C14: a deletion made meanwhile stands', async () => {
    await stage(row(spec, 1, { Phone: '1' }));
    await write();
    await stage(row(spec, 1, { Phone: '2' }));
    await editor.query('begin; delete from marketing.person');
    const writing = write();
    await untilBlocked();
    await editor.query('commit');
    expect(await writing).toMatchObject({ updated: 0, new: 0, failed: 0 });
  });

  it('N6: killed in the middle of a write, nothing of it is there, and the next try ends as one', async () => {
    await stage(row(spec, 1, { Phone: '1' }), row(spec, 2, { Phone: '1' }));
    await editor.query('begin; lock table tandem.watermark in exclusive mode');
    const writing = write().then(
      () => 'written',
      (error: Error) => error.name,
    );
    await untilBlocked();
    await editor.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
    );
    expect(await writing).toBe('DatabaseUnavailable');
    await editor.query('rollback');
    expect(await one('select count(*)::int as n from marketing.person')).toEqual({ n: 0 });
    expect(await write()).toMatchObject({ new: 2 });
  });
});

describe('an edit made while a push is in flight', () => {
  it('N1: is not dropped with the push, and is pushed next', async () => {
    await stage(row(spec, 1, { Phone: '1', LastName: 'A' }));
    await write();
    const { mappings } = fixture;
    await editor.query(`update marketing.person set phone = '2'`);
    const first = await takePush(db, { spec, mappings, after: null, limit: 100 });
    expect(first.candidates).toHaveLength(1);
    const now = row(spec, 1, { Phone: '1', LastName: 'A' });
    const { pushes } = await preparePush(db, { spec, mappings, rows: [now] });
    expect(pushes.map(({ record }) => record)).toEqual([{ Id: sfdcId(spec, 1), Phone: '2' }]);
    await editor.query(`update marketing.person set phone = '3', email = 'a@b.example'`);
    await settlePush(db, {
      object: spec.name,
      results: pushes.map((push) => ({ ...push, outcome: { ok: true } })),
    });
    expect(await one('select old from tandem.pending_change')).toEqual({
      old: { phone: '2', email: null },
    });
    const next = await preparePush(db, { spec, mappings, rows: [{ ...now, Phone: '2' }] });
    expect(next.conflicts).toBe(0);
    expect(next.pushes[0]!.record).toEqual({
      Id: sfdcId(spec, 1),
      Phone: '3',
      Email: 'a@b.example',
    });
  });

  it('trap 29: an edit that commits after later ones were pushed is still pushed', async () => {
    const { mappings } = fixture;
    await stage(row(spec, 1, { Phone: '1' }), row(spec, 2, { Phone: '1' }));
    await write();
    await editor.query('begin');
    await editor.query(`update marketing.person set phone = 'early' where sfdc_id = $1`, [
      sfdcId(spec, 1),
    ]);
    await db.query(`update marketing.person set phone = 'late' where sfdc_id = $1`, [
      sfdcId(spec, 2),
    ]);
    const take = async () => {
      const { candidates } = await takePush(db, { spec, mappings, after: null, limit: 100 });
      const rows = candidates.map(({ sfdcId: Id }) => ({ ...row(spec, 1, { Phone: '1' }), Id }));
      const { pushes } = await preparePush(db, { spec, mappings, rows });
      const results = pushes.map((push) => ({ ...push, outcome: { ok: true } as const }));
      await settlePush(db, { object: spec.name, results });
      return pushes.map(({ record }) => record.Phone);
    };
    expect(await take()).toEqual(['late']);
    await editor.query('commit');
    expect(await take()).toEqual(['early']);
    expect(await take()).toEqual([]);
  });

  it('N2, N1: an edit made while the person is being created becomes a pending change', async () => {
    const { mappings } = fixture;
    await editor.query(`insert into marketing.person (last_name, phone) values ('A', '1')`);
    const input = {
      spec: LEAD,
      mappings,
      condition: null,
      defaults: { lastName: '[unknown]', company: '[none]' },
      externalIdField: EXTERNAL_ID,
      limit: 10,
    };
    const [creation] = await takeCreates(db, input);
    expect(creation!.record).toMatchObject({
      LastName: 'A',
      Phone: '1',
      Company: '[none]',
      [EXTERNAL_ID]: creation!.personId,
    });
    await editor.query(`update marketing.person set phone = '2'`);
    const results = [
      { personId: creation!.personId, outcome: { ok: true, id: sfdcId(LEAD, 7) } as const },
    ];
    expect(await settleCreates(db, { spec: LEAD, mappings, results })).toEqual({
      created: 1,
      failed: 0,
    });
    expect(await settleCreates(db, { spec: LEAD, mappings, results })).toEqual({
      created: 1,
      failed: 0,
    });
    expect(await one('select sfdc_id from marketing.person')).toEqual({ sfdc_id: sfdcId(LEAD, 7) });
    expect(await one('select old from tandem.pending_change')).toEqual({ old: { phone: '1' } });
    expect(await takeCreates(db, input)).toEqual([]);
  });
});
