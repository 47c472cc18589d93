import { dropRereads } from '../ledger/rereads.ts';
import { type RecordError, recordErrors } from '../ledger/sync-errors.ts';
import { moveWatermark } from '../ledger/watermarks.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { logWhatCameBefore } from './adopt.ts';
import { stagingOf } from './columns.ts';
import type { Database, RecordCounts, Transaction } from './database.ts';
import { isRowError } from './errors.ts';
import { keepDeletedAway, linkStaged } from './link.ts';
import { lockTargets } from './lock.ts';
import { refusal, uncastable } from './refusal.ts';
import { resolveLocked } from './resolve.ts';
import { emptyStaging, prepareStaged, removeUncastable } from './staging.ts';
import { noteNewConversions } from './unions.ts';
import { writeSet } from './write-set.ts';

export interface WriteInput {
  spec: ObjectSpec;
  mappings: readonly FieldMapping[];
  /** Field that holds the person's id, when it is among the staged fields (N2). */
  externalIdField: string | null;
  /** Salesforce's time that the staged rows cover: the new watermark (N5). Null to leave it. */
  serverTime: Date | null;
  /** Rows of the initial load: what happened to them before is not told. */
  firstCopy?: boolean;
  /** The fetch whose rows these are (restage); absent: whatever is staged. */
  batch?: string | undefined;
}

export interface WriteCounts {
  new: number;
  updated: number;
  deleted: number;
  undeleted: number;
  /** Nothing of interest changed, or the person was deleted here (C14). */
  skipped: number;
  /** Refused by the database, each with a sync error. */
  failed: number;
  conflicts: number;
  /** Held by another session for too long; the watermark stays, so that they come again. */
  postponed: number;
}

const NOTHING: WriteCounts = {
  new: 0,
  updated: 0,
  deleted: 0,
  undeleted: 0,
  skipped: 0,
  failed: 0,
  conflicts: 0,
  postponed: 0,
};

/**
 * Step 3 of a cycle: writes the object's staged rows to marketing in one transaction with the
 * watermark (N5), activities and sync errors, and empties staging. Sees local edits made meanwhile
 * and merges with them (N1). Run again, or killed anywhere and run again, the end is the same (N6).
 * @throws StagingReplaced
 */
export async function writeStaged(
  db: Database,
  input: WriteInput,
  record?: RecordCounts<WriteCounts>,
): Promise<WriteCounts> {
  return db.syncTransaction(async (tx) => {
    const counts = await writeStagedIn(tx, input);
    if (input.serverTime !== null && counts.postponed === 0) {
      await moveWatermark(tx, input.spec.name, input.serverTime);
    }
    await record?.(tx, counts);
    return counts;
  });
}

/** writeStaged within a sync transaction of the caller's, without the watermark. */
export async function writeStagedIn(
  tx: Transaction,
  { spec, mappings, externalIdField, batch, firstCopy = false }: WriteInput,
): Promise<WriteCounts> {
  const object = spec.name;
  const staged = await prepareStaged(tx, object, batch);
  if (staged === 0) return NOTHING;
  const counts = { ...NOTHING };
  counts.postponed = await lockTargets(tx, spec);
  let linked = 0;
  if (spec.table === 'person') {
    if (externalIdField !== null) {
      linked = await linkStaged(tx, object, mappings, externalIdField);
      await keepDeletedAway(tx, object, externalIdField);
    }
    const resolved = await resolveLocked(tx, object, mappings);
    counts.updated += resolved.updated;
    counts.failed += resolved.failed;
    counts.conflicts += resolved.conflicts;
  }
  const failures = await writeGuarded(tx, spec, mappings, counts);
  if (spec.table === 'person' && counts.new + linked > 0) {
    if (!firstCopy) await noteNewConversions(tx, object);
    await logWhatCameBefore(tx, object);
  }
  if (spec.table === 'person') await endMemberErrors(tx, object);
  await recordErrors(tx, object, 'pull updates', failures);
  counts.failed += failures.length;
  counts.skipped =
    staged -
    counts.new -
    counts.updated -
    counts.deleted -
    counts.undeleted -
    counts.failed -
    counts.postponed;
  await resolvePulled(tx, object);
  await dropRereads(tx, object, null, { staged: true });
  await emptyStaging(tx, object);
  return counts;
}

/**
 * Writes what is staged in one go. When the database refuses a row, those whose values do not cast
 * are taken out first; whatever else is refused (a constraint or trigger of the users' own) is found
 * by halving, so that one record never stops the others (N3).
 */
async function writeGuarded(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  counts: WriteCounts,
): Promise<RecordError[]> {
  const attempt = async (ids: string[] | null): Promise<unknown> => {
    try {
      const written = await tx.savepoint(() => writeSet(tx, spec, mappings, ids));
      for (const key of ['new', 'updated', 'deleted', 'undeleted'] as const) {
        counts[key] += written[key];
      }
      return null;
    } catch (error) {
      if (!isRowError(error)) throw error;
      return error;
    }
  };
  const failures: RecordError[] = [];
  const halve = async (ids: string[]): Promise<void> => {
    const refused = await attempt(ids);
    if (refused === null) return;
    if (ids.length === 1) {
      failures.push(refusal(ids[0]!, refused));
      await tx.query(`delete from ${stagingOf(spec.name)} where "Id" = $1`, [ids[0]!]);
      return;
    }
    const middle = ids.length >> 1;
    await halve(ids.slice(0, middle));
    await halve(ids.slice(middle));
  };
  if ((await attempt(null)) === null) return failures;
  for (const { id, fields } of await removeUncastable(tx, spec.name, mappings)) {
    failures.push(uncastable(id, fields));
  }
  const { rows } = await tx.query<{ id: string }>(
    `select "Id" as id from ${stagingOf(spec.name)} order by 1`,
  );
  if (rows.length > 0) await halve(rows.map(({ id }) => id));
  return failures;
}

/** Nothing more is pushed to somebody who is deleted there: what was refused of its memberships is over (C8). */
async function endMemberErrors(tx: Transaction, object: string): Promise<void> {
  await tx.query(
    `update tandem.sync_error e set resolved_at = clock_timestamp()
     from ${stagingOf(object)} s join marketing.person p on p.sfdc_id = s."Id"
     where p.sfdc_is_deleted and e.person_id = p.id and e.object = 'CampaignMember'
       and e.resolved_at is null`,
  );
}

/** What is still staged has gone through: errors of earlier tries are over. */
async function resolvePulled(tx: Transaction, object: string): Promise<void> {
  await tx.query(
    `update tandem.sync_error e set resolved_at = clock_timestamp()
     from ${stagingOf(object)} s
     where e.object = $1 and e.operation = 'pull updates' and e.resolved_at is null
       and e.record = s."Id"`,
    [object],
  );
}
