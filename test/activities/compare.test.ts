/** The comparison of ids: what was purged there or missed here is found and repaired (N8). */
import { beforeAll, describe, expect, it } from 'vitest';
import { dueComparisons, readComparisons, wantComparisons } from '../../src/ledger/comparisons.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { soapCall } from '../support/soap.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests(
  {
    overlap: 1_000,
    bulk: { pageSize: 1_000 },
    compare: { every: 'off' },
    objects: { Subscription__c: {} },
  },
  { people: 5_000 },
);
beforeAll(async () => {
  await pair.load();
  await pair.cycle('first');
}, 120_000);

let run = 0;
async function compare(objects: string[], over: Partial<Salesforce> = {}) {
  await wantComparisons(pair.own.db, objects);
  const salesforce = { ...pair.own.salesforce, ...over };
  while (!(await pair.run('comparePage', {}, { salesforce })).finished);
  return readComparisons(pair.own.db, objects);
}
const cycle = () => {
  run += 1;
  return pair.cycle(`compare ${run}`);
};
const here = (table: string, id: string) =>
  pair.sql(`select * from marketing.${table} where sfdc_id = $1`, [id]);
const ids = async (object: string, where = '') =>
  (await pair.crm.query(`SELECT Id FROM ${object} ${where} ORDER BY Id`)).map(({ Id }) => Id!);
/** As if the sync had never heard of it. */
const lose = (table: string, id: string) =>
  pair.own.db.syncTransaction((tx) =>
    tx.query(`delete from marketing.${table} where sfdc_id = $1`, [id]),
  );
/** As if it had been deleted and purged in an outage longer than the recycle bin. */
const purge = async (object: string, id: string) => {
  await pair.crm.delete(object, id);
  await pair.control('POST', '/purge');
};
const pass = (ms: number) => pair.sql('select pg_sleep($1)', [ms / 1000]);

const ALL = ['Account', 'Campaign', 'CampaignMember', 'Contact', 'Event', 'Group', 'Lead'].concat([
  'Opportunity',
  'OpportunityContactRole',
  'Subscription__c',
  'Task',
  'User',
]);

it('H1: an activity that loses its person in Salesforce loses it here, one that never had any does not come', async () => {
  const [lead] = await ids('Lead', 'WHERE IsConverted = false');
  const task = await pair.crm.create('Task', { Subject: 'Call', WhoId: lead! });
  const nobodys = await pair.crm.create('Task', { Subject: 'Tidy up' });
  await cycle();
  expect(await here('task', task)).toMatchObject([{ who_id: lead, subject: 'Call' }]);
  await pair.crm.update('Task', task, { WhoId: null, Subject: 'Call later' });
  await cycle();
  expect(await here('task', task)).toMatchObject([{ who_id: null, subject: 'Call later' }]);
  expect(await here('task', nobodys)).toEqual([]);
  const [compared] = await compare(['Task']);
  expect(compared).toMatchObject({ missing: 0, gone: 0 });
  expect(await pair.sql('select * from tandem.reread')).toEqual([]);
});

it('N8: two sides with the same ids need one call an object where there are few, and write nothing', async () => {
  const before = await pair.snapshot();
  const calls = (await pair.control('GET', '/calls')).total;
  for (const one of await compare(ALL)) {
    expect(one).toMatchObject({ missing: 0, gone: 0, reason: null, endedAt: expect.any(Date) });
    expect(one.rows).toBeGreaterThan(0);
  }
  expect((await pair.control('GET', '/calls')).total - calls).toBeLessThan(45);
  const after = await pair.snapshot();
  for (const table of Object.keys(before).filter((name) => name !== 'tandem.comparison')) {
    expect(after[table], table).toEqual(before[table]);
  }
});

