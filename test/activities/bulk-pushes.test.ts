/** Pushes of many people by Bulk API 2.0, through faults and ends at every call. */
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { differences } from '../support/converge.ts';
import { ask } from './actions-support.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests(
  { people: { createInSalesforce: 'always' }, bulk: { writeThreshold: 10 } },
  { people: 120 },
);
let leads: string[];
beforeAll(async () => {
  await pair.load();
  const rows = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id');
  leads = rows.map(({ Id }) => Id!).slice(0, 40);
});
afterEach(() => pair.control('DELETE', '/faults'));

let run = 0;
const push = (over: Partial<Salesforce> = {}) => {
  run += 1;
  const salesforce = { ...pair.own.salesforce, ...over };
  return pair.run('writeSalesforce', { run: `bulk-${run}`, object: 'Lead' }, { salesforce });
};
const editAll = (column: string, value: string | null) =>
  pair.sql(`update marketing.person set ${column} = $2 where sfdc_id = any($1)`, [leads, value]);
const there = async (field: string) => {
  const rows = await pair.crm.query(`SELECT Id, ${field} FROM Lead`);
  return rows.filter(({ Id }) => leads.includes(Id!)).map((row) => row[field]);
};
const jobs = async () => (await pair.sql('select count(*)::int as n from tandem.ingest_job'))[0].n;
const openErrors = () =>
  pair.sql('select code, sfdc_id, fields from tandem.sync_error where resolved_at is null');
const calls = async () => (await pair.control('GET', '/calls')).byKind as Record<string, number>;
const settled = async () => {
  await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
  await pair.cycle(`settle ${run}`);
  await pair.cycle(`echo ${run}`);
  expect(await differences(pair)).toEqual([]);
  expect(await jobs()).toBe(0);
};

it('M2: more people than the threshold go as one job, with every value as it is here', async () => {
  const before = await calls();
  await editAll('notes', 'one, "two"\nthree; ünicode');
  await editAll('fax', null);
  await pair.sql(`update marketing.person set city = '#N/A' where sfdc_id = $1`, [leads[0]]);
  await pair.sql(`update marketing.person set city = ' Alone ' where sfdc_id = $1`, [leads[1]]);
  expect(await push()).toMatchObject({ updated: 40, failed: 0 });
  const after = await calls();
  expect((after['jobs/ingest'] ?? 0) - (before['jobs/ingest'] ?? 0)).toBeGreaterThan(0);
  expect(new Set(await there('Description'))).toEqual(new Set(['one, "two"\nthree; ünicode']));
  expect(new Set(await there('Fax'))).toEqual(new Set([null]));
  // A text that would mean null in CSV goes by a collection.
  expect(await there('City')).toContain('#N/A');
  await settled();
});

it('I1, N1: while a job is at work an action on its person waits for it, and one on another is done at once', async () => {
  const { salesforce } = pair.own;
  const actionOn = async (where: string) => {
    const people = await pair.sql(
      `select id from marketing.person where sfdc_type = 'Lead' and not sfdc_is_deleted
         and not sfdc_is_converted and ${where} order by sfdc_id limit 1`,
      [leads],
    );
    return ask(pair, 'Sync Person', people[0].id);
  };
  const [inside, outside] = [
    await actionOn('sfdc_id = any($1)'),
    await actionOn('sfdc_id <> all($1)'),
  ];
  const attempt = (action: string) => pair.run('runAction', { action });
  await editAll('phone', '+1 job');
  let looks = 0;
  await push({
    async ingestJob(id) {
      looks += 1;
      if (looks === 1) {
        await expect(attempt(inside)).rejects.toThrow(/in a Bulk job/);
        expect(await attempt(outside)).toMatchObject({ status: 'done' });
      }
      return salesforce.ingestJob(id);
    },
  });
  expect(looks).toBeGreaterThan(0);
  expect(await attempt(inside)).toMatchObject({ status: 'done' });
  await settled();
});

