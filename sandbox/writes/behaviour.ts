import type { PoolClient } from 'pg';
import type { SalesforceError } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { isStored, quote, tableSql } from '../storage.ts';
import { BEHAVIOURS } from './behaviours/index.ts';
import { findField } from './fields.ts';
import type { Draft, WriteContext } from './types.ts';

/** Rows of one object on their way into the table; `drafts` are those without an error so far. */
export interface Save {
  object: SObject;
  kind: 'insert' | 'update';
  drafts: Draft[];
  /**
   * Updates: what the rows held before, by id, in PostgreSQL's text form; only the fields that the
   * object's behaviours name in `reads`.
   */
  before: Map<string, Record<string, string | null>>;
}

/** What Salesforce does by itself when rows of an object are written. A number of statements per batch, not per row. */
export interface Behaviour {
  /** Fields whose former values an update needs in `Save.before`. */
  reads?: readonly string[];
  /** Before validation rules and unique values are checked: may set values of drafts and push errors. */
  beforeSave?(client: PoolClient, context: WriteContext, save: Save): Promise<void> | void;
  /** In the same transaction, when the rows are in the table. */
  afterSave?(client: PoolClient, context: WriteContext, save: Save): Promise<void>;
  /** Rows that a request asks to delete and that must stay, with the reason. */
  beforeDelete?(
    client: PoolClient,
    context: WriteContext,
    ids: string[],
  ): Promise<Map<string, SalesforceError>>;
  /** Rows in the bin (or gone, where the object has none), those that a parent took along included. */
  afterDelete?(client: PoolClient, context: WriteContext, ids: string[]): Promise<void>;
  /** As afterDelete, for rows that came back. */
  afterUndelete?(client: PoolClient, context: WriteContext, ids: string[]): Promise<void>;
}

const behavioursOf = (object: SObject): readonly Behaviour[] => BEHAVIOURS[object.name] ?? [];

const sound = (save: Save): Save => ({
  ...save,
  drafts: save.drafts.filter(({ errors }) => errors.length === 0),
});

/** Reads what updates are about to change; inserts have nothing to read. */
export async function beginSave(
  client: PoolClient,
  object: SObject,
  kind: Save['kind'],
  drafts: Draft[],
): Promise<Save> {
  const save: Save = { object, kind, drafts, before: new Map() };
  const fields = [...new Set(behavioursOf(object).flatMap(({ reads }) => reads ?? []))]
    .map((name) => findField(object, name))
    .filter((field) => field !== undefined && isStored(field))
    .map((field) => quote(field!.name));
  if (kind === 'insert' || fields.length === 0 || drafts.length === 0) return save;
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT "Id", ${fields.map((name) => `${name}::text AS ${name}`).join(', ')}
       FROM ${tableSql(object)} WHERE "Id" = ANY($1)`,
    [drafts.map(({ id }) => id)],
  );
  for (const row of rows) save.before.set(row.Id!, row);
  return save;
}

export async function beforeSave(client: PoolClient, context: WriteContext, save: Save) {
  for (const behaviour of behavioursOf(save.object)) {
    const rest = sound(save);
    if (rest.drafts.length > 0) await behaviour.beforeSave?.(client, context, rest);
  }
}

export async function afterSave(client: PoolClient, context: WriteContext, save: Save) {
  const rest = sound(save);
  if (rest.drafts.length === 0) return;
  for (const behaviour of behavioursOf(save.object))
    await behaviour.afterSave?.(client, context, rest);
}

export async function beforeDelete(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  ids: string[],
): Promise<Map<string, SalesforceError>> {
  const refused = new Map<string, SalesforceError>();
  if (ids.length === 0) return refused;
  for (const behaviour of behavioursOf(object)) {
    const found = (await behaviour.beforeDelete?.(client, context, ids)) ?? [];
    for (const [id, error] of found) refused.set(id, error);
  }
  return refused;
}

export async function afterDelete(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  ids: string[],
) {
  if (ids.length === 0) return;
  for (const behaviour of behavioursOf(object)) await behaviour.afterDelete?.(client, context, ids);
}

export async function afterUndelete(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  ids: string[],
) {
  if (ids.length === 0) return;
  for (const behaviour of behavioursOf(object))
    await behaviour.afterUndelete?.(client, context, ids);
}
