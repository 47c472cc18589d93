import { beforeAll, expect, it, vi } from 'vitest';
import {
  beginBackfill,
  dropBackfill,
  sliceBackfill,
  wantBackfill,
} from '../../src/ledger/backfills.ts';
import { halve, WHOLE } from '../../src/sync/slices.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } });
beforeAll(async () => {
  await pair.load();
  await pair.cycle('first');
}, 60_000);

const change = (body: object) => pair.control('POST', '/schema', body);

async function someLead(): Promise<string> {
  const [lead] = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1');
  return lead!.Id!;
}

/** Leads' values by id, on both sides. */
async function held(field: string, column: string) {
  const rows = await pair.crm.query(`SELECT Id, ${field} FROM Lead WHERE ${field} != null`);
  const here = await pair.sql(
    `select sfdc_id as id, ${column}::text as value from marketing.person
     where ${column} is not null and sfdc_type = 'Lead'`,
  );
  const theirs = new Map(rows.map((row) => [row.Id, String(row[field])]));
  return { theirs, here: new Map(here.map(({ id, value }) => [id, value])) };
}

it('J1: a field that became visible gets its old values in the background', async () => {
  await change({ op: 'show-field', object: 'Lead', field: 'Commission__c' });
  expect(await pair.backfill()).toEqual(['Lead']);
  const { theirs, here } = await held('Commission__c', 'commission__c');
  expect(here.size).toBeGreaterThan(0);
  expect([...here.keys()].sort()).toEqual([...theirs.keys()].sort());
  expect(await pair.backfill()).toEqual([]);
});

it('J1, N5: a page older than what a cycle wrote meanwhile is put right by the next cycle', async () => {
  await change({ op: 'add-field', object: 'Lead', field: 'Region__c', type: 'string' });
  const lead = await someLead();
  await pair.crm.update('Lead', lead, { Region__c: 'old' });
  await pair.run('prepareConnection', {});
  const region = () =>
    pair.sql('select region__c from marketing.person where sfdc_id = $1', [lead]);
  const asked = await pair.control('GET', '/calls');
  await pair.control('POST', '/faults', { kind: 'latency', path: '/results', ms: 4_000, times: 1 });
  const filled = pair.run('backfillPage', { object: 'Lead' });
  // The result is asked for when the job is over: what changes from here on is not in it.
  const results = (calls: { byKind: Record<string, number> }) =>
    calls.byKind['jobs/query/results'] ?? 0;
  await vi.waitUntil(async () => results(await pair.control('GET', '/calls')) > results(asked), {
    timeout: 10_000,
  });
  await pair.crm.update('Lead', lead, { Region__c: 'new' });
  await pair.cycle('meanwhile');
  expect(await region()).toEqual([{ region__c: 'new' }]);
  await filled;
  expect(await region()).toEqual([{ region__c: 'old' }]);
  await pair.cycle('afterwards');
  expect(await region()).toEqual([{ region__c: 'new' }]);
});

it('C3: a value edited here before its field was filled stays, and is pushed', async () => {
  await change({ op: 'add-field', object: 'Lead', field: 'Circle__c', type: 'string' });
  const lead = await someLead();
  await pair.crm.update('Lead', lead, { Circle__c: 'theirs' });
  await pair.run('prepareConnection', {});
  await pair.sql(`update marketing.person set circle__c = 'ours' where sfdc_id = $1`, [lead]);
  await pair.backfill();
  await pair.cycle('push-circle');
  expect((await pair.crm.read('Lead', lead, ['Circle__c'])).Circle__c).toBe('ours');
});

it('J2: a field of another type is filled into a column of a new version, and the old one stays', async () => {
  await change({ op: 'add-field', object: 'Lead', field: 'Size__c', type: 'string' });
  const lead = await someLead();
  await pair.crm.update('Lead', lead, { Size__c: '42' });
  await pair.backfill();
  await change({ op: 'retype-field', object: 'Lead', field: 'Size__c', type: 'double' });
  expect(await pair.backfill()).toEqual(['Lead']);
  expect(
    await pair.sql(
      `select size__c, size__c_v2, pg_typeof(size__c_v2)::text as type
       from marketing.person where sfdc_id = $1`,
      [lead],
    ),
  ).toEqual([{ size__c: '42', size__c_v2: '42.0', type: 'numeric' }]);
});

