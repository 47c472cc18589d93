import type { PoolClient } from 'pg';
import {
  entityIsDeleted,
  foreignKeyAmbiguous,
  foreignKeyNotFound,
  inactiveOwner,
  insufficientAccessOnReference,
  invalidCrossReference,
  recordTypeNotValid,
  type SalesforceError,
} from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { unseenIds } from '../sharing.ts';
import { quote, tableSql } from '../storage.ts';
import { findField, hasField, holdsOneOf, isLive, keyOf, keySql } from './fields.ts';
import type { Draft, WriteContext } from './types.ts';

/** Looks up the parents named by external id and puts their ids into the drafts. */
export async function findParents(client: PoolClient, context: WriteContext, drafts: Draft[]) {
  const groups = Map.groupBy(
    drafts.flatMap((draft) => draft.parents.map((parent) => ({ draft, parent }))),
    ({ parent }) => `${parent.parentObject}.${parent.externalField}`,
  );
  for (const group of groups.values()) {
    const { parentObject, externalField } = group[0]!.parent;
    const object = context.org.schema.object(parentObject)!;
    const field = findField(object, externalField)!;
    const ids = await idsByKey(
      client,
      object,
      field,
      group.map(({ parent }) => parent.value),
    );
    for (const { draft, parent } of group) {
      const [id, second] = ids.get(keyOf(field, parent.value)) ?? [];
      if (id === undefined)
        draft.errors.push(foreignKeyNotFound(parent.value, field.name, object.name));
      else if (second !== undefined)
        draft.errors.push(foreignKeyAmbiguous(parent.value, field.name, object.name));
      else draft.values.set(parent.field, id);
    }
  }
}

/** Ids of the live rows that hold these values in an external id field, by key; see keyOf. */
export async function idsByKey(
  client: PoolClient,
  object: SObject,
  field: Field,
  values: string[],
): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ id: string; key: string }>(
    `SELECT "Id" AS id, ${keySql(field)} AS key FROM ${tableSql(object)}
      WHERE ${holdsOneOf(field, '$1')} AND ${isLive(object)} ORDER BY "Id"`,
    [values.map((value) => keyOf(field, value))],
  );
  const found = new Map<string, string[]>();
  for (const { id, key } of rows) found.set(key, [...(found.get(key) ?? []), id]);
  return found;
}

interface ParentRow {
  Id: string;
  IsDeleted?: boolean;
  IsActive?: boolean;
  Type?: string;
  SobjectType?: string;
}

/** Checks that each reference points at a row that is there, alive and fit for it. */
export async function checkReferences(
  client: PoolClient,
  { org, session }: WriteContext,
  object: SObject,
  drafts: Draft[],
): Promise<void> {
  const fields = object.fields.filter(({ type }) => type === 'reference');
  const wanted = new Map<string, { ids: Set<string>; lock: boolean }>();
  for (const draft of drafts) {
    for (const field of fields) {
      const id = draft.values.get(field.name);
      if (id === null || id === undefined) continue;
      const parent = org.schema.objectByPrefix(id.slice(0, 3))?.name ?? '';
      const entry = wanted.get(parent) ?? { ids: new Set(), lock: false };
      entry.ids.add(id);
      entry.lock ||= field.onDelete === 'Cascade';
      wanted.set(parent, entry);
    }
  }
  const rows = new Map<string, ParentRow>();
  const unseen = new Set<string>();
  for (const [name, { ids, lock }] of wanted) {
    const parent = org.schema.object(name);
    if (parent === undefined) continue;
    for (const row of await parentRows(client, parent, [...ids], lock)) rows.set(row.Id, row);
    for (const id of await unseenIds(client, session, org, parent, [...ids])) unseen.add(id);
  }
  for (const draft of drafts) {
    for (const field of fields) {
      const id = draft.values.get(field.name);
      if (id === null || id === undefined) continue;
      const parent = org.schema.objectByPrefix(id.slice(0, 3));
      const visible =
        parent !== undefined && session.access.canRead(parent.name) && !unseen.has(id);
      const error =
        rows.has(id) && !visible && parent?.name !== 'RecordType'
          ? insufficientAccessOnReference()
          : refusal(object, field, id, rows.get(id));
      if (error === null) continue;
      draft.errors.push(error);
      break;
    }
  }
}

/** Parents whose delete would take the new row along are held, so that neither overtakes the other. */
async function parentRows(client: PoolClient, parent: SObject, ids: string[], lock: boolean) {
  const columns = ['Id', 'IsDeleted', 'IsActive', 'Type', 'SobjectType'].filter((name) =>
    hasField(parent, name),
  );
  const { rows } = await client.query<ParentRow>(
    `SELECT ${columns.map(quote).join(', ')} FROM ${tableSql(parent)}
      WHERE "Id" = ANY($1) ORDER BY "Id" ${lock ? 'FOR SHARE' : ''}`,
    [ids],
  );
  return rows;
}

function refusal(
  object: SObject,
  field: Field,
  id: string,
  row: ParentRow | undefined,
): SalesforceError | null {
  if (field.name === 'RecordTypeId') {
    const fits = row?.SobjectType === object.name && row.IsActive !== false;
    return fits ? null : recordTypeNotValid(field.label, field.name, id);
  }
  if (row === undefined) return invalidCrossReference();
  if (row.IsDeleted === true) return entityIsDeleted(400);
  if (field.name !== 'OwnerId') return null;
  if (id.startsWith('00G') && row.Type !== 'Queue') return invalidCrossReference();
  return row.IsActive === false ? inactiveOwner(id, object.name) : null;
}
