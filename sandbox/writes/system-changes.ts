import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { quote, tableSql } from '../storage.ts';
import { afterSave, beginSave } from './behaviour.ts';
import { hasField, isLive } from './fields.ts';
import { updateRows } from './rows.ts';
import { stampOf } from './stamp.ts';
import type { Draft, WriteContext } from './types.ts';

export interface RowChange {
  id: string;
  values: Record<string, string | null>;
}

const draftOf = ({ id, values }: RowChange, index: number): Draft => ({
  index,
  id,
  values: new Map(Object.entries(values)),
  parents: [],
  errors: [],
});

/**
 * Changes rows as a part of another write, such as a merge that gives them another parent: no
 * permission, validation or duplicate rule is asked, as no trigger is. SystemModstamp moves, what the
 * user changed last does not; what follows from the change (roll-ups, …) does.
 */
export async function changeRows(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  changes: RowChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const stamp = hasField(object, 'SystemModstamp')
    ? { SystemModstamp: stampOf(context.org.now()) }
    : {};
  const drafts = changes.map(({ id, values }, i) =>
    draftOf({ id, values: { ...values, ...stamp } }, i),
  );
  const save = await beginSave(client, object, 'update', drafts);
  // Rows whose changes name different fields cannot share a statement: what one does not name stays.
  for (const group of Map.groupBy(drafts, ({ values }) => [...values.keys()].join()).values())
    await updateRows(client, object, group);
  await afterSave(client, context, save);
}

/** Live rows of an object that refer to one of these ids, locked in the order of their ids. */
export async function rowsReferring(
  client: PoolClient,
  object: SObject,
  field: string,
  ids: string[],
  columns: string[] = [],
): Promise<Record<string, string | null>[]> {
  const selected = [...new Set(['Id', field, ...columns])].map(
    (name) => `${quote(name)}::text AS ${quote(name)}`,
  );
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT ${selected.join(', ')} FROM ${tableSql(object)}
      WHERE ${quote(field)} = ANY($1) AND ${isLive(object)} ORDER BY "Id" FOR UPDATE`,
    [ids],
  );
  return rows;
}

/** A whole row, locked, as text that normaliseValue reads; undefined when there is none. */
export async function lockWholeRow(
  client: PoolClient,
  object: SObject,
  id: string,
): Promise<Map<string, string | null> | undefined> {
  const { rows } = await client.query<{ row: Record<string, string | null> }>(
    `SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(target))) AS row
       FROM ${tableSql(object)} AS target WHERE "Id" = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] === undefined ? undefined : new Map(Object.entries(rows[0].row));
}
