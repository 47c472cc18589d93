/** Chosen kinds of marketing activity become completed tasks in Salesforce, each once (H2). */
import { ApplicationFailure } from '@temporalio/common';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkActivities } from '../../src/operations/check.ts';
import { setUpOrg } from '../../src/salesforce/setup.ts';
import { soapCall } from '../support/soap.ts';
import { pairForTests } from './support.ts';

const KINDS = [
  { kind: 'Filled Out Form', subject: 'Filled out {form}  ({nothing})' },
  { kind: 'Opened Email', onceADay: true },
];
const FORM = 'Filled out Contact us ()';

const pair = pairForTests({ overlap: 1_000 });
let lead: string;
beforeAll(async () => {
  await pair.load();
  await pair.cycle('first');
  [lead] = (await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id')).map(
    ({ Id }) => Id!,
  ) as [string];
  // The seed's leads are of all ages; this one has been there for a year.
  await pair.own.db.syncTransaction((tx) =>
    tx.query(
      `update marketing.person set sfdc_created_at = now() - interval '1 year'
      where sfdc_id = $1`,
      [lead],
    ),
  );
});
afterEach(() => pair.control('DELETE', '/faults'));

let run = 0;
async function cycle(): Promise<void> {
  run += 1;
  await pair.cycle(`activities ${run}`);
}
const add = (kind: string, ago: string, attributes: object = { form: 'Contact us' }, id = lead) =>
  pair.sql(
    `insert into marketing.activity (person_id, kind, occurred_at, attributes)
     select id, $1, now() - $2::interval, $3 from marketing.person where sfdc_id = $4`,
    [kind, ago, attributes, id],
  );
const tasks = (subject: string, id = lead) =>
  pair.crm.query(
    `SELECT Id, Subject, Status, ActivityDate FROM Task WHERE WhoId = '${id}' AND Subject = '${subject}'
     ORDER BY ActivityDate`,
    { deletedToo: true },
  );
const daysAgo = (days: number) =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const configure = (push: typeof KINDS) => {
  (pair.own.config as { activities: unknown }).activities = {
    push: push.map((one) => ({ subject: one.kind, onceADay: false, ...one })),
  };
};

it('H2: first switched on, a kind brings three months, and none from before the person was there', async () => {
  await add('Filled Out Form', '2 days');
  await add('Filled Out Form', '100 days', { form: 'Too long ago' });
  await add('Clicked Link', '1 day');
  const [newcomer] = (
    await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id DESC LIMIT 1')
  ).map(({ Id }) => Id!);
  await pair.own.db.syncTransaction((tx) =>
    tx.query(
      `update marketing.person set sfdc_created_at = now() - interval '10 days'
      where sfdc_id = $1`,
      [newcomer!],
    ),
  );
  await add('Filled Out Form', '11 days', { form: 'Contact us' }, newcomer);
  await add('Filled Out Form', '9 days', { form: 'Contact us' }, newcomer);
  configure(KINDS);
  await cycle();
  expect(await tasks(FORM)).toMatchObject([{ Status: 'Completed', ActivityDate: daysAgo(2) }]);
  expect(await tasks('Filled out Too long ago ()')).toEqual([]);
  expect(await tasks('Clicked Link')).toEqual([]);
  expect(await tasks(FORM, newcomer)).toMatchObject([{ ActivityDate: daysAgo(9) }]);
});

it('H2, N4: a pushed task comes back as no new activity, and nothing is pushed twice', async () => {
  const count = async () =>
    (await pair.sql('select count(*)::int as n from marketing.activity'))[0].n;
  const before = await count();
  await cycle();
  await cycle();
  expect(await count()).toBe(before);
  const [here] = await pair.sql(
    `select count(*)::int as n from marketing.task where subject = $1`,
    [FORM],
  );
  expect(here.n).toBe(2);
  expect(await tasks(FORM)).toHaveLength(1);
  expect(await pair.run('fetchChanges', { run: 'idle' })).not.toHaveProperty('activities');
});

it('H2: of a kind that goes once a day, the first of a day goes, however many come and when', async () => {
  for (const ago of ['3 days', '3 days 1 second', '2 days']) await add('Opened Email', ago, {});
  await cycle();
  await add('Opened Email', '3 days', {});
  await cycle();
  const days = (await tasks('Opened Email')).map(({ ActivityDate }) => ActivityDate);
  expect(new Set(days).size).toBe(days.length);
  expect(days.length).toBeGreaterThan(1);
  // The other kind goes as often as it comes.
  const forms = (await tasks(FORM)).length;
  await add('Filled Out Form', '2 hours');
  await add('Filled Out Form', '2 hours');
  await cycle();
  expect(await tasks(FORM)).toHaveLength(forms + 2);
});

it('H2, C10: somebody converted is in Salesforce since the lead was, and goes on being pushed', async () => {
  const [old] = await pair.crm.query(
    `SELECT Id FROM Lead WHERE IsConverted = false AND CreatedDate < LAST_N_DAYS:7 AND Id != '${lead}' LIMIT 1`,
  );
  const as = old!.Id!;
  await add('Filled Out Form', '1 hour', { form: 'Contact us' }, as);
  const answer = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${as}</leadId></leadConverts></convertLead>`,
  );
  const contact = /<contactId>(\w{18})</.exec(answer)![1]!;
  await cycle();
  await cycle();
  expect(await tasks(FORM, contact)).toHaveLength(1);
  await add('Filled Out Form', '-5 seconds', { form: 'Contact us' }, contact);
  await cycle();
  expect(await tasks(FORM, contact)).toHaveLength(2);
});

it('H2, N2: a task whose answer was lost is not made again though its lead was converted since', async () => {
  const as = await pair.crm.create('Lead', { LastName: 'Soon a contact', Company: 'Nile' });
  await cycle();
  await add('Filled Out Form', '-5 seconds', { form: 'Lost' }, as);
  await pair.control('POST', '/faults', { kind: 'drop-after', path: 'sobjects', times: 1 });
  await expect(pair.run('pushActivities', { run: 'lost' })).rejects.toThrow();
  const answer = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${as}</leadId></leadConverts></convertLead>`,
  );
  const contact = /<contactId>(\w{18})</.exec(answer)![1]!;
  await cycle();
  await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
  await cycle();
  expect(await tasks('Filled out Lost ()', contact)).toHaveLength(1);
  expect(
    await pair.sql(`select 1 from tandem.sync_error where object = 'Task' and resolved_at is null`),
  ).toEqual([]);
});

