import type { PoolClient } from 'pg';
import { readableFields } from '../resources/row-reader.ts';
import type { Field, SObject } from '../schema.ts';
import { columnSql, columnType, isStored, tableSql } from '../storage.ts';
import type { MatchItem, MatchingRule } from './duplicate-rule-data.ts';
import { findField, hasField } from './fields.ts';
import { candidateRows, patchesOf } from './rows.ts';
import type { Draft, WriteContext } from './types.ts';

/** As many as Salesforce names in one answer. */
const MOST = 100;

/** The duplicates of each row, by the row's id; rows without any are not in the answer. */
export async function findMatches(
  client: PoolClient,
  { org, converting }: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
  { object: name, any }: MatchingRule,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const other = org.schema.object(name);
  if (other === undefined || drafts.length === 0) return found;
  const live = ['IsDeleted', 'IsConverted']
    .filter((flag) => hasField(other, flag))
    .map((flag) => ` AND NOT other."${flag}"`);
  const pairs = any
    .map((items) => items.map((item) => comparison(object, other, item)))
    .filter((items) => items.length > 0 && items.every((item) => item !== null))
    .map(
      (items) => `SELECT mine."Id" AS id, other."Id" AS match FROM mine
         JOIN ${tableSql(other)} AS other ON ${items.join(' AND ')}
        WHERE other."Id" <> mine."Id" AND other."Id" IS DISTINCT FROM $2${live.join('')}`,
    );
  if (pairs.length === 0) return found;
  const { rows } = await client.query<{ id: string; match: string }>(
    `WITH mine AS MATERIALIZED (${candidateRows(object, kind)})
     ${pairs.join(' UNION ')} ORDER BY id, match`,
    [patchesOf(drafts), converting ?? null],
  );
  for (const { id, match } of rows) {
    const matches = found.get(id) ?? [];
    if (matches.length < MOST) found.set(id, [...matches, match]);
  }
  return found;
}

/** Null when one of the two has no such field. */
function comparison(object: SObject, other: SObject, { field, of, method }: MatchItem) {
  const mine = findField(object, field);
  const theirs = findField(other, of ?? field);
  if (mine === undefined || theirs === undefined) return null;
  const [one, two] = [keySql(object, mine, 'mine', method), keySql(other, theirs, 'other', method)];
  return `${two} = ${one}`;
}

/** Null for a blank, which equals nothing. An exact key of a text is that of its index. */
function keySql(object: SObject, field: Field, alias: string, method: MatchItem['method']): string {
  const column = columnSql(object, field, alias);
  if (method === 'Fuzzy')
    return `nullif(lower(regexp_replace(normalize((${column})::text, NFKD), '[^[:alnum:]]', '', 'g')), '')`;
  return isStored(field) && columnType(field) !== 'text' ? `(${column})::text` : `lower(${column})`;
}

/** The fields compared and the name, as far as the caller may see them, by the record's id. */
export async function detailsOf(
  client: PoolClient,
  { org, session }: WriteContext,
  { object: name, any }: MatchingRule,
  ids: string[],
): Promise<Map<string, Record<string, unknown>>> {
  const object = org.schema.object(name)!;
  const wanted = new Set(['Name', ...any.flat().map(({ field, of }) => of ?? field)]);
  const fields = readableFields(session, object).filter((field) => wanted.has(field.name));
  const columns = fields.map((field) => `'${field.name}', ${columnSql(object, field, 'found')}`);
  const { rows } = await client.query<{ id: string; details: Record<string, unknown> }>(
    `SELECT "Id" AS id, jsonb_build_object(${columns.join(', ')}) AS details
       FROM ${tableSql(object)} AS found WHERE "Id" = ANY($1)`,
    [ids],
  );
  return new Map(rows.map(({ id, details }) => [id, details]));
}
