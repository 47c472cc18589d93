import { describe, expect, it } from 'vitest';
import { OBJECTS } from '../../src/sync/objects.ts';
import { differences } from '../support/converge.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({
  people: { createInSalesforce: 'always', onDelete: 'delete' },
  bulk: { pageSize: 1_000 },
});

/** Runs the same step twice: the second time neither side may change. */
async function twice(work: () => Promise<unknown>): Promise<void> {
  await work();
  const before = [await pair.snapshot(), await pair.orgVersion()];
  await work();
  expect([await pair.snapshot(), await pair.orgVersion()]).toEqual(before);
}

let records: { leads: string[]; contacts: string[] };
async function readRecords() {
  const ids = async (soql: string) => (await pair.crm.query(soql)).map(({ Id }) => Id!);
  return {
    leads: await ids('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id'),
    contacts: await ids('SELECT Id FROM Contact ORDER BY Id'),
  };
}

describe('the initial load (A2, N6)', () => {
  it('N6: prepareConnection twice grows the schema and pins the org once', async () => {
    await twice(() => pair.run('prepareConnection', {}));
    expect(await pair.sql('select org_id is not null as pinned from tandem.connection')).toEqual([
      { pinned: true },
    ]);
  });

  it('N6, A2: prepareLoad twice counts the same', async () => {
    await twice(() => pair.run('prepareLoad', {}));
    const { objects } = await pair.run('prepareLoad', {});
    expect(objects.find(({ object }) => object === 'Lead')).toMatchObject({
      expected: 20,
      done: 0,
    });
  });

  it.each(OBJECTS.filter(({ optional }) => !optional).map(({ name }) => name))(
    'N6, A2: loadPage of %s twice has each row once, and counts it once',
    async (object) => {
      await twice(() => pair.run('loadPage', { object }));
      const progress = await pair.run('loadPage', { object });
      expect(progress.finished).toBe(true);
      expect(progress.done).toBe(progress.expected);
    },
  );

  it('A2, N5: after the load both sides agree, and each watermark is at the time of its job', async () => {
    expect(await differences(pair)).toEqual([]);
    const late = await pair.sql(
      `select w.object from tandem.watermark w join tandem.load l using (object)
       where w.modstamp <> l.server_time`,
    );
    expect(late).toEqual([]);
    records = await readRecords();
  });
});