it('J2: a versioned field that is hidden and shown again goes on in its column', async () => {
  await change({ op: 'hide-field', object: 'Lead', field: 'Size__c' });
  await pair.run('prepareConnection', {});
  await change({ op: 'show-field', object: 'Lead', field: 'Size__c' });
  expect(await pair.backfill()).toEqual(['Lead']);
  expect(
    await pair.sql(`select column_name, gone_at from tandem.field where field = 'Size__c'`),
  ).toEqual([{ column_name: 'size__c_v2', gone_at: null }]);
});

it('C4, J1: a new field of the name of another object’s, of another type, gets a column of its own', async () => {
  await change({ op: 'add-field', object: 'Contact', field: 'Weight__c', type: 'string' });
  await pair.backfill();
  await change({ op: 'add-field', object: 'Lead', field: 'Weight__c', type: 'double' });
  await pair.backfill();
  expect(
    await pair.sql(
      `select object, column_name from tandem.field where field = 'Weight__c' order by 1`,
    ),
  ).toEqual([
    { object: 'Contact', column_name: 'weight__c' },
    { object: 'Lead', column_name: 'weight__c_lead' },
  ]);
});

it('J2, J4: new fields, new columns and new picklist values are noticed once', async () => {
  await change({ op: 'add-picklist-value', object: 'Lead', field: 'Rating', value: 'Icy' });
  await pair.run('prepareConnection', {});
  await pair.run('prepareConnection', {});
  const notices = await pair.sql(
    `select kind, field from tandem.notice where field in ('Size__c', 'Rating') order by id`,
  );
  expect(notices).toEqual([
    { kind: 'new field', field: 'Size__c' },
    { kind: 'new column', field: 'Size__c' },
    { kind: 'lost field', field: 'Size__c' },
    { kind: 'new field', field: 'Size__c' },
    { kind: 'picklist value', field: 'Rating' },
  ]);
});

it('A7, C12, D2, H1: filled columns and another condition are no news in the log', async () => {
  const count = () => pair.sql('select count(*)::int from marketing.activity');
  const [account] = await pair.crm.query('SELECT AccountId FROM Contact WHERE AccountId != null');
  const contact = await pair.crm.create('Contact', {
    ...{ LastName: 'Caller', AccountId: account!.AccountId! },
  });
  const task = await pair.crm.create('Task', { Subject: 'Call', WhoId: contact });
  await pair.cycle('caller');
  for (const object of ['Account', 'Task']) {
    await change({ op: 'add-field', object, field: 'Mood__c', type: 'string' });
  }
  await pair.crm.update('Account', account!.AccountId!, { Mood__c: 'good' });
  await pair.crm.update('Task', task, { Mood__c: 'good' });
  const before = await count();
  expect(await pair.backfill()).toEqual(['Account', 'Task']);
  await pair.cycle('filled');
  const { config } = pair.own;
  const where = (condition: string | null) => {
    const changed = ['Account', 'Task'].map((name) => [
      name,
      { ...config.objects[name], enabled: true, where: condition, fields: {} },
    ]);
    return { ...config, objects: { ...config.objects, ...Object.fromEntries(changed) } };
  };
  for (const condition of ["Mood__c = 'bad'", null]) {
    Object.assign(pair.own, { config: where(condition) });
    await pair.run('prepareConnection', {});
    await pair.cycle(`condition ${condition}`);
  }
  Object.assign(pair.own, { config });
  expect(await pair.sql('select mood__c from marketing.task where sfdc_id = $1', [task])).toEqual([
    { mood__c: 'good' },
  ]);
  expect(await count()).toEqual(before);
});

it('J2, J4, N6: what there is to tell is told when the worker dies right after the schema was synced', async () => {
  await change({ op: 'add-field', object: 'Lead', field: 'Told__c', type: 'string' });
  await change({ op: 'add-picklist-value', object: 'Lead', field: 'Rating', value: 'Tepid' });
  const { db } = pair.own;
  const dying = {
    ...db,
    syncTransaction: () => Promise.reject(new Error('the worker dies here')),
  };
  await expect(pair.run('prepareConnection', {}, { db: dying })).rejects.toThrow();
  await pair.backfill();
  const notices = await pair.sql(
    `select kind from tandem.notice where field = 'Told__c' or message like '%Tepid%' order by 1`,
  );
  expect(notices).toEqual([{ kind: 'new field' }, { kind: 'picklist value' }]);
});

