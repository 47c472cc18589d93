import type { ConflictRule, Direction } from './objects.ts';
import type { Value } from './value.ts';

export type Side = 'salesforce' | 'marketing';

/** When Salesforce last changed the record, and marketing the field; ISO 8601 in UTC, used by the rule `latest` only. */
export interface ChangeTimes {
  salesforce: string;
  marketing: string;
}

export interface FieldMergeInput {
  /** The value both sides last agreed on; undefined when marketing has no pending change of the field. */
  base: Value | undefined;
  salesforce: Value;
  marketing: Value;
  direction: Direction;
  rule: ConflictRule;
  times: ChangeTimes;
}

/** Both sides changed one field to different values (rule C3). */
export interface Conflict {
  base: Value;
  salesforce: Value;
  marketing: Value;
  winner: Side;
}

export interface FieldMerge {
  /** What marketing shall hold. */
  value: Value;
  /** Must Salesforce be written? Then a pending change stays, its base becoming Salesforce's value. */
  push: boolean;
  conflict: Conflict | null;
}

/**
 * The three-way merge of one field (rule C3), all values normalised (value.ts).
 *
 * | direction both                    | value      | push | conflict |
 * |-----------------------------------|------------|------|----------|
 * | no pending change here            | salesforce | no   |          |
 * | both sides the same               | that       | no   |          |
 * | only marketing differs from base  | marketing  | yes  |          |
 * | only Salesforce differs from base | salesforce | no   |          |
 * | both differ, from each other too  | by rule    | if marketing wins | yes |
 *
 * `pull`: Salesforce's value stands, as for accounts (rule D1); an edit from when the field went both ways loses
 * to it (rule N1). `push`: marketing's does. `off`: nothing moves.
 * With `latest` and equal times Salesforce wins: its time belongs to the whole record and can only be
 * later than the field's own change.
 */
export function mergeField(input: FieldMergeInput): FieldMerge {
  const { base, salesforce, marketing, direction } = input;
  const keep: FieldMerge = { value: marketing, push: false, conflict: null };
  const take: FieldMerge = { value: salesforce, push: false, conflict: null };
  const send: FieldMerge = { value: marketing, push: true, conflict: null };
  if (direction === 'off') return keep;
  if (direction === 'pull') {
    const lost = base !== undefined && marketing !== base && marketing !== salesforce;
    const conflict: Conflict = { base: base ?? null, salesforce, marketing, winner: 'salesforce' };
    return lost ? { ...take, conflict } : take;
  }
  if (salesforce === marketing) return keep;
  if (direction === 'push') return base === undefined ? keep : send;
  if (base === undefined || marketing === base) return take;
  if (salesforce === base) return send;
  const winner = winnerOf(input.rule, input.times);
  const conflict: Conflict = { base, salesforce, marketing, winner };
  return { ...(winner === 'marketing' ? send : take), conflict };
}

function winnerOf(rule: ConflictRule, times: ChangeTimes): Side {
  if (rule !== 'latest') return rule;
  return Date.parse(times.marketing) > Date.parse(times.salesforce) ? 'marketing' : 'salesforce';
}

/** The part of a FieldMapping that the merge needs. */
export interface MergeField {
  field: string;
  column: string;
  direction: Direction;
  conflict: ConflictRule;
}

export interface RecordMergeInput {
  /** The fields that were read on both sides. */
  fields: readonly MergeField[];
  /** Column → base, for the columns with a pending change only. */
  base: Readonly<Record<string, Value>>;
  /** Column → value; a column that is absent was not read and is left alone. */
  salesforce: Readonly<Record<string, Value>>;
  marketing: Readonly<Record<string, Value>>;
  /** Salesforce's time is the record's; marketing's is each column's own, where it has a pending change. */
  times: { salesforce: string; marketing: Readonly<Record<string, string>> };
}

export interface FieldConflict extends Conflict {
  field: string;
  column: string;
}

export interface RecordMerge {
  /** Column → value, where marketing has to change. */
  write: Record<string, Value>;
  /** Column → value that Salesforce has to get; these stay pending. */
  push: Record<string, Value>;
  /** Column → Salesforce's value now: the new base of each column in `push`. */
  rebase: Record<string, Value>;
  /** Columns whose pending change is settled, without a push. */
  settled: string[];
  conflicts: FieldConflict[];
}

/** Merges a record field by field: changes to different fields both survive (rule C3). */
export function mergeRecord(input: RecordMergeInput): RecordMerge {
  const merged: RecordMerge = { write: {}, push: {}, rebase: {}, settled: [], conflicts: [] };
  for (const { field, column, direction, conflict: rule } of input.fields) {
    const salesforce = input.salesforce[column];
    if (salesforce === undefined) continue;
    const marketing = input.marketing[column] ?? null;
    const base = input.base[column];
    const times = {
      salesforce: input.times.salesforce,
      marketing: input.times.marketing[column] ?? '',
    };
    const result = mergeField({ base, salesforce, marketing, direction, rule, times });
    if (result.value !== marketing) merged.write[column] = result.value;
    if (result.push) {
      merged.push[column] = result.value;
      merged.rebase[column] = salesforce;
    } else if (base !== undefined) {
      merged.settled.push(column);
    }
    if (result.conflict) merged.conflicts.push({ field, column, ...result.conflict });
  }
  return merged;
}