describe('a cycle by REST (N5, N6)', () => {
  const run = 'run-rest';
  const objects = ['User', 'Account', 'Lead', 'Contact'];
  let serverTime: string;

  it('N6: fetchChanges twice stages the changed rows once, and counts what it skipped once', async () => {
    const { leads, contacts } = records;
    await pair.crm.update('Lead', leads[0]!, { Phone: '+1 changed', Fax: 'theirs' });
    await pair.crm.update('Contact', contacts[0]!, { Phone: '+2 changed', Fax: 'theirs' });
    await pair.crm.delete('Lead', leads[1]!);
    await pair.crm.create('Lead', { LastName: 'Created there', Company: 'Acme' });
    await pair.sql(`update marketing.person set fax = 'ours' where sfdc_id = any($1)`, [
      [leads[0], contacts[0]],
    ]);
    await pair.sql(`update marketing.person set job_title = 'edited' where sfdc_id = any($1)`, [
      [leads[2], contacts[2]],
    ]);
    await pair.sql(
      `insert into marketing.person (last_name, email) values ('Created here', 'here@twice.example')`,
    );
    await pair.sql('delete from marketing.person where sfdc_id = $1', [leads[3]]);
    // Stays: the modstamp of what the first run wrote is whole seconds.
    await twice(() => pair.run('fetchChanges', { run }));
    const fetched = await pair.run('fetchChanges', { run });
    serverTime = fetched.objects[0]!.serverTime;
    const staged = fetched.objects.map(({ object, staged, push }) => [object, staged, push]);
    expect(staged).toEqual([
      ['Lead', 3, 4],
      ['Contact', 1, 2],
    ]);
  });

  it.each(objects)('N6: resolveConflicts of %s twice merges once', async (object) => {
    await twice(() => pair.run('resolveConflicts', { run, object }));
  });

  it('C3, K5: each conflict is recorded once, with its winner', async () => {
    const conflicts = await pair.sql(
      'select object, field, base, salesforce, marketing, winner from tandem.conflict order by 1 desc',
    );
    expect(conflicts).toMatchObject([
      {
        object: 'Lead',
        field: 'Fax',
        salesforce: 'theirs',
        marketing: 'ours',
        winner: 'marketing',
      },
      { object: 'Contact', salesforce: 'theirs', marketing: 'ours', winner: 'salesforce' },
    ]);
  });

  it.each(objects)('N6, N5: writeMarketing of %s twice writes once', async (object) => {
    await twice(() => pair.run('writeMarketing', { run, object, serverTime }));
  });

  it.each(['Lead', 'Contact'])(
    'N6, N2: writeSalesforce of %s twice writes once',
    async (object) => {
      await twice(() => pair.run('writeSalesforce', { run, object }));
    },
  );

  it('N6, K2: endCycle twice ends the cycle once, as it ended first', async () => {
    await twice(() => pair.run('endCycle', { run, failures: [], pauseMs: 1_000 }));
    const again = await pair.run('endCycle', { run, failures: ['late'], pauseMs: 1_000 });
    expect(again.cycle.status).toBe('done');
  });

  it('K2: the steps count each record once, though every step ran twice', async () => {
    const steps = await pair.sql(
      `select object, operation, new, updated, deleted, failed, conflicts from tandem.cycle_step
       where new + updated + deleted + failed + conflicts > 0 order by object, operation`,
    );
    expect(steps).toEqual([
      {
        ...{ object: 'Contact', operation: 'pull updates' },
        ...{ new: 0, updated: 1, deleted: 0, failed: 0, conflicts: 1 },
      },
      {
        ...{ object: 'Contact', operation: 'push updates' },
        ...{ new: 0, updated: 1, deleted: 0, failed: 0, conflicts: 0 },
      },
      {
        ...{ object: 'Lead', operation: 'pull deletes' },
        ...{ new: 0, updated: 0, deleted: 1, failed: 0, conflicts: 0 },
      },
      {
        ...{ object: 'Lead', operation: 'pull updates' },
        ...{ new: 1, updated: 1, deleted: 0, failed: 0, conflicts: 1 },
      },
      {
        ...{ object: 'Lead', operation: 'push deletes' },
        ...{ new: 0, updated: 0, deleted: 1, failed: 0, conflicts: 0 },
      },
      {
        ...{ object: 'Lead', operation: 'push new' },
        ...{ new: 1, updated: 0, deleted: 0, failed: 0, conflicts: 0 },
      },
      {
        ...{ object: 'Lead', operation: 'push updates' },
        ...{ new: 0, updated: 2, deleted: 0, failed: 0, conflicts: 0 },
      },
    ]);
  });

  it('N4, N1: the next cycle brings what Salesforce gave the new lead and no echo; the one after, nothing', async () => {
    const before = await pair.orgVersion();
    const moved = (key: string) =>
      pair.sql(
        `select object, operation, new + updated + deleted + undeleted + failed + conflicts as moved
         from tandem.cycle_step s join tandem.cycle c on c.id = s.cycle
         where c.key = $1 and new + updated + deleted + undeleted + failed + conflicts > 0
           and object in ('Lead', 'Contact')`,
        [key],
      );
    await pair.cycle('run-echo');
    expect(await differences(pair)).toEqual([]);
    expect(await moved('run-echo')).toEqual([
      { object: 'Lead', operation: 'pull updates', moved: 1 },
    ]);
    await pair.cycle('run-quiet');
    expect(await moved('run-quiet')).toEqual([]);
    expect(await pair.orgVersion()).toBe(before);
  });
});

describe('a cycle by Bulk API (M2, N6)', () => {
  const run = 'run-bulk';
  const object = 'Contact';

  it('N6: startBulkPull twice leaves one job unused, and fetchPage twice stages a page once', async () => {
    for (const id of records.contacts.slice(5, 15)) {
      await pair.crm.update(object, id, { Phone: `+3 ${id}` });
    }
    await pair.sql(`update marketing.person set job_title = 'bulk' where sfdc_id = $1`, [
      records.contacts[6],
    ]);
    const until = new Date(Date.now() + 1_000).toISOString();
    let job = '';
    await twice(async () => {
      job = await pair.run('startBulkPull', { run, object });
    });
    await twice(() => pair.run('fetchPage', { run, object, job, locator: null }));
    const page = await pair.run('fetchPage', { run, object, job, locator: null });
    expect(page).toMatchObject({ resolve: true, locator: null });
    expect(page.staged).toBeGreaterThanOrEqual(10);
    await twice(() => pair.run('resolveConflicts', { run, object }));
    await twice(() => pair.run('writeMarketing', { run, object, serverTime: until }));
    await twice(() => pair.run('writeSalesforce', { run, object }));
    await pair.cycle('run-bulk-echo');
    expect(await differences(pair)).toEqual([]);
  });
});

it('N6, K1: recordState twice mirrors the state once', async () => {
  const state = { state: 'paused', reason: 'paused by ada: release', nextSyncAt: null };
  await twice(() => pair.run('recordState', { state }));
  expect(await pair.sql('select state, reason from tandem.connection')).toEqual([
    { state: 'paused', reason: 'paused by ada: release' },
  ]);
});
