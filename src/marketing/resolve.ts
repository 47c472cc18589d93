import { type RecordError, recordErrors } from '../ledger/sync-errors.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled } from '../sync/field-map.ts';
import type { WriteInput } from './apply.ts';
import { quote, stagingOf } from './columns.ts';
import type { Database, RecordCounts, Transaction } from './database.ts';
import { isRowError } from './errors.ts';
import { mergePeople } from './merge-people.ts';
import { refusal } from './refusal.ts';
import { prepareStaged, type StagedRow } from './staging.ts';

export interface Resolved {
  /** People whose staged row was merged with local edits. */
  merged: number;
  /** Those among them whose row in marketing was written. */
  updated: number;
  failed: number;
  conflicts: number;
}

const NOTHING: Resolved = { merged: 0, updated: 0, failed: 0, conflicts: 0 };

/** Bounds memory: rows of the widest objects are some 100 KB each. */
const CHUNK = 500;

/**
 * Step 2 of a cycle: merges the staged rows of people with pending changes, and takes them out of
 * staging; one transaction (C3). People locked by another session are left to writeStaged, which
 * waits for them. Nothing to do for objects that are pulled only.
 * @throws StagingReplaced
 */
export async function resolveStaged(
  db: Database,
  { spec, mappings, batch }: Pick<WriteInput, 'spec' | 'mappings' | 'batch'>,
  record?: RecordCounts<Resolved>,
): Promise<Resolved> {
  if (spec.table !== 'person') return NOTHING;
  return db.syncTransaction(async (tx) => {
    if ((await prepareStaged(tx, spec.name, batch)) === 0) return NOTHING;
    const resolved = await resolveIn(tx, spec.name, mappings, await lockPending(tx, spec.name));
    await record?.(tx, resolved);
    return resolved;
  });
}

/** resolveStaged within a transaction that has locked all people with a staged row. */
export async function resolveLocked(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<Resolved> {
  return resolveIn(tx, object, mappings, await lockPending(tx, object));
}

/**
 * Salesforce ids of the staged rows whose person has pending changes. OFFSET 0 and
 * LIMIT 1 keep the plan going from the staged rows by index: led by a wrong estimate it would walk
 * through all people, or compare each of them with each edit.
 */
async function lockPending(tx: Transaction, object: string): Promise<string[]> {
  const { rows } = await tx.query<{ sfdc_id: string }>(
    `select p.sfdc_id from (
       select found.id from ${stagingOf(object)} s
       cross join lateral (
         select p.id from marketing.person p where p.sfdc_id = s."Id" offset 0
       ) found
       cross join lateral (
         select from tandem.pending_change c where c.person_id = found.id limit 1
       ) edited
       offset 0
     ) pending
     join marketing.person p on p.id = pending.id
     order by p.sfdc_id for no key update of p skip locked`,
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

async function resolveIn(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
  sfdcIds: readonly string[],
): Promise<Resolved> {
  const resolved = { ...NOTHING };
  const failures: RecordError[] = [];
  const fields = stagedFields(object, mappings).map((field) => `s.${quote(field)}`);
  for (let start = 0; start < sfdcIds.length; start += CHUNK) {
    const { rows } = await tx.query<StagedRow>(
      `delete from ${stagingOf(object)} s where s."Id" = any($1) returning ${fields.join(', ')}`,
      [sfdcIds.slice(start, start + CHUNK)],
    );
    await mergeGuarded(tx, object, mappings, rows, resolved, failures);
  }
  await tx.query(
    `update marketing.person set sfdc_out_of_scope = false
     where sfdc_id = any($1) and sfdc_out_of_scope`,
    [[...sfdcIds]],
  );
  await recordErrors(tx, object, 'pull updates', failures);
  resolved.failed = failures.length;
  return resolved;
}

/** Halves the rows until those that the database refuses stand alone (N3). */
async function mergeGuarded(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
  rows: readonly StagedRow[],
  resolved: Resolved,
  failures: RecordError[],
): Promise<void> {
  if (rows.length === 0) return;
  try {
    const merged = await tx.savepoint(() => mergePeople(tx, object, mappings, rows));
    for (const person of merged) {
      resolved.merged += 1;
      if (person.written) resolved.updated += 1;
      resolved.conflicts += person.conflicts;
    }
  } catch (error) {
    if (!isRowError(error)) throw error;
    if (rows.length === 1) {
      failures.push(refusal(String(rows[0]!.Id), error));
      return;
    }
    const middle = rows.length >> 1;
    for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
      await mergeGuarded(tx, object, mappings, half, resolved, failures);
    }
  }
}

function stagedFields(object: string, mappings: readonly FieldMapping[]): string[] {
  const pulled = mappings
    .filter((mapping) => mapping.object === object && isPulled(mapping))
    .map(({ field }) => field);
  return [...new Set(['Id', 'SystemModstamp', ...pulled])];
}
