import {
  type Backfill,
  beginBackfill,
  dropBackfill,
  failBackfill,
  keepBackfillJob,
  openBackfill,
  sliceBackfill,
  wantedFields,
} from '../src/ledger/backfills.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { openLoad } from '../src/ledger/loads.ts';
import { publicMessage } from '../src/log.ts';
import { writeBackfillPage } from '../src/marketing/backfill.ts';
import { OtherColumns } from '../src/marketing/errors.ts';
import { JobLost, SalesforceRejected } from '../src/salesforce/errors.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { halve, WHOLE } from '../src/sync/slices.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import { awaitBulkQuery, JOB_FAILED } from './bulk-pull.ts';
import type { ConnectionDeps, Deps, ObjectInput } from './deps.ts';
import { JobMadeAgain } from './errors.ts';
import { countRows, type LoadObject, liveRows, loadPage } from './load-page.ts';

/**
 * The next page of what an object lacks: of its initial load, when it was switched on later, then of the
 * fields whose old values are not here (A7, J1, J2, J3). Finished when nothing is left.
 */
export async function backfillPage(
  deps: Deps,
  input: ObjectInput,
  signal: AbortSignal,
): Promise<LoadObject> {
  const own = deps.connection(input.connection);
  const { db } = own;
  const load = await openLoad(db, input.object);
  if (load.state !== 'done') {
    const loaded = await loadPage(deps, input, signal);
    return { ...loaded, finished: loaded.finished && !(await isWanted(own, input.object)) };
  }
  stayInBudget(own);
  let run = await openBackfill(db, input.object);
  try {
    run ??= await beginRun(own, input.object);
    if (run === null) return progress(input.object, null);
    if (run.jobId === null) run = await makeJob(own, run);
    await takePage(own, run, signal);
  } catch (error) {
    const rejected = error instanceof SalesforceRejected;
    if (rejected && error.code === 'QUERY_TIMEOUT' && run !== null && (await slice(own, run))) {
      throw new JobMadeAgain(run.object, error);
    }
    const lost = error instanceof JobLost || error instanceof OtherColumns;
    const useless = lost || (rejected && USELESS.includes(error.code));
    if (useless && run !== null) {
      await dropBackfill(db, run.object, run.jobId);
    }
    if (rejected) await failBackfill(db, input.object, publicMessage(error));
    throw lost ? new JobMadeAgain(input.object, error) : error;
  }
  await keepUsage(own);
  const left = await openBackfill(db, input.object);
  return left === null && (await isWanted(own, input.object))
    ? { ...progress(input.object, run), finished: false }
    : progress(input.object, left);
}

/** A field that went while the run was between two slices fits none of its further jobs either. */
const USELESS = [...JOB_FAILED, 'INVALID_FIELD'];

async function isWanted({ db }: ConnectionDeps, object: string): Promise<boolean> {
  return (await wantedFields(db, object)).length > 0;
}

async function beginRun(own: ConnectionDeps, object: string): Promise<Backfill | null> {
  const { config, db, salesforce } = own;
  const fields = await wantedFields(db, object);
  if (fields.length === 0) return null;
  const expected = await countRows(own, object);
  const { soql, operation } = liveRows(config, object, ['Id', ...fields]);
  const { jobId, serverTime } = await salesforce.startBulkQuery(soql, operation);
  const run = await beginBackfill(db, { object, fields, jobId, serverTime, expected });
  // Another try of this step was quicker: its job stands, ours is of no use.
  if (run.jobId !== jobId) await salesforce.abortBulkQuery(jobId);
  return run;
}

async function makeJob(
  { config, db, salesforce }: ConnectionDeps,
  { object, fields, slices }: Backfill,
): Promise<Backfill> {
  const { soql, operation } = liveRows(config, object, ['Id', ...fields], slices?.[0]);
  const { jobId } = await salesforce.startBulkQuery(soql, operation);
  const run = await keepBackfillJob(db, object, jobId);
  if (run.jobId !== jobId) await salesforce.abortBulkQuery(jobId);
  return run;
}

/** The query ran too long: it is made again over halves of its time. False when that is of no use (trap 5). */
async function slice({ db }: ConnectionDeps, run: Backfill): Promise<boolean> {
  const halves = run.jobId === null ? null : halve(run.slices?.[0] ?? WHOLE, run.serverTime);
  if (halves === null) return false;
  await sliceBackfill(db, run, halves);
  return true;
}

async function takePage(
  { config, db, salesforce }: ConnectionDeps,
  run: Backfill,
  signal: AbortSignal,
): Promise<void> {
  const { object, fields, locator } = run;
  const jobId = run.jobId!;
  await awaitBulkQuery(salesforce, jobId, signal);
  const known = (await readFieldMap(db)).filter((mapping) => mapping.object === object);
  const mappings = fields.flatMap((name) => known.find(({ field }) => field === name) ?? []);
  // A field went while its old values were under way: the rest is asked for anew.
  if (mappings.length < fields.length) throw new JobLost(jobId);
  const page = await salesforce.bulkQueryResult(jobId, locator, config.bulk.pageSize);
  const place = { jobId, from: locator, next: page.locator, csv: page.csv, rows: page.rows };
  await writeBackfillPage(db, { spec: objectSpec(object), mappings, ...place });
}

function progress(object: string, run: Backfill | null): LoadObject {
  const { tier } = objectSpec(object);
  const done = run?.done ?? 0;
  return { object, tier, done, expected: run?.expected ?? done, finished: run === null };
}
