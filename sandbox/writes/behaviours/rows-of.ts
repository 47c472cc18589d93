import type { PoolClient } from 'pg';
import type { Org } from '../../org.ts';
import type { SObject } from '../../schema.ts';
import { isStored } from '../../storage.ts';
import { findField } from '../fields.ts';
import type { Draft } from '../types.ts';

/** Whether the object has a column of its own for the field. */
export function hasColumn(object: SObject | undefined, name: string): object is SObject {
  const field = object === undefined ? undefined : findField(object, name);
  return field !== undefined && isStored(field);
}

/** Sets a value where the object has a column for it. */
export function setValue(object: SObject, draft: Draft, name: string, value: string | null): void {
  if (hasColumn(object, name)) draft.values.set(name, value);
}

/** What the row will hold: the draft's value, else what it held before. */
export const valueAfter = (
  draft: Draft,
  before: Record<string, string | null> | undefined,
  name: string,
): string | null => (draft.values.has(name) ? draft.values.get(name)! : (before?.[name] ?? null));

/** The values of a field over drafts and their rows before, each once. */
export const distinct = (values: Iterable<string | null | undefined>): string[] =>
  [...new Set(values)].filter((value) => value !== null && value !== undefined);

/** Live rows by id with these columns, in text form; none for an object that the org has not. */
export async function rowsById(
  client: PoolClient,
  org: Org,
  objectName: string,
  ids: string[],
  columns: string[],
): Promise<Map<string, Record<string, string | null>>> {
  const object = org.schema.object(objectName);
  if (object === undefined || ids.length === 0) return new Map();
  const present = columns.filter((name) => hasColumn(object, name));
  const { rows } = await client.query(
    `SELECT "Id", ${present.map((name) => `"${name}"::text AS "${name}"`).join(', ')}
       FROM org."${object.name}" WHERE "Id" = ANY($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.Id, row]));
}
