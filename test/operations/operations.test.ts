import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../src/config/schema.ts';
import { recordUsage } from '../../src/ledger/api-usage.ts';
import { recordConflicts } from '../../src/ledger/conflicts.ts';
import { pinOrg, recordState } from '../../src/ledger/connection.ts';
import { endCycle, recordStep, startCycle } from '../../src/ledger/cycles.ts';
import { advanceLoad, expectRows, keepJob, openLoad } from '../../src/ledger/loads.ts';
import { dismissErrors, recordErrors, resolveErrors } from '../../src/ledger/sync-errors.ts';
import { moveWatermark } from '../../src/ledger/watermarks.ts';
import { type Database, openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { listConflicts } from '../../src/operations/conflicts.ts';
import { endedAfter, listCycles, newestCycle } from '../../src/operations/cycles.ts';
import { listErrors } from '../../src/operations/errors.ts';
import { listFields } from '../../src/operations/fields.ts';
import { SchemaMissing } from '../../src/operations/schema.ts';
import { readProgress, readStatus } from '../../src/operations/status.ts';
import { OBJECTS } from '../../src/sync/objects.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const ORG = '00D000000000001AAA';
const LEAD = '00Q000000000001AAA';
const { objects } = connectionSettings({}, {});
const CONNECTION = { name: 'default', people: { createInSalesforce: 'asked' }, objects } as const;

let database: FreshDatabase;
let db: Database;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, { max: 2 });
  await migrate(db);
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db.syncTransaction(async (tx) => {
    await tx.query('delete from marketing.person');
    await tx.query(
      `truncate tandem.cycle, tandem.cycle_step, tandem.sync_error, tandem.conflict, tandem.load,
         tandem.watermark, tandem.api_usage, tandem.pending_change, tandem.person_deletion, tandem.field,
         tandem.object`,
    );
  });
});

async function person(over: { sfdcId?: string; deleted?: boolean } = {}): Promise<string> {
  const { rows } = await db.syncTransaction((tx) =>
    tx.query<{ id: string }>(
      'insert into marketing.person (sfdc_id, sfdc_is_deleted, last_name) values ($1, $2, $3) returning id',
      [over.sfdcId ?? null, over.deleted ?? false, 'Okri'],
    ),
  );
  return rows[0]!.id;
}

const pend = (id: string) =>
  db.query(`insert into tandem.pending_change (person_id, old) values ($1, '{"city": "Lagos"}')`, [
    id,
  ]);

const error = (record: string, code = 'UNABLE_TO_LOCK_ROW') => ({
  record,
  personId: null,
  sfdcId: LEAD,
  code,
  message: 'busy',
  fields: ['Email'],
});

