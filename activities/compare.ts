import {
  beginComparison,
  type Comparison,
  dueComparisons,
  endComparison,
  keepComparisonJob,
  openComparison,
} from '../src/ledger/comparisons.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { recordNotices } from '../src/ledger/notices.ts';
import { wantRereads } from '../src/ledger/rereads.ts';
import { readWatermarks } from '../src/ledger/watermarks.ts';
import { publicMessage } from '../src/log.ts';
import {
  keepIds,
  keptIds,
  missingHere,
  notListed,
  repairGone,
  repairMissing,
} from '../src/marketing/compare.ts';
import type { Sql } from '../src/marketing/database.ts';
import { JobLost, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { Row } from '../src/salesforce/port.ts';
import { columnOf } from '../src/sync/field-map.ts';
import { type ObjectSpec, objectSpec } from '../src/sync/objects.ts';
import { lowerBound } from '../src/sync/watermark.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import { awaitBulkQuery, JOB_FAILED } from './bulk-pull.ts';
import type { ConnectionDeps, Deps } from './deps.ts';
import { JobMadeAgain } from './errors.ts';
import { hasField } from './fields.ts';
import { liveRows } from './load-page.ts';
import { onlyInside } from './scope.ts';

/** Ids in one query's condition, so that it fits a URL; five queries are one call. */
const IDS_IN_A_QUERY = 400;
/** Rows looked at in one go. */
const AT_ONCE = 2_000;

export interface ComparedPage {
  /** The object at work; null when nothing was due. */
  object: string | null;
  rows: number;
  /** Nothing is due any more. */
  finished: boolean;
}

/**
 * The next step of the comparison of ids (N8): a page of what Salesforce has, or, when an object's ids
 * are all here, what is missed on either side. The cursor is in the database; any step can be done again.
 */
export async function comparePage(
  deps: Deps,
  { connection }: { connection: string },
  signal: AbortSignal,
): Promise<ComparedPage> {
  const own = deps.connection(connection);
  const { config, db } = own;
  stayInBudget(own);
  const [object] = await dueComparisons(db, config.compareEveryMs);
  if (object === undefined) return { object: null, rows: 0, finished: true };
  let run = (await openComparison(db, object)) ?? (await beginComparison(db, object));
  try {
    run = await step(own, run, signal);
  } catch (error) {
    const rejected = error instanceof SalesforceRejected;
    if (error instanceof JobLost || (rejected && JOB_FAILED.includes(error.code))) {
      await beginComparison(db, object);
      throw new JobMadeAgain(object, error);
    }
    // One object that cannot be compared holds up no other (N3).
    if (!rejected) throw error;
    run = await endComparison(db, object, publicMessage(error));
  }
  await keepUsage(own);
  const left = await dueComparisons(db, config.compareEveryMs);
  return { object, rows: run.rows, finished: left.length === 0 };
}

async function step(
  own: ConnectionDeps,
  run: Comparison,
  signal: AbortSignal,
): Promise<Comparison> {
  const { db } = own;
  const { object } = run;
  if (!run.listed) {
    await list(own, run, signal);
  } else if ((await keptIds(db, object)) < run.rows) {
    return beginComparison(db, object);
  } else {
    await repair(own, objectSpec(object), signal);
    const ended = await endComparison(db, object, null);
    await tell(own, ended);
    return ended;
  }
  return (await openComparison(db, object))!;
}

/** Few ids come with one REST call, many by Bulk API, in no order (M2, trap 5). */
async function list(
  { config, db, salesforce }: ConnectionDeps,
  { object, jobId, locator }: Comparison,
  signal: AbortSignal,
): Promise<void> {
  const { soql, operation } = liveRows(config, object, ['Id']);
  if (jobId === null) {
    // First pages show deleted rows too, as a queryAll does.
    const hidden = operation === 'query' && (await isDeletable(db, object));
    const live = soql.includes(' WHERE ') ? ' AND IsDeleted = false' : ' WHERE IsDeleted = false';
    const { pages } = await salesforce.firstPages([hidden ? soql + live : soql]);
    const page = pages[0]!;
    if (!('error' in page) && page.next === null) {
      const ids = page.rows.map(({ Id }) => String(Id));
      await keepIds(db, object, { jobId, from: null, next: null, ids });
      return;
    }
    const job = await salesforce.startBulkQuery(soql, operation);
    await keepComparisonJob(db, object, job.jobId);
    return;
  }
  await awaitBulkQuery(salesforce, jobId, signal);
  const page = await salesforce.bulkQueryResult(jobId, locator, config.bulk.pageSize);
  await keepIds(db, object, {
    jobId,
    from: locator,
    next: page.locator,
    csv: page.csv,
    rows: page.rows,
  });
}

async function repair(own: ConnectionDeps, spec: ObjectSpec, signal: AbortSignal): Promise<void> {
  const { config, db } = own;
  const object = spec.name;
  const watermark = (await readWatermarks(db)).get(object) ?? null;
  // What changed later than that, the next cycle reads anyway.
  const covered = lowerBound(watermark, config.overlapMs);
  const isCovered = ({ SystemModstamp }: Row) =>
    covered !== null && Date.parse(String(SystemModstamp)) <= Date.parse(covered);
  const isLive = ({ IsDeleted }: Row) => IsDeleted !== true;

  await inRanges(
    signal,
    (after) => missingHere(db, spec, after, AT_ONCE),
    async (ids) => {
      const found = await look(own, object, ids);
      const missed = [...found.values()].filter((row) => isLive(row) && isCovered(row));
      await repairMissing(
        db,
        object,
        missed.map(({ Id }) => String(Id)),
      );
    },
  );
  const heldBy = spec.heldBy && (columnOf(await readFieldMap(db), object, spec.heldBy) ?? null);
  await inRanges(
    signal,
    (after) => notListed(db, spec, heldBy, after, AT_ONCE),
    async (ids) => {
      const found = await look(own, object, ids);
      const live = ids.filter((id) => found.has(id) && isLive(found.get(id)!));
      const there = await onlyInside(own, object, live);
      await repairGone(
        db,
        spec,
        ids.filter((id) => !live.includes(id)),
      );
      // It is there, but no longer as what is listed.
      await wantRereads(
        db,
        object,
        there.filter((id) => isCovered(found.get(id)!)),
      );
    },
  );
}

async function inRanges(
  signal: AbortSignal,
  range: (after: string) => Promise<string[]>,
  work: (ids: string[]) => Promise<void>,
): Promise<void> {
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const ids = await range(after);
    if (ids.length > 0) await work(ids);
    if (ids.length < AT_ONCE) return;
    after = ids.at(-1)!;
  }
}

