import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { quote, sequenceSql, tableSql } from '../storage.ts';
import type { Draft } from './types.ts';

/** The drafts as one JSON parameter: an array of objects, column → text. */
export const patchesOf = (drafts: Draft[]): string =>
  JSON.stringify(drafts.map(({ id, values }) => ({ ...Object.fromEntries(values), Id: id })));

/**
 * SQL of whole rows as they are to become, from the patches in $1: for an update, what a patch does
 * not name stays as it is in the table.
 */
export function candidateRows(object: SObject, kind: 'insert' | 'update'): string {
  const table = tableSql(object);
  if (kind === 'insert') return `SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`;
  return `SELECT changed.*
       FROM jsonb_array_elements($1::jsonb) AS patch
       JOIN ${table} AS old ON old."Id" = patch ->> 'Id'
      CROSS JOIN LATERAL jsonb_populate_record(old, patch) AS changed`;
}

const columnsOf = (drafts: Draft[]) => [
  ...new Set(drafts.flatMap(({ values }) => [...values.keys()])),
];

export async function insertRows(client: PoolClient, object: SObject, drafts: Draft[]) {
  if (drafts.length === 0) return;
  const columns = ['Id', ...columnsOf(drafts)].map(quote).join(', ');
  await client.query(
    `INSERT INTO ${tableSql(object)} (${columns})
     SELECT ${columns} FROM (${candidateRows(object, 'insert')}) AS row`,
    [patchesOf(drafts)],
  );
}

export async function updateRows(client: PoolClient, object: SObject, drafts: Draft[]) {
  if (drafts.length === 0) return;
  const set = columnsOf(drafts).map((name) => `${quote(name)} = new.${quote(name)}`);
  await client.query(
    `UPDATE ${tableSql(object)} AS row SET ${set.join(', ')}
       FROM (${candidateRows(object, 'update')}) AS new WHERE row."Id" = new."Id"`,
    [patchesOf(drafts)],
  );
}

/** New ids, one for each draft. */
export async function giveIds(client: PoolClient, object: SObject, drafts: Draft[]) {
  if (drafts.length === 0) return;
  const { rows } = await client.query<{ id: string }>(
    `SELECT org_meta.make_id($1, nextval('${sequenceSql(object).replaceAll("'", "''")}')) AS id
       FROM generate_series(1, $2)`,
    [object.keyPrefix, drafts.length],
  );
  for (const [i, draft] of drafts.entries()) draft.id = rows[i]!.id;
}

/** What the write path needs to know of a row before it changes it. */
export interface LockedRow {
  Id: string;
  IsDeleted?: boolean;
  IsConverted?: boolean;
}
