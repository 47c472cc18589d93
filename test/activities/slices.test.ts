/** Bulk queries that run too long are made again over halves of their time (trap 5). */
import { expect, it, vi } from 'vitest';
import type { FetchedPage } from '../../activities/bulk-pull.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { differences } from '../support/converge.ts';
import { pairForTests } from './support.ts';

vi.setConfig({ testTimeout: 90_000 });

const pair = pairForTests({ bulk: { pageSize: 1_000, queryThreshold: 5 } }, { people: 200 });

/** Jobs over more than this much time never end in time. */
function slow(longestMs: number): { over: Partial<Salesforce>; asked: string[]; ended: string[] } {
  const asked: string[] = [];
  const ended: string[] = [];
  const tooLong = new Set<string>();
  const { salesforce } = pair.own;
  const over: Partial<Salesforce> = {
    async startBulkQuery(soql, operation) {
      const job = await salesforce.startBulkQuery(soql, operation);
      const after = /SystemModstamp > (\S+)/.exec(soql)?.[1] ?? '1999-01-01T00:00:00Z';
      const until = /SystemModstamp <= (\S+)/.exec(soql)?.[1] ?? new Date().toISOString();
      asked.push(soql);
      if (Date.parse(until) - Date.parse(after) > longestMs) tooLong.add(job.jobId);
      else ended.push(soql);
      return job;
    },
    async bulkQueryJob(id) {
      const job = await salesforce.bulkQueryJob(id);
      if (job === null || !tooLong.has(id)) return job;
      return { ...job, state: 'Failed', errorMessage: 'QUERY_TIMEOUT: too long' };
    },
  };
  return { over, asked, ended };
}

it('A2, N5: a load whose query runs too long is read in slices, all of it, once', async () => {
  await pair.run('prepareConnection', {});
  const { over, asked, ended } = slow(10 * 365 * 86_400_000);
  const salesforce = { ...pair.own.salesforce, ...over };
  const objects = ['Lead', 'Contact', 'Task'];
  for (const object of objects) {
    for (let tries = 0, finished = false; !finished && tries < 60; tries += 1) {
      finished = await pair.run('loadPage', { object }, { salesforce }).then(
        (page) => page.finished,
        () => false,
      );
    }
  }
  expect(ended).toHaveLength(objects.length * 4);
  expect(asked).toHaveLength(objects.length * 7);
  await pair.load();
  const loads = await pair.sql(
    'select object, state, done::int, expected::int from tandem.load where expected is not null',
  );
  for (const { state, done, expected } of loads) expect([state, done]).toEqual(['done', expected]);
  const [mark] = await pair.sql(
    `select bool_and(w.modstamp = l.server_time) as first
     from tandem.watermark w join tandem.load l on l.object = w.object`,
  );
  expect(mark).toEqual({ first: true });
  expect(await differences(pair)).toEqual([]);
});

it('N1, N5: a pull whose query runs too long is read in slices, and the watermark covers them all', async () => {
  const leads = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false');
  for (const { Id } of leads.slice(0, 12)) await pair.crm.update('Lead', Id!, { City: 'Sliced' });
  await pair.sql(`update tandem.watermark set modstamp = modstamp - interval '1 year'`);
  const { over, ended } = slow(100 * 86_400_000);
  const salesforce = { ...pair.own.salesforce, ...over };
  const run = 'sliced';
  const { objects } = await pair.run('fetchChanges', { run });
  const { bulk, serverTime } = objects.find(({ object }) => object === 'Lead')!;
  expect(bulk).toBe(true);
  const job = await pair.run('startBulkPull', { run, object: 'Lead' }, { salesforce });
  let pages = 0;
  for (let locator: string | null = null, more = true; more; more = locator !== null) {
    const input: Parameters<typeof pair.run<'fetchPage'>>[1] = {
      run,
      object: 'Lead',
      job,
      locator,
    };
    const page: FetchedPage = await pair.run('fetchPage', input, { salesforce });
    locator = page.locator;
    const written = { run, object: 'Lead', batch: page.batch };
    await pair.run('writeMarketing', {
      ...written,
      serverTime: locator === null ? serverTime : null,
    });
    pages += 1;
  }
  expect(pages).toBe(4);
  expect(ended).toHaveLength(4);
  const [here] = await pair.sql(
    `select count(*)::int as n from marketing.person where city = 'Sliced'`,
  );
  expect(here.n).toBe(12);
});

it('J1: a backfill whose query runs too long is read in slices, and fills every row', async () => {
  const { over, ended } = slow(10 * 365 * 86_400_000);
  const salesforce = { ...pair.own.salesforce, ...over };
  await pair.sql(`alter table marketing.person disable trigger user`);
  await pair.sql('update marketing.person set phone = null');
  await pair.sql(`alter table marketing.person enable trigger user`);
  await pair.sql(
    `update tandem.field set backfill_since = now() where object = 'Lead' and field = 'Phone'`,
  );
  for (let tries = 0, finished = false; !finished && tries < 60; tries += 1) {
    finished = await pair.run('backfillPage', { object: 'Lead' }, { salesforce }).then(
      (page) => page.finished,
      () => false,
    );
  }
  expect(ended).toHaveLength(4);
  const [run] = await pair.sql('select done::int, ended_at from tandem.backfill');
  const leads = await pair.crm.query('SELECT Id, Phone FROM Lead');
  expect(run).toMatchObject({ done: leads.length, ended_at: expect.any(Date) });
  const here = await pair.sql(
    `select sfdc_id as "Id", phone as "Phone" from marketing.person where sfdc_type = 'Lead'`,
  );
  const phones = (rows: { Id?: string; Phone?: string | null }[]) =>
    rows.map(({ Id, Phone }) => `${Id} ${Phone}`).sort();
  expect(phones(here as never)).toEqual(phones(leads as never));
});

it('N3: a query that runs too long over the shortest time fails its object, and says so', async () => {
  const { over } = slow(1);
  const salesforce = { ...pair.own.salesforce, ...over };
  await pair.sql(`update tandem.watermark set modstamp = now() where object = 'Lead'`);
  const run = 'too short';
  const job = await pair.run('startBulkPull', { run, object: 'Lead' }, { salesforce });
  const input = { run, object: 'Lead', job, locator: null };
  await expect(pair.run('fetchPage', input, { salesforce })).rejects.toThrow(/QUERY_TIMEOUT/);
});