/** What Salesforce has under these ids now: the list is older than rows that came here since. */
async function look(
  own: ConnectionDeps,
  object: string,
  ids: readonly string[],
): Promise<Map<string, Row>> {
  stayInBudget(own);
  const { db, salesforce } = own;
  const deletable = await isDeletable(db, object);
  const fields = ['Id', 'SystemModstamp', ...(deletable ? ['IsDeleted'] : [])].join(', ');
  const queries = [];
  for (let from = 0; from < ids.length; from += IDS_IN_A_QUERY) {
    const some = ids.slice(from, from + IDS_IN_A_QUERY);
    queries.push(`SELECT ${fields} FROM ${object} WHERE Id IN (${some.map(quoted).join(',')})`);
  }
  const found = new Map<string, Row>();
  for (const page of (await salesforce.firstPages(queries)).pages) {
    if ('error' in page) throw page.error;
    for (const row of page.rows) found.set(String(row.Id), row);
  }
  return found;
}

async function isDeletable(db: Sql, object: string): Promise<boolean> {
  return hasField(object, 'IsDeleted', await readFieldMap(db));
}

function quoted(id: string): string {
  if (!/^[A-Za-z0-9]{15,18}$/.test(id)) throw new Error('An id is none.');
  return `'${id}'`;
}

async function tell({ db }: ConnectionDeps, { object, missing, gone }: Comparison): Promise<void> {
  if (missing + gone === 0) return;
  const message = `The comparison of ids found ${missing} records of ${object} that were missing here, and ${gone} that are gone in Salesforce`;
  await recordNotices(db, [{ object, field: null, kind: 'comparison', message }]);
}
