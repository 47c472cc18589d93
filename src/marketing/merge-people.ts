import { type ConflictEntry, recordConflicts } from '../ledger/conflicts.ts';
import { resolveErrors } from '../ledger/sync-errors.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled, isPushed } from '../sync/field-map.ts';
import { mergeRecord } from '../sync/merge.ts';
import { normalise, type Value } from '../sync/value.ts';
import { asText, quote } from './columns.ts';
import type { Transaction } from './database.ts';
import type { StagedRow } from './staging.ts';

export interface MergedPerson {
  personId: string;
  sfdcId: string;
  /** All pending changes of the person that are left, oldest first. */
  pendingIds: string[];
  /** Column → value that Salesforce has to get. */
  push: Record<string, Value>;
  /** True when marketing's row was written. */
  written: boolean;
  conflicts: number;
}

interface Edit {
  id: string;
  old: Record<string, string | null>;
  at: string;
}

interface PersonState {
  id: string;
  sfdc_id: string;
  edits: Edit[];
  /** Column → current value as text. */
  current: Record<string, string | null>;
}

/**
 * The three-way merge of what Salesforce has now with local edits not yet pushed (C3), for people
 * the caller has locked. `rows` are Salesforce's, each with Id and SystemModstamp. Writes marketing,
 * settles or rebases the pending changes, and records conflicts. People without a pending change
 * are left alone and not returned. Run again it changes nothing.
 */
export async function mergePeople(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
  rows: readonly StagedRow[],
): Promise<MergedPerson[]> {
  const own = mappings.filter(
    (mapping) =>
      mapping.object === object &&
      mapping.field !== 'Id' &&
      (isPulled(mapping) || isPushed(mapping)),
  );
  const bySfdcId = new Map(rows.map((row) => [String(row.Id), row]));
  const people = await readStates(tx, own, [...bySfdcId.keys()]);
  const writes: { id: string; values: Record<string, Value> }[] = [];
  const edits: Edit[] = [];
  const conflicts: ConflictEntry[] = [];
  const merged = people.map((person): MergedPerson => {
    const row = bySfdcId.get(person.sfdc_id)!;
    const result = mergeState(own, person, row);
    if (Object.keys(result.write).length > 0) writes.push({ id: person.id, values: result.write });
    const { kept, changed } = rebase(person.edits, result.settled, result.rebase);
    edits.push(...changed);
    for (const conflict of result.conflicts) {
      conflicts.push({ ...conflict, object, personId: person.id, sfdcId: person.sfdc_id });
    }
    return {
      personId: person.id,
      sfdcId: person.sfdc_id,
      pendingIds: kept.map(({ id }) => id),
      push: result.push,
      written: Object.keys(result.write).length > 0,
      conflicts: result.conflicts.length,
    };
  });
  await writeValues(tx, own, writes);
  await writeEdits(tx, edits);
  await recordConflicts(tx, conflicts);
  // With nothing left to push, or nobody to push it to (C8), an error of an earlier push is over.
  const settled = merged.filter(
    ({ pendingIds, sfdcId }) =>
      pendingIds.length === 0 || normalise('boolean', bySfdcId.get(sfdcId)!.IsDeleted) === 'true',
  );
  await resolveErrors(
    tx,
    object,
    'push updates',
    settled.map(({ personId }) => personId),
  );
  return merged;
}

async function readStates(
  tx: Transaction,
  mappings: readonly FieldMapping[],
  sfdcIds: readonly string[],
): Promise<PersonState[]> {
  const pairs = mappings.map(
    ({ column, columnType }) => [column, asText(columnType, `p.${quote(column)}`)] as const,
  );
  const { rows } = await tx.query<Omit<PersonState, 'current'> & { values: (string | null)[] }>(
    `select p.id, p.sfdc_id, e.edits, array[${pairs.map(([, text]) => text).join(', ')}]::text[] as values
     from unnest($1::text[]) wanted(id)
     join marketing.person p on p.sfdc_id = wanted.id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('id', c.id::text, 'old', c.old, 'at', c.at) order by c.id)
         as edits
       from tandem.pending_change c where c.person_id = p.id
     ) e
     where e.edits is not null
     order by p.id`,
    [[...sfdcIds]],
  );
  return rows.map(({ values, ...person }) => ({
    ...person,
    current: Object.fromEntries(pairs.map(([column], index) => [column, values[index] ?? null])),
  }));
}

