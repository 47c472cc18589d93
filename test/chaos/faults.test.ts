import { afterEach, describe, expect, it } from 'vitest';
import { Chance } from '../support/chance.ts';
import { differences } from '../support/converge.ts';
import { systemForTests } from '../support/system-for-tests.ts';
import { Workload } from '../support/workload/workload.ts';
import { Colleague, chaosSeed, insistSql, quiet, sidesOf, until, worldOf } from './support.ts';

const CONFIG = `
people:
  createInSalesforce: always
  onDelete: delete
bulk:
  queryThreshold: 15
  pageSize: 1000
objects:
  Subscription__c: {}
  Usage__c: {}
`;

const system = systemForTests({ people: 300, pause: '1s', config: CONFIG });
afterEach(() => system.control('DELETE', 'faults'));

const fault = (body: Record<string, unknown>) => system.control('POST', 'faults', body);

/** A cycle begins within a second; the faults lie in wait before the changes are made. */
async function pausedChanges(work: () => Promise<void>): Promise<void> {
  await system.tandem(['pause', '--by', 'test', '--reason', 'changes on both sides']);
  await work();
  const { code, stderr } = await system.tandem(['resume']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

/** `column` of a few people of the object that no other test edits. */
let taken = 0;
async function take(object: 'Lead' | 'Contact', count: number): Promise<string[]> {
  const rows = await system.sql<{ sfdc_id: string }>(
    `select sfdc_id from marketing.person where sfdc_type = $1 and not sfdc_is_deleted
       and not coalesce(sfdc_is_converted, false) order by sfdc_id offset $2 limit $3`,
    [object, taken, count],
  );
  taken += count;
  return rows.map(({ sfdc_id }) => sfdc_id);
}

describe('answers lost after the write was committed', () => {
  it('N2: creations whose answers are lost make no second lead', async () => {
    await fault({ kind: 'drop-after', path: 'composite/sobjects/Lead/Tandem_Id__c', times: 4 });
    const rows = await system.sql<{ id: string }>(
      `insert into marketing.person (last_name, company, email)
       select 'Lost ' || n, 'Acme', 'lost' || n || '@chaos.example' from generate_series(1, 250) n
       returning id`,
    );
    expect(rows).toHaveLength(250);
    await quiet(system);
    const there = await system.crm.query(
      "SELECT Email FROM Lead WHERE Email LIKE 'lost%@chaos.example'",
      { deletedToo: true },
    );
    expect(there).toHaveLength(250);
    expect(new Set(there.map(({ Email }) => Email)).size).toBe(250);
    expect(await differences(sidesOf(system))).toEqual([]);
  });

  it('N1: an edit whose answer was lost, and which was edited again meanwhile, arrives as the last one', async () => {
    const [lead] = (await take('Lead', 1)) as [string];
    await fault({ kind: 'drop-after', path: 'composite/sobjects$', object: 'Lead', times: 1 });
    await system.sql(`update marketing.person set job_title = 'first' where sfdc_id = $1`, [lead]);
    const colleague = new Colleague(system);
    await colleague.insist(async (crm) => {
      const { Title } = await crm.read('Lead', lead, ['Title']);
      if (Title !== 'first') throw new Error(`still ${Title}`);
      return true;
    });
    await system.sql(`update marketing.person set job_title = 'second' where sfdc_id = $1`, [lead]);
    await quiet(system);
    expect(await system.crm.read('Lead', lead, ['Title'])).toMatchObject({ Title: 'second' });
    const conflicts = await system.sql('select * from tandem.conflict where sfdc_id = $1', [lead]);
    expect(conflicts).toEqual([]);
    expect(await differences(sidesOf(system))).toEqual([]);
  });

  it('C14, N2: deletions whose answers are lost are done, and are no error', async () => {
    const leads = await take('Lead', 5);
    await fault({ kind: 'drop-after', path: 'composite/sobjects\\?ids', times: 1 });
    await system.sql('delete from marketing.person where sfdc_id = any($1)', [leads]);
    await quiet(system);
    const list = leads.map((id) => `'${id}'`).join(', ');
    expect(await system.crm.query(`SELECT Id FROM Lead WHERE Id IN (${list})`)).toEqual([]);
    expect(await differences(sidesOf(system))).toEqual([]);
  });
});

it('C3, K5: conflicts are recorded once each, with three values, though answers are lost and the worker tries again', async () => {
  const [leads, contacts] = [await take('Lead', 20), await take('Contact', 20)];
  const colleague = new Colleague(system);
  await pausedChanges(async () => {
    for (const [object, ids] of [
      ['Lead', leads],
      ['Contact', contacts],
    ] as const) {
      await system.sql(
        `update marketing.person set fax = 'here ' || sfdc_id where sfdc_id = any($1)`,
        [ids],
      );
      for (const id of ids)
        await colleague.insist((crm) => crm.update(object, id, { Fax: `there ${id}` }));
    }
    await fault({ kind: 'drop-after', times: 2 });
    await fault({ kind: 'error', path: 'composite$', times: 1 });
    await fault({ kind: 'row-lock', times: 5 });
  });
  await quiet(system);
  const conflicts = await system.sql<Record<string, string>>(
    `select object, sfdc_id, salesforce, marketing, winner from tandem.conflict
     where field = 'Fax' order by object, sfdc_id collate "C"`,
  );
  const expected = (object: string, ids: string[], winner: string) =>
    [...ids].sort().map((sfdc_id) => ({
      object,
      sfdc_id,
      salesforce: `there ${sfdc_id}`,
      marketing: `here ${sfdc_id}`,
      winner,
    }));
  expect(conflicts).toEqual([
    ...expected('Contact', contacts, 'salesforce'),
    ...expected('Lead', leads, 'marketing'),
  ]);
  expect(await differences(sidesOf(system))).toEqual([]);
});

it('trap 2, N5: a transaction that commits late, under the watermark, is not missed', async () => {
  const [lead] = (await take('Lead', 1)) as [string];
  await fault({ kind: 'late-commit', path: `sobjects/Lead/${lead}`, ms: 5_000, times: 1 });
  await system.crm.update('Lead', lead, { Phone: '+1 late' });
  await quiet(system);
  const [row] = await system.sql('select phone from marketing.person where sfdc_id = $1', [lead]);
  expect(row).toEqual({ phone: '+1 late' });
});

describe('faults with changes on both sides', () => {
  const SINGLE: Record<string, Record<string, unknown>[]> = {
    'answers lost before and after': [
      { kind: 'drop-before', chance: 0.3, seed: 1 },
      { kind: 'drop-after', chance: 0.3, seed: 2 },
    ],
    'a burst of 503': [{ kind: 'error', times: 12 }],
    'expired sessions': [{ kind: 'expire-session', chance: 0.3, seed: 3 }],
    'locked rows': [{ kind: 'row-lock', chance: 0.5, seed: 4 }],
    'too many requests at once': [{ kind: 'concurrent-limit', chance: 0.3, seed: 5 }],
    'broken pages and garbled CSV': [
      { kind: 'break-page', chance: 0.4, seed: 6 },
      { kind: 'corrupt-csv', chance: 0.4, seed: 7 },
    ],
  };

  it.each(Object.entries(SINGLE))('N3, N6: %s lose nothing and double nothing', async (_, list) => {
    const workload = new Workload(worldOf(system), new Chance(chaosSeed()));
    await workload.choose(40);
    for (const one of list) await fault(one);
    await workload.steps(30);
    // So many changes that they come by Bulk API.
    await workload.burst('Lead', 20);
    await until('every fault strikes', async () => {
      const faults = (await system.control('GET', 'faults')) as { fired: number }[];
      return faults.every(({ fired }) => fired > 0) || null;
    });
    await quiet(system);
    expect(await differences(sidesOf(system))).toEqual([]);
    expect(await workload.problems()).toEqual([]);
  });

  it('N3, N6: all faults at once lose nothing and double nothing', async () => {
    const seed = chaosSeed();
    const workload = new Workload(worldOf(system), new Chance(seed));
    await workload.choose(30);
    const kinds =
      'error drop-before drop-after expire-session row-lock concurrent-limit break-page corrupt-csv'.split(
        ' ',
      );
    for (const [index, kind] of kinds.entries()) {
      await fault({ kind, chance: 0.08, seed: seed + index });
    }
    await fault({ kind: 'latency', ms: 150, chance: 0.3, seed });
    await fault({ kind: 'late-commit', ms: 800, chance: 0.1, seed });
    await workload.steps(80);
    await quiet(system);
    expect(await differences(sidesOf(system))).toEqual([]);
    expect(await workload.problems()).toEqual([]);
    const errors = await insistSql(
      system,
      'select code from tandem.sync_error where resolved_at is null',
    );
    expect(errors).toEqual([]);
  });
});