const CASES: [object: string, table: string, where: string][] = [
  ['Task', 'task', 'WHERE WhoId != null'],
  ['CampaignMember', 'campaign_member', ''],
  ['Subscription__c', 'subscription__c', ''],
  // Last, since their children go with them.
  ['Lead', 'person', 'WHERE IsConverted = false'],
  ['Contact', 'person', ''],
];
describe.each(CASES)('%s', (object, table, where) => {
  it('N8, C8: what was purged there is marked as deleted here, and what was missed is pulled', async () => {
    const [purged, missed] = (await ids(object, where)).slice(-2) as [string, string];
    await purge(object, purged);
    await lose(table, missed);
    await pass(2_100);
    await cycle();
    expect(await here(table, purged)).toMatchObject([{ sfdc_is_deleted: false }]);
    expect(await compare([object])).toMatchObject([{ missing: 1, gone: 1, reason: null }]);
    await cycle();
    expect(await here(table, purged)).toMatchObject([{ sfdc_is_deleted: true }]);
    expect(await here(table, missed)).toMatchObject([{ sfdc_is_deleted: false }]);
    const notices = await pair.sql(
      `select message from tandem.notice where kind = 'comparison' and object = $1`,
      [object],
    );
    expect(notices).toHaveLength(1);
    // Again: nothing is left to repair.
    expect(await compare([object])).toMatchObject([{ missing: 0, gone: 0 }]);
    expect(await pair.sql('select * from tandem.reread')).toEqual([]);
    expect(await pair.sql('select * from tandem.compared_id limit 1')).toEqual([]);
  });
});

it('N8: a person marked as deleted whom Salesforce has comes back', async () => {
  const [lead] = await ids('Lead', 'WHERE IsConverted = false');
  await pair.own.db.syncTransaction((tx) =>
    tx.query('update marketing.person set sfdc_is_deleted = true where sfdc_id = $1', [lead!]),
  );
  expect(await compare(['Lead'])).toMatchObject([{ missing: 1, gone: 0 }]);
  await cycle();
  expect(await here('person', lead!)).toMatchObject([{ sfdc_is_deleted: false }]);
});

it('C14: a person who was deleted here is not missed', async () => {
  const [, lead] = await ids('Lead', 'WHERE IsConverted = false');
  await pair.sql('delete from marketing.person where sfdc_id = $1', [lead]);
  expect(await compare(['Lead'])).toMatchObject([{ missing: 0, gone: 0 }]);
});

it('N5, N8: a record that came to either side while the ids were listed is neither missing nor gone', async () => {
  const create = (name: string) =>
    pair.crm.create('Lead', { LastName: name, Company: 'Meanwhile' });
  let made = '';
  const bulkQueryResult: Salesforce['bulkQueryResult'] = async (...args) => {
    const page = await pair.own.salesforce.bulkQueryResult(...args);
    if (made === '') {
      made = await create('Meanwhile');
      await cycle();
      expect(await here('person', made)).toHaveLength(1);
    }
    return page;
  };
  await create('Not yet pulled');
  expect(await compare(['Lead'], { bulkQueryResult })).toMatchObject([{ missing: 0, gone: 0 }]);
  expect(await here('person', made)).toMatchObject([{ sfdc_is_deleted: false }]);
});

it('C10, N8: a converted lead whose person is here as its contact is not missed', async () => {
  const lead = await pair.crm.create('Lead', { LastName: 'Converted', Company: 'Nile' });
  await cycle();
  const inner = `<convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${lead}</leadId>`;
  await soapCall(pair.sandbox, `<convertLead><leadConverts>${inner}</leadConverts></convertLead>`);
  await cycle();
  expect(await here('person', lead)).toEqual([]);
  await pass(2_100);
  await cycle();
  expect(await compare(['Lead'])).toMatchObject([{ missing: 0, gone: 0 }]);
});

