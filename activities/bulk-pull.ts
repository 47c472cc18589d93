import { setTimeout as delay } from 'node:timers/promises';
import { readFieldMap } from '../src/ledger/fields.ts';
import { readWatermarks } from '../src/ledger/watermarks.ts';
import { pendingExists } from '../src/marketing/due.ts';
import { clearStaging, discardUnchanged, stageCsv } from '../src/marketing/staging.ts';
import { JobLost, QueryTimeout, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { Salesforce } from '../src/salesforce/port.ts';
import { objectSpec } from '../src/sync/objects.ts';
import type { CycleObjectInput, Deps } from './deps.ts';
import { changesQuery } from './fetch-changes.ts';
import { readFields } from './fields.ts';

/** A job of many rows takes minutes; a look costs a call. */
const FIRST_LOOK_MS = 250;
const SLOWEST_LOOK_MS = 10_000;

/**
 * Waits until a Bulk query job has its results.
 * @throws JobLost, QueryTimeout, SalesforceRejected as the job ended
 */
export async function awaitBulkQuery(salesforce: Salesforce, jobId: string): Promise<void> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, SLOWEST_LOOK_MS)) {
    const job = await salesforce.bulkQueryJob(jobId);
    if (job === null || job.state === 'Aborted') throw new JobLost(jobId);
    if (job.state === 'JobComplete') return;
    if (job.state === 'Failed') {
      if (job.errorMessage?.includes('QUERY_TIMEOUT')) throw new QueryTimeout();
      throw new SalesforceRejected('BULK_JOB_FAILED', job.errorMessage ?? 'no reason was given');
    }
    await delay(pause);
  }
}

/**
 * Makes the job for an object with many changes (M2). It has no upper bound: the fetch's time is the
 * earliest that Salesforce's clock can have shown, so rows changed right before would be cut off. It
 * becomes the watermark (N5).
 */
export async function startBulkPull(
  deps: Deps,
  { connection, object }: CycleObjectInput,
): Promise<string> {
  const own = deps.connection(connection);
  const mappings = await readFieldMap(own.db);
  const watermarks = await readWatermarks(own.db);
  const soql = changesQuery(own, objectSpec(object), mappings, watermarks, { ordered: false });
  const { jobId } = await own.salesforce.startBulkQuery(soql, 'queryAll');
  return jobId;
}

export interface FetchedPage {
  staged: number;
  resolve: boolean;
  /** Where the next page begins; null: this was the last. */
  locator: string | null;
}

/** One page of the job's result into staging, in place of what was there (N6). */
export async function fetchPage(
  deps: Deps,
  { connection, object, job, locator }: CycleObjectInput & { job: string; locator: string | null },
): Promise<FetchedPage> {
  const { config, db, salesforce } = deps.connection(connection);
  const mappings = await readFieldMap(db);
  await awaitBulkQuery(salesforce, job);
  await clearStaging(db, object);
  const page = await salesforce.bulkQueryResult(job, locator, config.bulk.pageSize);
  const fields = readFields(object, mappings, config.externalIdField);
  await stageCsv(db, object, fields, page.csv, page.rows);
  const { remaining } = await discardUnchanged(db, object, mappings);
  const resolve = objectSpec(object).way === 'both' && (await pendingExists(db));
  return { staged: remaining, resolve, locator: page.locator };
}