it('J1, K1: a backfill that Salesforce refuses to begin says why with each cycle, until it begins', async () => {
  await change({ op: 'add-field', object: 'Lead', field: 'Refused__c', type: 'string' });
  await pair.run('prepareConnection', {});
  await pair.control('POST', '/faults', { kind: 'error', status: 400, path: '/jobs/query' });
  await expect(pair.run('backfillPage', { object: 'Lead' })).rejects.toThrow();
  await pair.control('DELETE', '/faults');
  const failures = async (run: string) => {
    const { objects } = await pair.run('fetchChanges', { run });
    return objects.filter(({ failure }) => failure !== null);
  };
  expect(await failures('refused')).toMatchObject([{ object: 'Lead' }]);
  await pair.backfill();
  expect(await failures('filled')).toEqual([]);
});

it('J2: a backfill does not begin between another column of its field and the commit of that', async () => {
  const { db } = pair.own;
  const run = { object: 'Lead', fields: ['Told__c'], jobId: '750x', serverTime: new Date() };
  const waits = () => pair.sql(`select from pg_locks where locktype = 'advisory' and not granted`);
  let begun: Promise<unknown> | undefined;
  await db.transaction(async (tx) => {
    await wantBackfill(tx, [{ object: 'Lead', field: 'Told__c' }]);
    begun = beginBackfill(db, { ...run, expected: 0 });
    await vi.waitUntil(async () => (await waits()).length > 0, { timeout: 5_000 });
  });
  await begun;
  const [order] = await pair.sql(
    `select b.started_at > f.backfill_since as after from tandem.backfill b
     join tandem.field f on f.object = b.object and f.field = 'Told__c' where b.object = 'Lead'`,
  );
  expect(order).toEqual({ after: true });
  await dropBackfill(db, 'Lead', '750x');
  await pair.backfill();
});

it('J2: a backfill in slices whose field goes between two of them is made anew for the fields that are left', async () => {
  const { db } = pair.own;
  for (const field of ['Stays__c', 'Goes__c']) {
    await change({ op: 'add-field', object: 'Lead', field, type: 'string' });
  }
  const lead = await someLead();
  await pair.crm.update('Lead', lead, { Stays__c: 'old' });
  await pair.run('prepareConnection', {});
  const fields = ['Goes__c', 'Stays__c'];
  const run = await beginBackfill(db, {
    ...{ object: 'Lead', fields, jobId: '750y', serverTime: new Date(), expected: 0 },
  });
  await sliceBackfill(db, run, halve(WHOLE, run.serverTime)!);
  await change({ op: 'hide-field', object: 'Lead', field: 'Goes__c' });
  const fill = () => pair.run('backfillPage', { object: 'Lead' });
  // Before the schema is synced, and after.
  await expect(fill()).rejects.toThrow();
  await pair.run('prepareConnection', {});
  expect(await pair.backfill()).toEqual(['Lead']);
  expect(
    await pair.sql('select stays__c from marketing.person where sfdc_id = $1', [lead]),
  ).toEqual([{ stays__c: 'old' }]);
});

it('J1: a field that comes between two slices of a load is filled for the rows of those before', async () => {
  const { db } = pair.own;
  const [before] = await pair.sql(`select * from tandem.load where object = 'Task'`);
  const slices = JSON.stringify(halve(WHOLE, new Date()));
  await pair.sql(
    `update tandem.load set state = 'running', job_id = null, slices = $1 where object = 'Task'`,
    [slices],
  );
  await db.transaction((tx) => wantBackfill(tx, [{ object: 'Task', field: 'Subject' }]));
  const [field] = await pair.sql(
    `select backfill_since from tandem.field where object = 'Task' and field = 'Subject'`,
  );
  expect(field.backfill_since).toBeInstanceOf(Date);
  await pair.sql(
    `update tandem.load set state = $1, job_id = $2, slices = null where object = 'Task'`,
    [before.state, before.job_id],
  );
  await pair.backfill();
});

it('J3: formulas older than the interval are read again', async () => {
  await change({
    ...{ op: 'add-field', object: 'Lead', field: 'Double_Seats__c', type: 'double' },
    formula: '"Seats__c" * 2',
  });
  await pair.backfill();
  await pair.sql(`update tandem.field set refreshed_at = now() - interval '2 days'
    where field = 'Double_Seats__c'`);
  await pair.sandbox.pool.query('update org."Lead" set "Seats__c" = 21');
  // Nothing else moved: the cycle itself asks for them.
  const { schemaMoved, background } = await pair.run('fetchChanges', { run: 'formulas' });
  expect({ schemaMoved, background }).toEqual({ schemaMoved: false, background: ['Lead'] });
  expect(await pair.backfill()).toEqual(['Lead']);
  const values = await pair.sql(
    `select distinct double_seats__c::text as value from marketing.person
     where sfdc_type = 'Lead' and not sfdc_is_deleted and double_seats__c is not null`,
  );
  expect(values).toEqual([{ value: '42.0' }]);
});

