import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { JobLost, SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { sandboxForTests } from '../sandbox/sandbox-for-tests.ts';
import { enterSandbox, ways } from './sandbox-ways.ts';
import { failure } from './support.ts';

const sandbox = sandboxForTests({ people: 40 });

const finished = async (salesforce: Salesforce, jobId: string) => {
  for (;;) {
    const job = await salesforce.bulkQueryJob(jobId);
    if (job?.state !== 'UploadComplete' && job?.state !== 'InProgress') return job;
    await pause(20);
  }
};

it.each(ways)('trap 14: entered by %s, a Bulk query is read page by page', async (way) => {
  const salesforce = enterSandbox(sandbox, way);
  const total = await salesforce.count('Contact', null);
  const { jobId } = await salesforce.startBulkQuery('SELECT Id,LastName FROM Contact', 'query');
  expect(await finished(salesforce, jobId)).toMatchObject({
    state: 'JobComplete',
    rows: total,
  });
  let locator: string | null = null;
  const ids = new Set<string>();
  do {
    const page = await salesforce.bulkQueryResult(jobId, locator, 8);
    const found = (await text(page.csv)).match(/^"003\w{15}"/gm)!;
    expect(found).toHaveLength(page.rows);
    for (const id of found) ids.add(id);
    locator = page.locator;
  } while (locator !== null);
  expect(ids.size).toBe(total);
  await salesforce.abortBulkQuery(jobId);
});

it('A2: a job that Salesforce does not know is null, and its result JobLost', async () => {
  const salesforce = enterSandbox(sandbox);
  expect(await salesforce.bulkQueryJob('750000000000000AAA')).toBeNull();
  const error = await failure(salesforce.bulkQueryResult('750000000000000AAA', null, 10));
  expect(error).toBeInstanceOf(JobLost);
  await salesforce.abortBulkQuery('750000000000000AAA');
});

it('A2: a page that breaks off is SalesforceUnavailable, and comes whole when it is asked again', async () => {
  const salesforce = enterSandbox(sandbox);
  const { jobId } = await salesforce.startBulkQuery('SELECT Id,LastName FROM Lead', 'query');
  const { rows } = (await finished(salesforce, jobId))!;
  await fetch(`${sandbox.controlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'break-page', times: 1 }),
  });
  const broken = async () => await text((await salesforce.bulkQueryResult(jobId, null, 50)).csv);
  expect(await failure(broken())).toBeInstanceOf(SalesforceUnavailable);
  const whole = await text((await salesforce.bulkQueryResult(jobId, null, 50)).csv);
  expect(whole.match(/^"00Q\w{15}"/gm)).toHaveLength(rows);
});