function mergeState(mappings: readonly FieldMapping[], person: PersonState, row: StagedRow) {
  const base: Record<string, Value> = {};
  const salesforce: Record<string, Value> = {};
  const marketing: Record<string, Value> = {};
  for (const { field, column, type } of mappings) {
    marketing[column] = normalise(type, person.current[column]);
    if (row[field] !== undefined) salesforce[column] = normalise(type, row[field]);
    const olds = person.edits.flatMap(({ old }) =>
      column in old ? [normalise(type, old[column])] : [],
    );
    if (olds.length > 0) {
      // A value that marketing held in between, and that Salesforce holds now, is what both agreed
      // on last: an earlier push arrived, but its answer was lost (N1).
      const agreed = salesforce[column] !== undefined && olds.includes(salesforce[column]);
      base[column] = agreed ? salesforce[column]! : olds[0]!;
    }
  }
  const times = {
    salesforce: normalise('datetime', row.SystemModstamp) ?? '',
    marketing: Object.fromEntries(
      person.edits.flatMap(({ old, at }) =>
        Object.keys(old).map((column) => [column, normalise('datetime', at) ?? '']),
      ),
    ),
  };
  return mergeRecord({ fields: mappings, base, salesforce, marketing, times });
}

/**
 * Takes the settled columns out of the edits, and gives the others Salesforce's value as base. The
 * base goes into the oldest edit that holds the column: a push in flight drops edits by id, and a
 * later one must keep its own old value.
 */
function rebase(
  edits: readonly Edit[],
  settled: readonly string[],
  bases: Readonly<Record<string, Value>>,
): { kept: Edit[]; changed: Edit[] } {
  const left = { ...bases };
  const changed: Edit[] = [];
  const kept: Edit[] = [];
  for (const edit of edits) {
    const old = { ...edit.old };
    for (const column of settled) delete old[column];
    for (const [column, base] of Object.entries(left)) {
      if (!(column in old)) continue;
      old[column] = base;
      delete left[column];
    }
    const next = { ...edit, old };
    const same =
      Object.keys(old).length === Object.keys(edit.old).length &&
      Object.entries(old).every(([column, value]) => edit.old[column] === value);
    if (!same) changed.push(next);
    if (Object.keys(old).length > 0) kept.push(next);
  }
  return { kept, changed };
}

/** Writes each person's own set of columns, all people in one statement. */
async function writeValues(
  tx: Transaction,
  mappings: readonly FieldMapping[],
  writes: readonly { id: string; values: Record<string, Value> }[],
): Promise<void> {
  if (writes.length === 0) return;
  const touched = new Set(writes.flatMap(({ values }) => Object.keys(values)));
  const sets = mappings
    .filter(({ column }) => touched.has(column))
    .map(({ column, columnType }) => {
      const key = `'${column.replaceAll("'", "''")}'`;
      return `${quote(column)} = case when w.values ? ${key}
        then (w.values ->> ${key})::${columnType} else p.${quote(column)} end`;
    });
  await tx.query(
    `update marketing.person p set ${sets.join(', ')}
     from jsonb_to_recordset($1) as w(id uuid, values jsonb) where p.id = w.id`,
    [JSON.stringify(writes)],
  );
}

async function writeEdits(tx: Transaction, edits: readonly Edit[]): Promise<void> {
  if (edits.length === 0) return;
  const empty = edits.filter(({ old }) => Object.keys(old).length === 0).map(({ id }) => id);
  const kept = edits.filter(({ old }) => Object.keys(old).length > 0);
  if (empty.length > 0) {
    await tx.query('delete from tandem.pending_change where id = any($1::bigint[])', [empty]);
  }
  if (kept.length > 0) {
    await tx.query(
      `update tandem.pending_change c set old = n.old
       from jsonb_to_recordset($1) as n(id bigint, old jsonb) where c.id = n.id`,
      [JSON.stringify(kept.map(({ id, old }) => ({ id, old })))],
    );
  }
}
