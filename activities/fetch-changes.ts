import { randomUUID } from 'node:crypto';
import { waitingBackfills, wantFormulas } from '../src/ledger/backfills.ts';
import { dueComparisons } from '../src/ledger/comparisons.ts';
import { recordState } from '../src/ledger/connection.ts';
import { recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { unfinishedLoads } from '../src/ledger/loads.ts';
import { dropRereads, dueRereads } from '../src/ledger/rereads.ts';
import { readSchemaState } from '../src/ledger/schema-state.ts';
import { dueRefetch } from '../src/ledger/sync-errors.ts';
import { moveWatermarks, readWatermarks, takeRereads } from '../src/ledger/watermarks.ts';
import { publicMessage } from '../src/log.ts';
import type { Transaction } from '../src/marketing/database.ts';
import { duePushes, pendingExists } from '../src/marketing/due.ts';
import { programWork } from '../src/marketing/programs/due.ts';
import { activitiesDue, keepPushedKinds } from '../src/marketing/pushed-activities.ts';
import { settleUnseen } from '../src/marketing/refusal.ts';
import { restage, stageRows } from '../src/marketing/staging.ts';
import { QueryTimeout, SalesforceRejected } from '../src/salesforce/errors.ts';
import type { QueryPage, Row } from '../src/salesforce/port.ts';
import { creationCondition } from '../src/sync/creation.ts';
import type { FieldMapping } from '../src/sync/field-map.ts';
import { chosenObjects, type ObjectSpec, objectSpec } from '../src/sync/objects.ts';
import { pullQuery } from '../src/sync/pull-query.ts';
import type { Slice } from '../src/sync/slices.ts';
import { lowerBound } from '../src/sync/watermark.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { ConnectionDeps, CycleInput, Deps } from './deps.ts';
import { concernsObject } from './failures.ts';
import { readFields } from './fields.ts';
import { CAMPAIGN_OBJECTS, campaignsAreSynced } from './push-programs.ts';
import { changedQuery, markLeft, onlyInside, pulledWhere } from './scope.ts';
import { settingsDigest } from './sync-schema.ts';

/** One object with something to do in this cycle. */
export interface FetchedObject {
  object: string;
  tier: number;
  /** Names the rows staged. */
  batch: string;
  /** Rows that differ from what marketing holds. */
  staged: number;
  /** More rows than REST is for: they come by Bulk API (M2). */
  bulk: boolean;
  /** Salesforce's time that the fetch covers, ISO 8601: the watermark once its rows are written (N5). */
  serverTime: string;
  /** Local edits are pending, so staged rows may need a merge. */
  resolve: boolean;
  /** People whose local edits or creations are due. */
  push: number;
  /** Why this object could not be fetched; the others go on (N3). */
  failure: string | null;
}

export interface Fetched {
  cycle: number;
  /** Objects with nothing to do are left out, so that an idle cycle's history stays small. */
  objects: FetchedObject[];
  /** The org's fields or the settings are not those of the field map: the schema is to be synced first. */
  schemaMoved: boolean;
  /** Objects to be filled in the background, while cycles go on (A7); absent in older histories. */
  background?: string[];
  /** Objects whose ids are to be compared, or are being compared (N8); absent when there are none. */
  compare?: string[];
  /** Programs have something to do in this cycle; absent when they have not. */
  programs?: true;
  /** Activities are to become tasks (H2); absent when none are. */
  activities?: true;
}

/** Missed records that one cycle takes up; the others come with the next ones. */
const REREAD_AT_ONCE = 20_000;

/** Step 1 of a cycle: what changed since the watermark, of all objects, into staging (N5, M2). */
export async function fetchChanges(deps: Deps, input: CycleInput): Promise<Fetched> {
  const own = deps.connection(input.connection);
  const { config, db, salesforce } = own;
  const cycle = await startCycle(db, input.run);
  await recordState(db, { state: 'syncing', reason: null, nextSyncAt: null });
  stayInBudget(own);

  const mappings = await readFieldMap(db);
  await takeRereads(db);
  const watermarks = await readWatermarks(db);
  const specs = chosenObjects(config.objects).filter(
    ({ name }) => watermarks.has(name) && mappings.some(({ object }) => object === name),
  );
  const queries = specs.map((spec) =>
    changesQuery(own, spec, mappings, watermarks, { ordered: true }),
  );
  const changed = specs.map(({ name }) =>
    changedQuery(own, name, changedAfter(own, name, watermarks)),
  );
  const { schemaSeen, settingsDigest: settingsSeen } = await readSchemaState(db);
  const { pages, serverTime, schema } = await salesforce.firstPages(
    [...queries, ...changed.filter((query) => query !== null)],
    { schemaSeen },
  );
  // Of each object that config limits, in the same order (C12).
  const changedPages = pages.slice(queries.length);
  const work = await duePushes(db, mappings, creationCondition(config.people.createInSalesforce));
  const pending = await pendingExists(db);

  const fetched: FetchedObject[] = [];
  const unchanged: string[] = [];
  // The cheap look of each cycle: with the queries, and at tandem.yaml as it is now (A7, G2, J1).
  let schemaMoved = schema !== null || settingsSeen !== settingsDigest(config);
  for (const [index, spec] of specs.entries()) {
    const startedAt = new Date();
    const object: FetchedObject = {
      ...nothing(spec, serverTime),
      resolve: spec.way === 'both' && pending,
      push: work.get(spec.name) ?? 0,
    };
    try {
      const page = pages[index]!;
      if (changed[index] !== null) await markLeft(own, spec.name, changedPages.shift()!);
      object.bulk = isForBulk(page, config.bulk.queryThreshold);
      if (!object.bulk) {
        if ('error' in page) throw page.error;
        const rows = await restOfPages(own, page);
        rows.push(...(await refetch(own, spec, mappings)));
        const missed = await reread(own, spec, mappings);
        rows.push(...missed.rows);
        const { remaining, skipped } = await stage(own, spec, mappings, object.batch, rows);
        await dropRereads(db, spec.name, missed.ids, { staged: false });
        object.staged = remaining;
        if (skipped > 0) {
          const step = { cycle, object: spec.name, operation: 'pull updates', startedAt } as const;
          await recordStep(db, { ...step, part: 'fetch', status: 'done', skipped });
        }
        if (remaining === 0) unchanged.push(spec.name);
      }
    } catch (error) {
      if (!concernsObject(error)) throw error;
      schemaMoved ||= error instanceof SalesforceRejected && error.code === 'INVALID_FIELD';
      object.failure = publicMessage(error);
    }
    const idle = !object.bulk && object.staged + object.push === 0 && object.failure === null;
    if (!idle) fetched.push(object);
  }
  await wantFormulas(db, config.formulaRefreshMs);
  const lacks = [...(await unfinishedLoads(db)), ...(await waitingBackfills(db))];
  for (const { object, reason } of lacks) {
    if (reason === null) continue;
    fetched.push({ ...nothing(objectSpec(object), serverTime), failure: reason });
  }
  await moveWatermarks(db, unchanged, serverTime);
  await keepUsage(own);
  const background = [...new Set(lacks.map(({ object }) => object))];
  const compare = await dueComparisons(db, config.compareEveryMs);
  const due = compare.length > 0 && { compare };
  const programs = await programsHaveWork(own, mappings, watermarks, fetched).catch((error) => {
    // What the database refuses there holds up no object (N3).
    if (!concernsObject(error)) throw error;
    const members = nothing(objectSpec('CampaignMember'), serverTime);
    fetched.push({ ...members, failure: publicMessage(error) });
    return false;
  });
  await keepPushedKinds(
    db,
    config.activities.push.map(({ kind }) => kind),
  );
  const activities = (await activitiesDue(db)) && { activities: true as const };
  return {
    cycle,
    objects: fetched,
    schemaMoved,
    background,
    ...due,
    ...(programs && { programs }),
    ...activities,
  };
}

/** Changes of members here, links asked for, or pulled rows that a linked program is to follow (E3). */
async function programsHaveWork(
  { config, db }: ConnectionDeps,
  mappings: readonly FieldMapping[],
  watermarks: ReadonlyMap<string, Date>,
  fetched: readonly FetchedObject[],
): Promise<boolean> {
  if (!campaignsAreSynced(config, watermarks)) return false;
  const { due, linked } = await programWork(db, mappings);
  const pulled = fetched.some(
    ({ object, staged, bulk }) => MEMBERS_AND_PEOPLE.has(object) && (bulk || staged > 0),
  );
  return due || (linked && pulled);
}

const MEMBERS_AND_PEOPLE = new Set<string>([...CAMPAIGN_OBJECTS, 'Lead', 'Contact']);

function nothing(spec: ObjectSpec, serverTime: Date): FetchedObject {
  return {
    object: spec.name,
    tier: spec.tier,
    batch: randomUUID(),
    staged: 0,
    bulk: false,
    serverTime: serverTime.toISOString(),
    resolve: false,
    push: 0,
    failure: null,
  };
}

/** Many rows, more fields than a URL holds (trap 12), or more work than REST's two minutes allow (trap 5). */
function isForBulk(page: QueryPage | { error: Error }, threshold: number): boolean {
  if (!('error' in page)) return page.totalSize > threshold;
  const { error } = page;
  const tooLong = error instanceof SalesforceRejected && error.code === 'URI_TOO_LONG';
  return tooLong || error instanceof QueryTimeout;
}

export function changesQuery(
  own: ConnectionDeps,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  watermarks: ReadonlyMap<string, Date>,
  { ordered, slice }: { ordered: boolean; slice?: Slice },
): string {
  return pullQuery({
    object: spec.name,
    fields: readFields(spec.name, mappings, own.config.externalIdField),
    where: pulledWhere(own, spec.name),
    after: changedAfter(own, spec.name, watermarks),
    ...slice,
    ordered,
  });
}

export function changedAfter(
  { config }: ConnectionDeps,
  object: string,
  watermarks: ReadonlyMap<string, Date>,
): string | null {
  return lowerBound(watermarks.get(object) ?? null, config.overlapMs);
}

async function restOfPages({ salesforce }: ConnectionDeps, first: QueryPage): Promise<Row[]> {
  const rows = [...first.rows];
  for (let next = first.next; next !== null; ) {
    const page = await salesforce.nextPage(next);
    rows.push(...page.rows);
    next = page.next;
  }
  return rows;
}

/** Rows that marketing refused before, and that are due again: their modstamps are long covered (N3). */
async function refetch(
  own: ConnectionDeps,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
): Promise<Row[]> {
  const { config, db, salesforce } = own;
  const ids = await onlyInside(own, spec.name, await dueRefetch(db, spec.name, 2_000));
  if (ids.length === 0) return [];
  const fields = readFields(spec.name, mappings, config.externalIdField);
  const rows = await salesforce.retrieve(spec.name, ids, fields);
  await settleUnseen(
    db,
    spec.name,
    ids.filter((_, index) => rows[index] === null),
  );
  return rows.filter((row) => row !== null);
}

/** What the comparison of ids found missing here; most of it is one retrieve (N8). */
async function reread(
  own: ConnectionDeps,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
): Promise<{ ids: string[]; rows: Row[] }> {
  const { config, db, salesforce } = own;
  const ids = await dueRereads(db, spec.name, REREAD_AT_ONCE);
  if (ids.length === 0) return { ids, rows: [] };
  const fields = readFields(spec.name, mappings, config.externalIdField);
  const inside = await onlyInside(own, spec.name, ids);
  const rows = await salesforce.retrieve(spec.name, inside, fields);
  return { ids, rows: rows.filter((row) => row !== null) };
}

/** Replaces what was staged before, so that a fetch done twice is done once (N6). */
function stage(
  { config, db }: ConnectionDeps,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  batch: string,
  rows: Row[],
): Promise<{ remaining: number; skipped: number }> {
  const fields = readFields(spec.name, mappings, config.externalIdField);
  const fill = (tx: Transaction) => stageRows(tx, spec.name, fields, rows);
  return restage(db, spec.name, mappings, batch, fill, { retry: true });
}
