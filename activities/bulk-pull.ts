import { setTimeout as delay } from 'node:timers/promises';
import { readFieldMap } from '../src/ledger/fields.ts';
import { readWatermarks } from '../src/ledger/watermarks.ts';
import { takeOver } from '../src/marketing/csv-guard.ts';
import type { Transaction } from '../src/marketing/database.ts';
import { pendingExists } from '../src/marketing/due.ts';
import { restage, stageCsvIn } from '../src/marketing/staging.ts';
import { JobLost, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { Salesforce } from '../src/salesforce/port.ts';
import type { FieldMapping } from '../src/sync/field-map.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { halve } from '../src/sync/slices.ts';
import { stayInBudget } from './budget.ts';
import type { ConnectionDeps, CycleObjectInput, Deps } from './deps.ts';
import { changedAfter, changesQuery } from './fetch-changes.ts';
import { readFields } from './fields.ts';
import { type Place, readPlace, writePlace } from './pull-place.ts';

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

/**
 * One page of the job's result into staging, in place of what was there (N6). A query that ran too long is
 * made again over halves of its time, oldest first (trap 5); the locator then tells how far that is.
 */
export async function fetchPage(
  deps: Deps,
  { connection, object, job, locator }: CycleObjectInput & { job: string; locator: string | null },
  signal: AbortSignal,
): Promise<FetchedPage> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  stayInBudget(own);
  const mappings = await readFieldMap(db);
  const place = await openPlace(own, object, { job, locator }, mappings, signal);
  const page = await salesforce.bulkQueryResult(place.job, place.locator, config.bulk.pageSize);
  takeOver(page.csv);
  const fields = readFields(object, mappings, config.externalIdField);
  const batch = `${place.job} ${place.locator ?? ''}`;
  const fill = (tx: Transaction) => stageCsvIn(tx, object, fields, page.csv, page.rows);
  try {
    const { remaining } = await restage(db, object, mappings, batch, fill, { retry: false });
    const resolve = objectSpec(object).way === 'both' && (await pendingExists(db));
    return { batch, staged: remaining, resolve, locator: nextLocator(place, page.locator) };
  } finally {
    page.csv.destroy();
  }
}

/** Makes the job of the place's slice where there is none yet, and waits until one has its results. */
async function openPlace(
  own: ConnectionDeps,
  object: string,
  { job, locator }: { job: string; locator: string | null },
  mappings: readonly FieldMapping[],
  signal: AbortSignal,
): Promise<Place> {
  const watermarks = await readWatermarks(own.db);
  const whole = { after: changedAfter(own, object, watermarks), until: null };
  let place = readPlace(job, locator, whole);
  for (;;) {
    if (place.job === '') {
      const { slice } = place;
      const how = { ordered: false, slice };
      const soql = changesQuery(own, objectSpec(object), mappings, watermarks, how);
      const { jobId } = await own.salesforce.startBulkQuery(soql, 'queryAll');
      place = { ...place, job: jobId };
    }
    try {
      await awaitBulkQuery(own.salesforce, place.job, signal);
      return place;
    } catch (error) {
      const tooLong = error instanceof SalesforceRejected && error.code === 'QUERY_TIMEOUT';
      const halves = tooLong && place.locator === null ? halve(place.slice, new Date()) : null;
      if (halves === null) throw error;
      const [slice, later] = halves;
      place = { job: '', locator: null, slice, rest: [later, ...place.rest], sliced: true };
    }
  }
}

/** As long as the first job does, its own locators are enough. */
function nextLocator(place: Place, locator: string | null): string | null {
  if (!place.sliced) return locator;
  if (locator !== null) return writePlace({ ...place, locator });
  const [slice, ...rest] = place.rest;
  return slice === undefined ? null : writePlace({ ...place, job: '', locator: null, slice, rest });
}
