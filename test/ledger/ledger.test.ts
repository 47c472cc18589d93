import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordUsage } from '../../src/ledger/api-usage.ts';
import { pinOrg, readConnection, recordState } from '../../src/ledger/connection.ts';
import { endCycle, recordStep, startCycle } from '../../src/ledger/cycles.ts';
import { pruneHistory } from '../../src/ledger/history.ts';
import {
  dismissErrors,
  dueRefetch,
  recordErrors,
  resolveErrors,
} from '../../src/ledger/sync-errors.ts';
import { moveWatermark, moveWatermarks, readWatermarks } from '../../src/ledger/watermarks.ts';
import { type Database, openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let fresh: FreshDatabase;
let db: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  await migrate(fresh.url);
  db = openDatabase(fresh.url);
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});

const identity = {
  name: 'default',
  orgId: '00D000000000001AAA',
  userId: '005000000000001AAA',
  onDelete: 'keep',
} as const;

describe('connection', () => {
  it('L3: the first org is pinned, another is refused and changes nothing', async () => {
    await pinOrg(db, identity);
    await pinOrg(db, identity);
    await expect(
      pinOrg(db, { ...identity, orgId: '00D000000000002AAA', name: 'other' }),
    ).rejects.toMatchObject({
      name: 'OrgMismatch',
      message: expect.stringContaining('00D000000000001AAA'),
    });
    expect(await readConnection(db)).toMatchObject({
      orgId: identity.orgId,
      name: 'default',
      state: 'starting',
    });
  });

  it('K1: the state is mirrored part by part', async () => {
    const nextSyncAt = new Date('2026-01-01T00:00:00Z');
    await recordState(db, { state: 'paused', reason: 'audit', pausedBy: 'ann' });
    await recordState(db, {
      nextSyncAt,
      lastSync: { cycle: 1, startedAt: 'a', endedAt: 'b', status: 'done' },
    });
    await recordState(db, { reason: null });
    expect(await readConnection(db)).toMatchObject({
      state: 'paused',
      reason: null,
      pausedBy: 'ann',
      nextSyncAt,
      lastSync: { cycle: 1 },
    });
  });
});

describe('cycles', () => {
  it('K2, N6: a cycle started twice is one, and a part done twice counts once', async () => {
    const [cycle, same] = await Promise.all([startCycle(db, 'run-1'), startCycle(db, 'run-1')]);
    expect(same).toBe(cycle);
    const step = { cycle, object: 'Lead', operation: 'pull updates', status: 'done' } as const;
    await recordStep(db, { ...step, part: 'fetch', skipped: 5 });
    await recordStep(db, { ...step, part: 'write', new: 2, updated: 1 });
    await recordStep(db, { ...step, part: 'write', new: 2, updated: 1, conflicts: 1 });
    const { rows } = await db.query(
      'select status, new, updated, skipped, conflicts, ended_at is not null as ended from tandem.cycle_step',
    );
    expect(rows).toEqual([
      { status: 'done', new: 2, updated: 1, skipped: 5, conflicts: 1, ended: true },
    ]);
    const ended = await endCycle(db, cycle, 'done');
    expect(await endCycle(db, cycle, 'failed', 'late')).toEqual(ended);
  });
});

describe('watermarks', () => {
  it('N5: move forward only', async () => {
    await moveWatermark(db, 'Lead', new Date('2026-01-02T00:00:00Z'));
    await moveWatermarks(db, ['Lead', 'Account'], new Date('2026-01-01T00:00:00Z'));
    expect(Object.fromEntries(await readWatermarks(db))).toEqual({
      Lead: new Date('2026-01-02T00:00:00Z'),
      Account: new Date('2026-01-01T00:00:00Z'),
    });
  });
});

describe('sync errors and history', () => {
  const error = (record: string) => ({
    record,
    personId: null,
    sfdcId: record,
    code: 'X',
    message: 'no',
    fields: [],
  });

  it('K3, N3: one open error a record; resolved, the next one is new', async () => {
    await recordErrors(db, 'Lead', 'pull updates', [error('a'), error('b')]);
    await recordErrors(db, 'Lead', 'pull updates', [error('a')]);
    await resolveErrors(db, 'Lead', 'pull updates', ['a']);
    await recordErrors(db, 'Lead', 'pull updates', [error('a')]);
    const { rows } = await db.query(
      'select record, tries, resolved_at is null as open from tandem.sync_error order by id',
    );
    expect(rows).toEqual([
      { record: 'a', tries: 2, open: false },
      { record: 'b', tries: 1, open: true },
      { record: 'a', tries: 1, open: true },
    ]);
  });

  it('N3: a pull that failed is fetched again by id when it is due', async () => {
    expect(await dueRefetch(db, 'Lead', 10)).toEqual([]);
    await db.query(
      `update tandem.sync_error set next_try = now() - interval '1 s' where record = 'b'`,
    );
    expect(await dueRefetch(db, 'Lead', 10)).toEqual(['b']);
  });

  it('K6: old history goes; open errors stay for ever', async () => {
    await recordUsage(db, { used: 1, limit: 10, budget: 8 });
    await db.query(`update tandem.api_usage set at = at - interval '31 days'`);
    await db.query(`update tandem.cycle set started_at = started_at - interval '31 days'`);
    await db.query(
      `update tandem.sync_error set first_seen = now() - interval '90 days', resolved_at = resolved_at - interval '31 days'`,
    );
    expect(await pruneHistory(db, 30 * 86_400_000)).toBe(3);
    expect(await pruneHistory(db, 30 * 86_400_000)).toBe(0);
    const { rows } = await db.query<{ id: string }>(
      'select id::text from tandem.sync_error order by record',
    );
    expect(rows).toHaveLength(2);
    expect(await dismissErrors(db, [rows[0]!.id])).toBe(1);
  });
});