it('J3: a date that follows the activities of a record, and moves no stamp, is read again as well', async () => {
  const [{ Id: lead }] = (await pair.crm.query(
    'SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1',
  )) as [{ Id: string }];
  const day = { StartDateTime: '2031-05-05T09:00:00Z', DurationInMinutes: 30 };
  await pair.crm.create('Event', { WhoId: lead, Subject: 'Far ahead', ...day });
  await pair.sql(`update tandem.field set refreshed_at = now() - interval '2 days'
    where object = 'Lead' and field = 'LastActivityDate'`);
  expect(await pair.backfill()).toEqual(['Lead']);
  const [person] = await pair.sql(
    'select last_activity_date::text as day from marketing.person where sfdc_id = $1',
    [lead],
  );
  expect(person).toEqual({ day: '2031-05-05' });
});

it('A6, A7, H1: tasks that came before the leads of a load are in their logs, once', async () => {
  const lead = await someLead();
  const task = await pair.crm.create('Task', { Subject: 'Early', WhoId: lead });
  await pair.cycle('early');
  // As if leads had been switched off until now.
  await pair.sql(`delete from tandem.watermark where object = 'Lead'`);
  await pair.sql(`delete from tandem.load where object = 'Lead'`);
  await pair.sql('alter table marketing.person disable trigger user');
  await pair.sql(
    'delete from marketing.activity where person_id in (select id from marketing.person)',
  );
  await pair.sql(`delete from marketing.person where sfdc_type = 'Lead'`);
  await pair.sql('alter table marketing.person enable trigger user');
  expect(await pair.backfill()).toEqual(['Lead']);
  await pair.backfill();
  expect(
    await pair.sql(
      `select p.sfdc_id as lead, a.kind from marketing.activity a
       join marketing.person p on p.id = a.person_id where a.attributes ->> 'task' = $1`,
      [task],
    ),
  ).toEqual([{ lead, kind: 'Activity is Logged' }]);
});

it('A7: an object switched on later is loaded in the background', async () => {
  await change({
    ...{ op: 'add-object', object: 'Gadget__c' },
    fields: [{ name: 'Owner_Account__c', type: 'reference', referenceTo: ['Account'] }],
  });
  await pair.crm.create('Gadget__c', {});
  const { config } = pair.own;
  const objects = {
    ...config.objects,
    Gadget__c: { enabled: true, where: null, conflict: 'salesforce', fields: {} },
  };
  Object.assign(pair.own, { config: { ...config, objects } });
  expect(await pair.backfill()).toEqual(['Gadget__c']);
  expect(await pair.sql('select count(*)::int from marketing.gadget__c')).toEqual([{ count: 1 }]);
});

it('A7, G2: an object switched off while it is loaded gets no more rows, and goes on when it is on again', async () => {
  const { config } = pair.own;
  const with_ = (enabled: boolean) => {
    const Gadget__c = { enabled, where: null, conflict: 'salesforce' as const, fields: {} };
    return { ...config, objects: { ...config.objects, Gadget__c } };
  };
  await pair.sql(`delete from tandem.watermark where object = 'Gadget__c'`);
  await pair.sql(`delete from tandem.load where object = 'Gadget__c'`);
  await pair.sql('delete from marketing.gadget__c');
  const gone = () =>
    pair.sql(
      `select field, message from tandem.notice where object = 'Gadget__c' and kind = 'lost field'`,
    );
  await pair.run('prepareConnection', {});
  Object.assign(pair.own, { config: with_(false) });
  await pair.run('prepareConnection', {});
  expect(await pair.run('backfillPage', { object: 'Gadget__c' })).toMatchObject({ finished: true });
  expect(await pair.sql('select from marketing.gadget__c')).toEqual([]);
  // One notice, not one for each field (J2).
  expect(await gone()).toEqual([
    {
      field: null,
      message: 'Gadget__c is hidden or switched off: it is synced no more, its table and data stay',
    },
  ]);
  Object.assign(pair.own, { config: with_(true) });
  expect(await pair.backfill()).toEqual(['Gadget__c']);
  expect(
    await pair.sql(
      'select count(*)::int, count(owner_account__c)::int as owned from marketing.gadget__c',
    ),
  ).toEqual([{ count: 1, owned: 0 }]);
});