describe('the status', () => {
  it('has the shape of the contract before anything ran', async () => {
    const status = await readStatus(db, CONNECTION, null);
    expect(status).toMatchObject({
      connection: 'default',
      state: 'starting',
      reason: null,
      lastSync: null,
      nextSyncAt: null,
      initialLoad: { objects: [] },
      api: null,
    });
    expect(status.objects).toEqual(
      OBJECTS.filter(({ optional }) => !optional).map(({ name: object }) => ({
        object,
        watermark: null,
        waitingPull: 0,
        waitingPush: 0,
        errors: 0,
      })),
    );
    expect(status.mirroredAt).not.toBeNull();
  });

  it('K1: is what the workflow says, where it answers', async () => {
    await pinOrg(db, {
      name: 'default',
      orgId: ORG,
      userId: '005000000000001AAA',
      onDelete: 'keep',
    });
    const live = { orgId: null, state: 'syncing', reason: 'x', lastSync: null, nextSyncAt: null };
    expect(await readStatus(db, CONNECTION, live)).toMatchObject({
      orgId: ORG,
      state: 'syncing',
      reason: 'x',
      mirroredAt: null,
    });
  });

  it('K1: is what was last reported, with no worker up', async () => {
    const lastSync = {
      cycle: 7,
      startedAt: '2026-03-01T12:00:00.000Z',
      endedAt: '2026-03-01T12:00:02.000Z',
      status: 'done',
    };
    const nextSyncAt = new Date('2026-03-01T12:05:02Z');
    await recordState(db, { state: 'waiting', reason: null, nextSyncAt, lastSync });
    const status = await readStatus(db, CONNECTION, null);
    expect(status).toMatchObject({
      state: 'waiting',
      lastSync,
      nextSyncAt: nextSyncAt.toISOString(),
    });
    await recordState(db, { state: 'starting', nextSyncAt: null, lastSync: null });
  });

  it('A2: shows rows done and expected, rate and time left per object, parents first', async () => {
    const job = { jobId: '750x', serverTime: new Date('2026-03-01T12:00:00Z') };
    for (const object of ['Lead', 'Account']) {
      await openLoad(db, object);
      await expectRows(db, object, 1_000);
    }
    await keepJob(db, 'Lead', job);
    await advanceLoad(db, 'Lead', { jobId: job.jobId, from: null, next: 'page2', rows: 400 });
    const [account, lead] = (await readStatus(db, CONNECTION, null)).initialLoad.objects;
    expect(account).toEqual({
      object: 'Account',
      state: 'waiting',
      done: 0,
      expected: 1_000,
      rate: null,
      secondsLeft: null,
    });
    expect(lead).toMatchObject({ object: 'Lead', state: 'running', done: 400, expected: 1_000 });
    expect(lead!.rate).toBeGreaterThan(0);
    expect(lead!.secondsLeft).toBeGreaterThanOrEqual(0);
    const waiting = (await readStatus(db, CONNECTION, null)).objects;
    expect(waiting.find(({ object }) => object === 'Lead')).toMatchObject({ waitingPull: 600 });

    await advanceLoad(db, 'Lead', { jobId: job.jobId, from: 'page2', next: null, rows: 600 });
    expect((await readProgress(db))[1]).toMatchObject({
      state: 'done',
      done: 1_000,
      secondsLeft: 0,
    });
  });

  it('K4: counts people with pending changes once, and none that Salesforce has deleted (C8)', async () => {
    const lead = await person({ sfdcId: LEAD });
    await pend(lead);
    await pend(lead);
    await pend(await person({ sfdcId: '003000000000001AAA' }));
    await pend(await person({ sfdcId: '00Q000000000002AAA', deleted: true }));
    const { objects } = await readStatus(db, CONNECTION, null);
    const waiting = Object.fromEntries(
      objects.map(({ object, waitingPush }) => [object, waitingPush]),
    );
    expect(waiting).toMatchObject({ Lead: 1, Contact: 1, Account: 0 });
  });

  it('C5: counts people to be created, as config says', async () => {
    await person();
    await person({ sfdcId: LEAD });
    const waiting = async (createInSalesforce: 'asked' | 'always' | { when: string }) =>
      (await readStatus(db, { ...CONNECTION, people: { createInSalesforce } }, null)).objects.find(
        ({ object }) => object === 'Lead',
      )!.waitingPush;
    expect(await waiting('asked')).toBe(0);
    expect(await waiting('always')).toBe(1);
    expect(await waiting({ when: "last_name = 'Okri'" })).toBe(1);
    expect(await waiting({ when: "last_name = 'Else'" })).toBe(0);
    expect(await waiting({ when: 'this is no SQL' })).toBe(0);
  });

  it('C14: counts people whose deletion is to be pushed', async () => {
    await db.query(
      `insert into tandem.person_deletion (sfdc_id, person_id, object, policy, pushed_at) values
         ('00Q1', $1, 'Lead', 'delete', null), ('00Q2', $1, 'Lead', 'delete', now()), ('00Q3', $1, 'Lead', 'keep', null)`,
      [randomUUID()],
    );
    const { objects } = await readStatus(db, CONNECTION, null);
    expect(objects.find(({ object }) => object === 'Lead')!.waitingPush).toBe(1);
  });

  it('counts staged rows, open errors, the watermark and the API calls', async () => {
    await db.query('create table tandem.staged_lead ("Id" text)');
    await db.query(`insert into tandem.staged_lead values ('a'), ('b')`);
    await recordErrors(db, 'Lead', 'push updates', [error('1'), error('2'), error('3')]);
    await resolveErrors(db, 'Lead', 'push updates', ['1']);
    const open = await listErrors(db, { limit: 10 });
    await dismissErrors(db, [open[0]!.id]);
    await moveWatermark(db, 'Lead', new Date('2026-03-01T12:00:00Z'));
    await recordUsage(db, { used: 5, limit: 100, budget: 80 });
    await recordUsage(db, { used: 9, limit: 100, budget: 80 });
    const status = await readStatus(db, CONNECTION, null);
    expect(status.api).toEqual({ used: 9, limit: 100, budget: 80 });
    expect(status.objects.find(({ object }) => object === 'Lead')).toEqual({
      object: 'Lead',
      watermark: '2026-03-01T12:00:00.000Z',
      waitingPull: 2,
      waitingPush: 0,
      errors: 1,
    });
    await db.query('drop table tandem.staged_lead');
  });
});