it('C12, N8: a record that came into the condition without a stamp is taken in again', async () => {
  const { config } = pair.own;
  const [campaign] = await ids('Campaign');
  const where = "Name != 'Left out'";
  const objects = { ...config.objects, Campaign: { ...config.objects.Campaign!, where } };
  Object.assign(pair.own, { config: { ...config, objects } });
  const name = (text: string) =>
    pair.sandbox.pool.query('update org."Campaign" set "Name" = $2 where "Id" = $1', [
      campaign,
      text,
    ]);
  await pair.run('prepareConnection', {});
  await cycle();
  await name('Left out');
  await compare(['Campaign']);
  expect(await here('salesforce_campaign', campaign!)).toMatchObject([{ sfdc_out_of_scope: true }]);
  await name('In again');
  expect(await compare(['Campaign'])).toMatchObject([{ missing: 1 }]);
  await cycle();
  Object.assign(pair.own, { config });
  expect(await here('salesforce_campaign', campaign!)).toMatchObject([
    { sfdc_out_of_scope: false, name: 'In again' },
  ]);
  await pair.run('prepareConnection', {});
  await cycle();
});

it('N6: a comparison ends the same when each of its steps dies once, and when its list is lost', async () => {
  const [purged, missed] = (await ids('Lead', 'WHERE IsConverted = false')).slice(10);
  await purge('Lead', purged!);
  await lose('person', missed!);
  await pass(2_100);
  await cycle();
  await wantComparisons(pair.own.db, ['Lead']);
  let deaths = 0;
  const dying = (name: 'bulkQueryResult' | 'startBulkQuery' | 'firstPages') => {
    let dead = false;
    return {
      [name]: async (...args: never[]) => {
        const answer = await (pair.own.salesforce[name] as (...args: never[]) => unknown)(...args);
        if (dead) return answer;
        dead = true;
        deaths += 1;
        throw new Error('the worker dies here');
      },
    };
  };
  for (let steps = 0, lost = false; ; steps += 1) {
    for (const name of ['bulkQueryResult', 'startBulkQuery', 'firstPages'] as const) {
      const salesforce = { ...pair.own.salesforce, ...dying(name) };
      if (
        await pair.run('comparePage', {}, { salesforce }).then(
          ({ finished }) => finished,
          () => false,
        )
      )
        steps = 1_000;
    }
    if (steps > 900) break;
    const [open] = await readComparisons(pair.own.db, ['Lead']);
    if (open!.listed && !lost) {
      lost = true;
      await pair.sql('delete from tandem.compared_id where sfdc_id > $1', [missed]);
    }
  }
  expect(deaths).toBeGreaterThan(1);
  expect(await readComparisons(pair.own.db, ['Lead'])).toMatchObject([{ missing: 1, gone: 1 }]);
  await cycle();
  expect(await here('person', purged!)).toMatchObject([{ sfdc_is_deleted: true }]);
  expect(await here('person', missed!)).toHaveLength(1);
});

it('N3: an object that cannot be compared says why, and holds up no other', async () => {
  await pair.control('POST', '/faults', { kind: 'error', status: 400, object: 'Opportunity' });
  const results = await compare(['Lead', 'Opportunity', 'Task']);
  await pair.control('DELETE', '/faults');
  expect(results.map(({ object, reason }) => [object, reason === null])).toEqual([
    ['Lead', true],
    ['Opportunity', false],
    ['Task', true],
  ]);
});

it('N8: it is due when it was asked for, or after its time, and at no other', async () => {
  const { db } = pair.own;
  expect(await dueComparisons(db, null)).toEqual([]);
  expect(await dueComparisons(db, 3_600_000)).toEqual([]);
  expect((await dueComparisons(db, 0)).length).toBeGreaterThan(10);
  expect(await pair.run('fetchChanges', { run: 'not due' })).not.toHaveProperty('compare');
  await wantComparisons(db, ['Campaign']);
  expect(await pair.run('fetchChanges', { run: 'due' })).toMatchObject({ compare: ['Campaign'] });
});
