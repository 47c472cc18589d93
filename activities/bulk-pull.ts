import { setTimeout as delay } from 'node:timers/promises';
import { readFieldMap } from '../src/ledger/fields.ts';
import { readWatermarks } from '../src/ledger/watermarks.ts';
import { takeOver } from '../src/marketing/csv-guard.ts';
import type { Transaction } from '../src/marketing/database.ts';
import { pendingExists } from '../src/marketing/due.ts';
import { restage, stageCsvIn } from '../src/marketing/staging.ts';
import { JobLost, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { Salesforce } from '../src/salesforce/port.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { stayInBudget } from './budget.ts';
import type { CycleObjectInput, Deps } from './deps.ts';
import { changesQuery } from './fetch-changes.ts';
import { readFields } from './fields.ts';

/** A job of many rows takes minutes; a look costs a call. A result lies unseen for a sixth of its job's time at most. */
const FIRST_LOOK_MS = 250;
const LATER_LOOKS = 1.2;
const SLOWEST_LOOK_MS = 10_000;

/** Codes of a job that ended without results: only another one can do better. */
export const JOB_FAILED = ['QUERY_TIMEOUT', 'BULK_JOB_FAILED'];

/**
 * Waits until a Bulk query job has its results.
 * @throws JobLost, SalesforceRejected with a code of JOB_FAILED; the signal's reason when it aborts
 */
export async function awaitBulkQuery(
  salesforce: Salesforce,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * LATER_LOOKS, SLOWEST_LOOK_MS)) {
    const job = await salesforce.bulkQueryJob(jobId);
    if (job === null || job.state === 'Aborted') throw new JobLost(jobId);
    if (job.state === 'JobComplete') return;
    if (job.state === 'Failed') {
      const reason = job.errorMessage ?? 'no reason was given';
      const code = reason.includes('QUERY_TIMEOUT') ? 'QUERY_TIMEOUT' : 'BULK_JOB_FAILED';
      const next = 'Another job is made by itself; if it lasts, see Bulk Data Load Jobs in Setup.';
      throw new SalesforceRejected(code, reason, { next });
    }
    await delay(pause, undefined, { signal });
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
  stayInBudget(own);
  const mappings = await readFieldMap(own.db);
  const watermarks = await readWatermarks(own.db);
  const soql = changesQuery(own, objectSpec(object), mappings, watermarks, { ordered: false });
  const { jobId } = await own.salesforce.startBulkQuery(soql, 'queryAll');
  return jobId;
}

export interface FetchedPage {
  /** Names the rows staged. */
  batch: string;
  staged: number;
  resolve: boolean;
  /** Where the next page begins; null: this was the last. */
  locator: string | null;
}

/** One page of the job's result into staging, in place of what was there (N6). */
export async function fetchPage(
  deps: Deps,
  { connection, object, job, locator }: CycleObjectInput & { job: string; locator: string | null },
  signal: AbortSignal,
): Promise<FetchedPage> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  stayInBudget(own);
  const mappings = await readFieldMap(db);
  await awaitBulkQuery(salesforce, job, signal);
  const page = await salesforce.bulkQueryResult(job, locator, config.bulk.pageSize);
  takeOver(page.csv);
  const fields = readFields(object, mappings, config.externalIdField);
  const batch = `${job} ${locator ?? ''}`;
  const fill = (tx: Transaction) => stageCsvIn(tx, object, fields, page.csv, page.rows);
  try {
    const { remaining } = await restage(db, object, mappings, batch, fill, { retry: false });
    const resolve = objectSpec(object).way === 'both' && (await pendingExists(db));
    return { batch, staged: remaining, resolve, locator: page.locator };
  } finally {
    page.csv.destroy();
  }
}
