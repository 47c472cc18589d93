/** Attempts that were given up and still run, jobs that come to nothing, an org that is another: what the steps make of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { JobLost, QueryTimeout, SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { OBJECTS } from '../../src/sync/objects.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } });
let lead: string;

const salesforce = (over: Partial<Salesforce>) => ({
  salesforce: { ...pair.own.salesforce, ...over },
});

const load = async (object: string) =>
  (await pair.sql('select * from tandem.load where object = $1', [object]))[0];

describe('the initial load', () => {
  it('A2: goes on when Salesforce will not count the rows', async () => {
    await pair.run('prepareConnection', {});
    const count = () => Promise.reject(new QueryTimeout());
    const { objects } = await pair.run('prepareLoad', {}, salesforce({ count }));
    expect(objects).toHaveLength(OBJECTS.filter(({ optional }) => !optional).length);
  });

  it.each([
    [
      'A2, N3: a job that is lost is made again by the next try',
      () => Promise.resolve(null),
      { name: 'ApplicationFailure', nonRetryable: false },
    ],
    [
      'A2, N3: a job that failed is not asked again, but another made',
      () => Promise.resolve({ id: '', state: 'Failed' as const, rows: 0, errorMessage: 'no' }),
      { name: 'ApplicationFailure', nonRetryable: true },
    ],
  ])('%s', async (_, bulkQueryJob, failure) => {
    const tried = pair.run('loadPage', { object: 'User' }, salesforce({ bulkQueryJob }));
    await expect(tried).rejects.toMatchObject(failure);
    expect((await load('User')).job_id).toBeNull();
  });

  it('A2: a job made before the fields changed is made again', async () => {
    await pair.control('POST', '/schema', {
      ...{ op: 'add-field', object: 'Lead', field: 'Late__c', type: 'string', length: 20 },
    });
    const unfinished = () => Promise.reject(new QueryTimeout());
    const tried = pair.run(
      'loadPage',
      { object: 'Lead' },
      salesforce({ bulkQueryJob: unfinished }),
    );
    await expect(tried).rejects.toThrow();
    expect((await load('Lead')).job_id).not.toBeNull();
    await pair.run('prepareConnection', {});
    await expect(pair.run('loadPage', { object: 'Lead' })).rejects.toMatchObject({
      nonRetryable: false,
    });
    await pair.load();
    expect(await load('Lead')).toMatchObject({ state: 'done', done: '20' });
  });
});

describe('a cycle', () => {
  beforeAll(async () => {
    lead = (await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false'))[0]!.Id!;
  });
  const phone = async () =>
    (await pair.sql('select phone from marketing.person where sfdc_id = $1', [lead]))[0].phone;
  const fetchLead = async (run: string, over: Partial<Salesforce> = {}) =>
    (await pair.run('fetchChanges', { run }, salesforce(over))).objects.find(
      ({ object }) => object === 'Lead',
    )!;

  it('N1, N6: rows of an attempt that was given up are not written for those of the next', async () => {
    await pair.crm.update('Lead', lead, { Phone: '1' });
    const old = await fetchLead('r1');
    await pair.crm.update('Lead', lead, { Phone: '2' });
    const young = await fetchLead('r1');
    const staged = await pair.sql('select * from tandem.staged_lead');
    const stale = { run: 'r1', object: 'Lead', batch: old.batch, serverTime: old.serverTime };
    await expect(pair.run('resolveConflicts', stale)).rejects.toThrow('next cycle');
    await expect(pair.run('writeMarketing', stale)).rejects.toMatchObject({
      nonRetryable: true,
      details: [{ scope: 'object', remedy: 'cycle' }],
    });
    expect(await pair.sql('select * from tandem.staged_lead')).toEqual(staged);
    await pair.run('writeMarketing', {
      ...stale,
      batch: young.batch,
      serverTime: young.serverTime,
    });
    expect(await phone()).toBe('2');
  });

  it('N3, trap 5: a query that ran too long goes by Bulk, and fails no other object', async () => {
    const firstPages: Salesforce['firstPages'] = async (queries) => {
      const found = await pair.own.salesforce.firstPages(queries);
      const at = queries.findIndex((query) => query.includes('FROM Lead'));
      return { ...found, pages: found.pages.with(at, { error: new QueryTimeout() }) };
    };
    expect(await fetchLead('r2', { firstPages })).toMatchObject({ bulk: true, failure: null });
  });

  it('N3: what the database refuses of one object fails that object alone', async () => {
    await pair.crm.update('Lead', lead, { Phone: '3' });
    await pair.sql('alter table marketing.person rename phone to telephone');
    try {
      const object = await fetchLead('r3');
      expect(object.failure).toContain('42703');
    } finally {
      await pair.sql('alter table marketing.person rename telephone to phone');
    }
  });

  it('N3: a lost Bulk job is left to the next cycle, which makes another', async () => {
    const job = await pair.run('startBulkPull', { run: 'r4', object: 'Lead' });
    const bulkQueryJob = () => Promise.resolve(null);
    const input = { run: 'r4', object: 'Lead', job, locator: null };
    await expect(pair.run('fetchPage', input, salesforce({ bulkQueryJob }))).rejects.toMatchObject({
      type: 'JobLost',
      nonRetryable: true,
    });
    const lost = () => Promise.reject(new JobLost(job));
    await expect(
      pair.run('fetchPage', input, salesforce({ bulkQueryResult: lost })),
    ).rejects.toMatchObject({ nonRetryable: true });
  });

  it('K1, N3: a load that failed is said in each cycle, and keeps no other object back', async () => {
    await pair.sql(
      `update tandem.load set state = 'failed', reason = 'no access' where object = 'Group'`,
    );
    await pair.sql(`delete from tandem.watermark where object = 'Group'`);
    const { objects } = await pair.run('fetchChanges', { run: 'r5' });
    expect(objects.find(({ object }) => object === 'Group')).toMatchObject({
      failure: 'no access',
    });
    expect(objects.find(({ object }) => object === 'Lead')).toMatchObject({ failure: null });
    await pair.sql(`update tandem.load set state = 'done', reason = null where object = 'Group'`);
    await pair.sql(
      `insert into tandem.watermark (object, modstamp)
       select 'Group', modstamp from tandem.watermark where object = 'Lead'`,
    );
  });

  it('N3, C8: an error of a record that is gone and was never here ends; of one that is here it stays', async () => {
    const gone = `00Q${'0'.repeat(12)}AAA`;
    await pair.sql(
      `insert into tandem.sync_error (object, operation, record, sfdc_id, code, message)
       select 'Lead', 'pull updates', id, id, 'VALUE_DOES_NOT_FIT', 'x' from unnest($1::text[]) id`,
      [[gone, lead]],
    );
    const retrieve = async (_: string, ids: string[]) => ids.map(() => null);
    await fetchLead('r6', { retrieve });
    const open = await pair.sql(
      `select record, code, next_try > now() as later from tandem.sync_error where resolved_at is null`,
    );
    expect(open).toEqual([{ record: lead, code: 'NOT_VISIBLE', later: true }]);
  });

  it('L3: a worker started with the credentials of another org touches nothing', async () => {
    const identity = async () => ({
      ...(await pair.own.salesforce.identity()),
      orgId: '00D000000000099AAA',
    });
    for (const [name, input] of [
      ['fetchChanges', { run: 'r7' }],
      ['writeSalesforce', { run: 'r7', object: 'Lead' }],
      ['loadPage', { object: 'Lead' }],
    ] as const) {
      await expect(pair.run(name, input as never, salesforce({ identity }))).rejects.toMatchObject({
        type: 'OrgMismatch',
        nonRetryable: true,
      });
    }
  });

  it('M1: no step begins calls when the budget is spent', async () => {
    const usage = () => ({ used: 90_000, limit: 100_000 });
    const spent = { type: 'BudgetSpent', details: [{ remedy: 'window', scope: 'connection' }] };
    for (const [name, input] of [
      ['startBulkPull', { run: 'r8', object: 'Lead' }],
      ['fetchPage', { run: 'r8', object: 'Lead', job: '750', locator: null }],
      ['loadPage', { object: 'Lead' }],
      ['fetchChanges', { run: 'r8' }],
    ] as const) {
      await expect(pair.run(name, input as never, salesforce({ usage }))).rejects.toMatchObject(
        spent,
      );
    }
  });

  it('a refusal for good of one object is its failure', async () => {
    const firstPages: Salesforce['firstPages'] = async (queries) => {
      const found = await pair.own.salesforce.firstPages(queries);
      const error = new SalesforceRejected('INVALID_TYPE', 'no such object');
      return { ...found, pages: found.pages.map(() => ({ error })) };
    };
    expect((await fetchLead('r9', { firstPages })).failure).toContain('INVALID_TYPE');
  });
});
