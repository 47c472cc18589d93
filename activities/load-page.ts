import type { ConnectionConfig } from '../src/config.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import {
  beginPages,
  expectRows,
  failLoad,
  keepJob,
  type Load,
  loseJob,
  openLoad,
  sliceLoad,
  unfinishedLoads,
} from '../src/ledger/loads.ts';
import { publicMessage } from '../src/log.ts';
import { OtherColumns, PageRefused } from '../src/marketing/errors.ts';
import { loadPage as copyPage, loadFields, loadPageByStaging } from '../src/marketing/load.ts';
import { JobLost, QueryTimeout, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { FieldMapping } from '../src/sync/field-map.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { pullQuery } from '../src/sync/pull-query.ts';
import { halve, type Slice, WHOLE } from '../src/sync/slices.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import { awaitBulkQuery, JOB_FAILED } from './bulk-pull.ts';
import type { ConnectionDeps, Deps, ObjectInput } from './deps.ts';
import { JobMadeAgain } from './errors.ts';
import { hasField } from './fields.ts';
import { scopeIn } from './scope.ts';

/** How far an object's initial load is (A2). */
export interface LoadObject {
  object: string;
  tier: number;
  done: number;
  expected: number;
  finished: boolean;
}

/**
 * Counts what is to come, so that the progress has an end from the start, and makes the jobs, so that
 * Salesforce works on all of them while the first objects are copied. Done again it changes nothing.
 */
export async function prepareLoad(
  deps: Deps,
  { connection }: { connection: string },
): Promise<{ objects: LoadObject[] }> {
  const own = deps.connection(connection);
  const { db } = own;
  const mappings = await readFieldMap(db);
  const objects = await Promise.all(
    (await unfinishedLoads(db)).map(async ({ object }) => {
      const load = await openLoad(db, object);
      const expected = load.expected ?? (await countRows(own, object));
      if (expected !== load.expected) await expectRows(db, object, expected!);
      if (load.jobId === null) await makeJobAhead(own, load, mappings);
      return progress({ ...load, expected });
    }),
  );
  return { objects };
}

/** An object that Salesforce refuses stops no other: its first page meets the refusal again (N3). */
async function makeJobAhead(
  own: ConnectionDeps,
  load: Load,
  mappings: readonly FieldMapping[],
): Promise<void> {
  try {
    await makeJob(own, load, mappings);
  } catch (error) {
    if (!(error instanceof SalesforceRejected)) throw error;
  }
}

/** Null when Salesforce will not count: then there is a load without an end in sight, but there is one. */
export async function countRows(
  { config, salesforce }: ConnectionDeps,
  object: string,
): Promise<number | null> {
  try {
    const { archived } = objectSpec(object);
    return await salesforce.count(object, scopeIn(config, object).inside, { archived });
  } catch (error) {
    if (error instanceof QueryTimeout || error instanceof SalesforceRejected) return null;
    throw error;
  }
}

/** Loads an object's next page; the cursor moves in the transaction that writes the rows (A2, N5). */
export async function loadPage(
  deps: Deps,
  { connection, object }: ObjectInput,
  signal: AbortSignal,
): Promise<LoadObject> {
  const own = deps.connection(connection);
  const { db } = own;
  stayInBudget(own);
  const mappings = await readFieldMap(db);
  let load = await openLoad(db, object);
  if (load.state === 'done') return progress(load);
  // Switched off, or hidden, while it was being loaded: on again, it goes on where it is.
  if (!mappings.some((mapping) => mapping.object === object)) {
    return { ...progress(load), finished: true };
  }
  try {
    if (load.jobId === null) load = await makeJob(own, load, mappings);
    await takePage(own, load, mappings, signal);
  } catch (error) {
    const rejected = error instanceof SalesforceRejected;
    if (rejected && error.code === 'QUERY_TIMEOUT' && (await slice(own, load))) {
      throw new JobMadeAgain(object, error);
    }
    const lost = error instanceof JobLost || error instanceof OtherColumns;
    const useless = lost || (rejected && JOB_FAILED.includes(error.code));
    if (useless && load.jobId !== null) await loseJob(db, object, load.jobId);
    if (rejected) await failLoad(db, object, publicMessage(error));
    throw lost ? new JobMadeAgain(object, error) : error;
  }
  await keepUsage(own);
  return progress(await openLoad(db, object));
}

async function makeJob(
  { config, db, salesforce }: ConnectionDeps,
  load: Load,
  mappings: readonly FieldMapping[],
): Promise<Load> {
  const fields = loadFields(load.object, mappings);
  if (knowsCreated(config.externalIdField, load, mappings)) fields.push(config.externalIdField);
  const { soql, operation } = liveRows(config, load.object, fields, load.slices?.[0]);
  const job = await salesforce.startBulkQuery(soql, operation);
  const kept = await keepJob(db, load.object, job);
  // Another try of this step was quicker: its job stands, ours is of no use.
  if (kept.jobId !== job.jobId) await salesforce.abortBulkQuery(job.jobId);
  return kept;
}

/** The query ran too long: it is made again over halves of its time. False when that is of no use (trap 5). */
async function slice({ db }: ConnectionDeps, load: Load): Promise<boolean> {
  const halves = load.jobId === null ? null : halve(load.slices?.[0] ?? WHOLE, load.serverTime!);
  if (halves === null) return false;
  await sliceLoad(db, load, halves);
  return true;
}

async function takePage(
  { config, db, salesforce }: ConnectionDeps,
  load: Load,
  mappings: readonly FieldMapping[],
  signal: AbortSignal,
): Promise<void> {
  const jobId = load.jobId!;
  if (load.locator === null) {
    await awaitBulkQuery(salesforce, jobId, signal);
    await beginPages(db, load.object, jobId);
  }
  const open = async () => {
    const { csv, locator, rows } = await salesforce.bulkQueryResult(
      jobId,
      load.locator,
      config.bulk.pageSize,
    );
    const spec = objectSpec(load.object);
    const place = { jobId, from: load.locator, next: locator, serverTime: load.serverTime! };
    return { spec, mappings, ...place, csv, rows };
  };
  const known = knowsCreated(config.externalIdField, load, mappings);
  const externalIdField = known ? config.externalIdField : null;
  if (!load.byStaging) {
    try {
      await copyPage(db, await open());
      return;
    } catch (error) {
      if (!(error instanceof PageRefused)) throw error;
    }
  }
  await loadPageByStaging(db, { ...(await open()), externalIdField });
}

/** The Bulk query of all rows but deleted ones. queryAll shows archived rows, and deleted ones as well (trap 17). */
export function liveRows(
  config: ConnectionConfig,
  object: string,
  fields: readonly string[],
  slice: Slice = WHOLE,
): { soql: string; operation: 'query' | 'queryAll' } {
  const { archived } = objectSpec(object);
  const { inside } = scopeIn(config, object);
  const conditions = [
    ...(archived ? ['IsDeleted = false'] : []),
    ...(inside ? [`(${inside})`] : []),
  ];
  const query = { object, fields, where: conditions.join(' AND ') || null, ordered: false };
  return { soql: pullQuery({ ...query, ...slice }), operation: archived ? 'queryAll' : 'query' };
}

/** A job made after another was lost also asks by whom a record was made: it may be one of ours (N2). */
function knowsCreated(field: string, load: Load, mappings: readonly FieldMapping[]): boolean {
  return load.byStaging && hasField(load.object, field, mappings);
}

function progress(load: Load): LoadObject {
  const { object, done, expected, state } = load;
  const { tier } = objectSpec(object);
  return { object, tier, done, expected: expected ?? done, finished: state === 'done' };
}
