/** Jobs are made before the first page, so that Salesforce works on all of them meanwhile. */
import { beforeAll, describe, expect, it } from 'vitest';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } });
beforeAll(async () => {
  await pair.run('prepareConnection', {});
});

const salesforce = (over: Partial<Salesforce>) => ({
  salesforce: { ...pair.own.salesforce, ...over },
});

const withoutJob = async () =>
  (await pair.sql('select object from tandem.load where job_id is null')).map(
    ({ object }) => object,
  );
const byKind = async () => (await pair.control('GET', '/calls')).byKind;

describe('the preparation of the initial load', () => {
  it('N3: an object that Salesforce refuses does not keep the others from their jobs', async () => {
    const startBulkQuery: Salesforce['startBulkQuery'] = async (soql, operation) => {
      if (soql.includes('FROM Account')) throw new SalesforceRejected('INVALIDENTITY', 'no');
      return pair.own.salesforce.startBulkQuery(soql, operation);
    };
    await pair.run('prepareLoad', {}, salesforce({ startBulkQuery }));
    expect(await withoutJob()).toEqual(['Account']);
  });

  it('A2, N6: done again it makes the jobs that are missing, and no others', async () => {
    const before = (await byKind())['jobs/query'];
    await pair.run('prepareLoad', {});
    await pair.run('prepareLoad', {});
    expect(await withoutJob()).toEqual([]);
    expect((await byKind())['jobs/query']).toBe(before + 1);
  });

  it('A2: a page after the first does not ask how its job is', async () => {
    await pair.sql(`update tandem.load set expected = null, page_at = now() - interval '1 day'`);
    await pair.run('loadPage', { object: 'User' });
    const asked = (await byKind())['jobs/query'];
    const own = pair.own.config;
    const config = { ...own, bulk: { ...own.bulk, pageSize: 5 } };
    while (!(await pair.run('loadPage', { object: 'Lead' }, { config })).finished);
    const [{ pages }] = await pair.sql(`select pages from tandem.load where object = 'Lead'`);
    expect(pages).toBeGreaterThan(3);
    expect((await byKind())['jobs/query'] - asked).toBeLessThan(pages);
  });

  it('A2: the rate counts from the result on, not from the making of the job', async () => {
    const [{ rate }] = await pair.sql(
      `select rows_per_second as rate from tandem.load where object = 'User'`,
    );
    expect(rate).toBeGreaterThan(1);
  });
});