describe('cycles', () => {
  async function cycle(
    key: string,
    status: 'done' | 'failed' | null,
    object = 'Lead',
  ): Promise<number> {
    const number = await startCycle(db, key);
    await recordStep(db, {
      cycle: number,
      object,
      operation: 'pull updates',
      status: 'done',
      new: 3,
    });
    await recordStep(db, { cycle: number, object: '', operation: 'sync schema', status: 'done' });
    if (status) await endCycle(db, number, status, status === 'failed' ? 'why' : null);
    return number;
  }

  it('K2: come newest first, each with its steps and their counts', async () => {
    await cycle('a', 'done');
    await cycle('b', 'failed');
    const [second, first] = await listCycles(db, { limit: 10 });
    expect(second).toMatchObject({ status: 'failed', reason: 'why' });
    expect(first!.steps.map(({ object, operation }) => [object, operation])).toEqual([
      ['Lead', 'pull updates'],
      [null, 'sync schema'],
    ]);
    const step = first!.steps.find(({ object }) => object === 'Lead')!;
    expect(step).toMatchObject({ new: 3, updated: 0, status: 'done' });
    expect(step.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await listCycles(db, { limit: 1 })).toHaveLength(1);
  });

  it('K2: are filtered by time, object, operation and status', async () => {
    await cycle('a', 'done', 'Lead');
    const failed = await cycle('b', 'failed', 'Contact');
    const numbers = async (filter: object) =>
      (await listCycles(db, { limit: 10, ...filter })).map((entry) => entry.cycle);
    expect(await numbers({ object: 'Contact' })).toEqual([failed]);
    expect(await numbers({ status: 'failed' })).toEqual([failed]);
    expect(await numbers({ operation: 'push new' })).toEqual([]);
    expect(await numbers({ operation: 'pull updates' })).toHaveLength(2);
    const [entry] = await listCycles(db, { limit: 1, operation: 'sync schema' });
    expect(entry!.steps).toHaveLength(1);
    expect(await numbers({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await numbers({ until: new Date(Date.now() - 60_000) })).toEqual([]);
    expect(await numbers({ since: new Date(Date.now() - 60_000) })).toHaveLength(2);
  });

  it('the one that ends after another is found once it has ended, and not before', async () => {
    await cycle('a', 'done');
    const before = await newestCycle(db);
    expect(await endedAfter(db, before)).toBeNull();
    const running = await cycle('b', null);
    expect(await endedAfter(db, before)).toBeNull();
    await endCycle(db, running, 'failed', 'no');
    expect(await endedAfter(db, before)).toMatchObject({
      cycle: running,
      status: 'failed',
      reason: 'no',
    });
  });
});

it('K3: errors show both ids, code, message, tries and the next try; closed ones only on request', async () => {
  await recordErrors(db, 'Lead', 'push updates', [
    error('1'),
    error('2', 'REQUIRED_FIELD_MISSING'),
  ]);
  await recordErrors(db, 'Lead', 'push updates', [error('1')]);
  await resolveErrors(db, 'Lead', 'push updates', ['2']);
  const [open, ...rest] = await listErrors(db, { limit: 10 });
  expect(rest).toEqual([]);
  expect(open).toMatchObject({
    object: 'Lead',
    sfdcId: LEAD,
    personId: null,
    code: 'UNABLE_TO_LOCK_ROW',
    message: 'busy',
    fields: ['Email'],
    tries: 2,
    status: 'open',
  });
  expect(Date.parse(open!.nextTry!)).toBeGreaterThan(Date.parse(open!.firstSeen));
  const all = await listErrors(db, { all: true, limit: 10 });
  expect(all.map(({ status }) => status).sort()).toEqual(['open', 'resolved']);
  const by = (filter: object) => listErrors(db, { limit: 10, all: true, ...filter });
  expect(await by({ code: 'REQUIRED_FIELD_MISSING' })).toHaveLength(1);
  expect(await by({ object: 'Contact' })).toEqual([]);
  expect(await by({ operation: 'push new' })).toEqual([]);
});

it('K5: conflicts show the three values and the winner, the newest first', async () => {
  const entry = {
    object: 'Lead',
    field: 'City',
    column: 'city',
    personId: randomUUID(),
    sfdcId: LEAD,
    base: null,
    salesforce: 'Paris',
    marketing: 'Lagos',
    winner: 'marketing',
  } as const;
  await recordConflicts(db, [entry]);
  await recordConflicts(db, [{ ...entry, field: 'State', column: 'state' }]);
  const conflicts = await listConflicts(db, { limit: 10 });
  expect(conflicts.map(({ field }) => field)).toEqual(['State', 'City']);
  expect(conflicts[1]).toMatchObject(entry);
  expect(await listConflicts(db, { limit: 10, field: 'City' })).toHaveLength(1);
  expect(await listConflicts(db, { limit: 10, object: 'Contact' })).toEqual([]);
});

it('J5: fields show column, way and why, in the order of the catalogue; J2: with those that are gone', async () => {
  await db.query(
    `insert into tandem.object (name, table_name) values ('Lead', 'person'), ('Account', 'account')`,
  );
  await db.query(
    `insert into tandem.field (object, field, column_name, type, column_type, direction, reason, conflict,
       createable, updateable, length, scale, gone_at) values
     ('Lead', 'Name', 'name', 'string', 'text', 'off', 'compound', 'marketing', false, false, 1, 0, null),
     ('Lead', 'City', 'city', 'string', 'text', 'both', null, 'marketing', true, true, 1, 0, null),
     ('Account', 'Old__c', 'old__c', 'string', 'text', 'pull', 'x', 'salesforce', true, true, 1, 0, now())`,
  );
  const fields = await listFields(db, {});
  expect(fields.map(({ object, field }) => `${object}.${field}`)).toEqual([
    'Account.Old__c',
    'Lead.City',
    'Lead.Name',
  ]);
  expect(fields[0]!.goneAt).not.toBeNull();
  expect(fields[2]).toMatchObject({ direction: 'off', reason: 'compound', columnType: 'text' });
  expect(await listFields(db, { object: 'Lead', direction: 'off' })).toHaveLength(1);
});

it('a database without the schema is answered with what to do', async () => {
  const empty = await freshDatabase();
  const other = openDatabase(empty.url, { max: 1 });
  try {
    await expect(readStatus(other, CONNECTION, null)).rejects.toThrow(SchemaMissing);
    await expect(listCycles(other, { limit: 1 })).rejects.toThrow(/run `tandem migrate`/);
  } finally {
    await other.end();
    await empty.drop();
  }
});