describe.each(['drop-before', 'drop-after'])('with the fault %s', (kind) => {
  it('N2, N6: alike activities are each one task, however often an answer is lost', async () => {
    const before = (await tasks(FORM)).length;
    await add('Filled Out Form', '1 hour');
    await add('Filled Out Form', '1 hour');
    await pair.control('POST', '/faults', { kind, path: 'composite/sobjects', times: 2 });
    for (let tries = 1; ; tries += 1) {
      try {
        await pair.run('pushActivities', { run: `fault ${kind}` });
        break;
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || tries > 4) throw error;
      }
      // A pull may be quicker than the next try: what it logs is no news.
      if (tries === 1) {
        await pair.control('DELETE', '/faults');
        await cycle();
      }
    }
    await cycle();
    await cycle();
    expect(await tasks(FORM)).toHaveLength(before + 2);
    const logged = await pair.sql(
      `select a.attributes from marketing.activity a join tandem.pushed_activity w
         on w.task_id = a.attributes ->> 'task' where a.kind = 'Activity is Logged'`,
    );
    expect(logged).toEqual([]);
  });
});

it('C7, N3: a refused task is an error with Salesforce’s words, and is made when its reason is gone', async () => {
  await pair.control('POST', '/rules', {
    ...{ kind: 'validation', op: 'add', object: 'Task', name: 'No_Forms' },
    ...{ formula: 'CONTAINS(Subject, "forbidden")', message: 'not this form' },
  });
  await add('Filled Out Form', '3 hours', { form: 'forbidden' });
  await add('Filled Out Form', '3 hours', { form: 'allowed' });
  await cycle();
  const open = `select code, message from tandem.sync_error where object = 'Task' and resolved_at is null`;
  expect(await pair.sql(open)).toMatchObject([{ message: 'not this form' }]);
  expect(await tasks('Filled out allowed ()')).toHaveLength(1);
  await pair.control('POST', '/rules', {
    ...{ kind: 'validation', op: 'remove', object: 'Task', name: 'No_Forms' },
  });
  await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
  await cycle();
  expect(await pair.sql(open)).toEqual([]);
  expect(await tasks('Filled out forbidden ()')).toHaveLength(1);
});

it('H2: a kind that was switched off pushes no more, and goes on from then when switched on again', async () => {
  const before = (await tasks(FORM)).length;
  configure([]);
  await cycle();
  await add('Filled Out Form', '1 minute');
  await cycle();
  expect(await tasks(FORM)).toHaveLength(before);
  configure(KINDS);
  await cycle();
  expect(await tasks(FORM)).toHaveLength(before + 1);
});

it('N3: a transaction that does not end puts off a kind that is new, and no cycle', async () => {
  const user = new pg.Client({ connectionString: pair.own.config.databaseUrl });
  await user.connect();
  try {
    await user.query('begin');
    await user.query(
      `insert into marketing.activity (person_id, kind)
       select id, 'Clicked Link' from marketing.person where sfdc_id = $1`,
      [lead],
    );
    configure([...KINDS, { kind: 'Clicked Link', subject: 'Followed a link' }]);
    await cycle();
    expect(await tasks('Followed a link')).toEqual([]);
    await user.query('commit');
    await cycle();
    // One from before the kind was known, and this one.
    expect(await tasks('Followed a link')).toHaveLength(2);
  } finally {
    await user.end();
    configure(KINDS);
  }
});

it('H2, L2: a sync user who may make no tasks is told so by the check', async () => {
  const { salesforce, config } = pair.own;
  expect(await checkActivities(config, salesforce)).toEqual([]);
  const describeOf = async (object: string) => ({
    ...(await salesforce.describe(object))!,
    createable: false,
  });
  expect(await checkActivities(config, { describe: describeOf })).toMatchObject([
    { severity: 'error', object: 'Task' },
  ]);
});

it('N2: where Task has the External ID field, the activity’s id is the task’s', async () => {
  const { url: loginUrl, admin } = pair.sandbox;
  const { userId } = await pair.own.salesforce.identity();
  const field = 'Tandem_Id__c';
  await setUpOrg({ loginUrl, ...admin }, { apiVersion: '62.0', field, syncUserId: userId });
  await pair.run('prepareConnection', {});
  const before = (await tasks(FORM)).length;
  await add('Filled Out Form', '4 hours');
  await pair.control('POST', '/faults', { kind: 'drop-after', path: 'sobjects/Task', times: 1 });
  await expect(pair.run('pushActivities', { run: 'by id' })).rejects.toThrow();
  await pair.run('pushActivities', { run: 'by id' });
  await cycle();
  expect(await tasks(FORM)).toHaveLength(before + 1);
  const [newest] = await pair.sql(
    `select activity_id, task_id from tandem.pushed_activity where state = 'done'
     order by activity_id desc limit 1`,
  );
  const [there] = await pair.own.salesforce.retrieve('Task', [newest.task_id], [field]);
  expect(there?.[field]).toBe(newest.activity_id);
});