it('C7, N3: a row that Salesforce refuses is an error with its own words, the others go through', async () => {
  await editAll('job_title', 'Bulk title');
  await pair.sql(`update marketing.person set status = 'No Such Status' where sfdc_id = $1`, [
    leads[3],
  ]);
  await pair.sql(`update marketing.person set email = 'no address' where sfdc_id = $1`, [leads[4]]);
  await push();
  const errors = await openErrors();
  expect(errors).toContainEqual({
    ...{ code: 'INVALID_EMAIL_ADDRESS', sfdc_id: leads[4], fields: ['Email'] },
  });
  expect((await there('Title')).filter((title) => title === 'Bulk title').length).toBeGreaterThan(
    37,
  );
  await pair.sql(
    `update marketing.person set email = 'an@address.example', status = 'Working - Contacted'
     where sfdc_id = any($1)`,
    [[leads[3], leads[4]]],
  );
  await push();
  expect(await openErrors()).toEqual([]);
  await settled();
});

it.each(['Failed', 'Aborted'])(
  'N1: a job that ends as %s half-way is gone on with in the same run',
  async (state) => {
    await pair.control('POST', '/faults', { kind: 'fail-job', rows: 7, times: 1, state });
    await editAll('phone', `half ${state}`);
    expect(await push()).toMatchObject({ updated: 40, failed: 0 });
    expect(await pair.control('GET', '/faults')).toMatchObject([{ fired: 1 }]);
    expect(new Set(await there('Phone'))).toEqual(new Set([`half ${state}`]));
    await settled();
  },
);

it('N3: rows that somebody has locked are tried again in smaller batches (trap 22)', async () => {
  await pair.control('POST', '/faults', { kind: 'row-lock', times: 3, path: 'jobs/ingest' });
  await editAll('phone', 'was locked');
  await push();
  expect(new Set(await there('Phone'))).toEqual(new Set(['was locked']));
  expect(await openErrors()).toEqual([]);
  await settled();
});

/** The calls of a job, by what tells them in their path; each is made at least once. */
const CALLS = [
  '/jobs/ingest$',
  '/jobs/ingest/\\w+/batches',
  '/jobs/ingest/\\w+$',
  '/successfulResults',
];
describe.each(CALLS)('with the call %s', (path) => {
  it.each(['drop-before', 'drop-after'])(
    'N2, N6: %s, people are created once and edits arrive',
    async (kind) => {
      const tag = `${kind} ${CALLS.indexOf(path)}`;
      await pair.sql(
        `insert into marketing.person (last_name, email)
       select $1 || ' ' || n, 'bulk@created.example' from generate_series(1, 15) n`,
        [tag],
      );
      await editAll('job_title', tag);
      await pair.control('POST', '/faults', { kind, path, times: 2 });
      for (let tries = 1; ; tries += 1) {
        try {
          await push();
          break;
        } catch (error) {
          if (!(error instanceof ApplicationFailure) || tries > 5) throw error;
        }
      }
      const [{ fired }] = await pair.control('GET', '/faults');
      expect(fired).toBe(2);
      expect(new Set(await there('Title'))).toEqual(new Set([tag]));
      const made = await pair.crm.query(`SELECT Id FROM Lead WHERE LastName LIKE '${tag} %'`, {
        deletedToo: true,
      });
      expect(made).toHaveLength(15);
      await settled();
    },
  );
});

it('N1, N6: an end before the results are read goes on with the same job, and keeps what was edited since', async () => {
  await editAll('job_title', 'sent');
  const ingestResults = async () => {
    throw new Error('the worker dies here');
  };
  await expect(push({ ingestResults })).rejects.toThrow();
  expect(await jobs()).toBe(1);
  await pair.sql(`update marketing.person set job_title = 'edited since' where sfdc_id = $1`, [
    leads[0],
  ]);
  const before = await calls();
  // The cycle's fetch says that there is something to settle, even when nothing else is due.
  const { objects } = await pair.run('fetchChanges', { run: 'settles' });
  expect(objects.find(({ object }) => object === 'Lead')?.push).toBeGreaterThan(0);
  await push();
  const after = await calls();
  expect(after['jobs/ingest/batches']).toBe(before['jobs/ingest/batches']);
  expect(await there('Title')).toContain('edited since');
  await settled();
});
