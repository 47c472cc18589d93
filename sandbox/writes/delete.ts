import type { PoolClient } from 'pg';
import {
  deleteFailed,
  entityIsDeleted,
  insufficientAccess,
  invalidCrossReference,
  unableToLock,
} from '../errors.ts';
import type { SObject } from '../schema.ts';
import { quote, tableSql } from '../storage.ts';
import { type Outcome, runBatch, unharmed } from './batch.ts';
import { afterDelete, beforeDelete } from './behaviour.ts';
import { type Doomed, findDescendants, type Hold, lookupsTo, nameSql } from './descendants.ts';
import { hasField, isLive } from './fields.ts';
import { lockWithAhead } from './lock-ahead.ts';
import { refuseUnshared } from './refuse-unshared.ts';
import { stampOf } from './stamp.ts';
import type { RecordResult, SaveOptions, WriteContext } from './types.ts';
import { outcomesOf, refuseEach } from './update.ts';

/**
 * Moves rows of one object to the recycle bin, with what cascades from them; lookups to them are
 * emptied. Objects without a recycle bin lose their rows at once.
 */
export async function deleteRecords(
  context: WriteContext,
  object: SObject,
  ids: string[],
  options: SaveOptions = {},
): Promise<RecordResult[]> {
  const { access } = context.session;
  if (!object.deletable || !access.canDelete(object.name))
    return refuseEach(object, ids, insufficientAccess);
  return runBatch(context, object, ids.length, options, async (client, isStruck) => {
    const outcomes = outcomesOf(object, ids);
    for (const { index, id, errors } of unharmed(outcomes))
      if (isStruck(index)) errors.push(unableToLock([id!]));
    await deleteRows(client, context, object, outcomes);
    return outcomes;
  });
}

async function deleteRows(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  outcomes: Outcome[],
): Promise<void> {
  const standing = () => unharmed(outcomes);
  const wanted = standing().map(({ id }) => id!);
  const reach = await findDescendants(client, context.org, object, wanted, '');
  const locked = await lockWithAhead(client, context, object, wanted, reach.doomed);
  const seen = new Set<string>();
  for (const { id, errors } of standing()) {
    const row = locked.rows.get(id!);
    if (locked.unavailable.has(id!)) errors.push(unableToLock([id!]));
    else if (row === undefined) errors.push(invalidCrossReference(404));
    else if (row.IsDeleted === true || seen.has(id!)) errors.push(entityIsDeleted());
    seen.add(id!);
  }
  await refuseUnshared(client, context, object, standing());
  const kept = await beforeDelete(
    client,
    context,
    object,
    standing().map(({ id }) => id!),
  );
  for (const { id, errors } of standing()) if (kept.has(id!)) errors.push(kept.get(id!)!);
  const ids = standing().map(({ id }) => id!);
  const { doomed, refused } = await findDescendants(client, context.org, object, ids);
  await refuseHeld(client, object, standing(), refused);
  await discard(client, context, doomed);
}

/** Moves rows to the bin, with what cascades from them, as a part of another write. */
export async function discardRows(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  ids: string[],
): Promise<void> {
  const { doomed } = await findDescendants(client, context.org, object, ids);
  await discard(client, context, doomed);
}

async function discard(client: PoolClient, context: WriteContext, doomed: Doomed[]) {
  const stamp = stampOf(context.org.now());
  const groups = Map.groupBy(doomed, (one) => one.object);
  for (const [child, rows] of groups) {
    await emptyLookups(client, context, child, rows, stamp);
    await binRows(client, context, child, rows, stamp);
  }
  for (const [child, rows] of groups) {
    const gone = rows.map(({ id }) => id);
    await afterDelete(client, context, child, gone);
  }
}

async function refuseHeld(
  client: PoolClient,
  object: SObject,
  outcomes: Outcome[],
  refused: Map<string, Hold>,
): Promise<void> {
  if (refused.size === 0) return;
  const { rows } = await client.query<{ id: string; name: string }>(
    `SELECT "Id" AS id, ${nameSql(object)} AS name FROM ${tableSql(object)} WHERE "Id" = ANY($1)`,
    [[...refused.keys()]],
  );
  for (const { id, name } of rows) {
    const { things, names } = refused.get(id)!;
    outcomes.find((outcome) => outcome.id === id)?.errors.push(deleteFailed(name, things, names));
  }
}

/** Lookups to rows that go become null; what they held is kept for an undelete. */
async function emptyLookups(
  client: PoolClient,
  { org }: WriteContext,
  parent: SObject,
  rows: Doomed[],
  stamp: string,
): Promise<void> {
  for (const { child, field } of lookupsTo(org, parent)) {
    if (field.onDelete !== 'SetNull' && field.keptBy === undefined) continue;
    const kept = field.keptBy === undefined ? '' : ` AND ${quote(field.keptBy)} IS NOT NULL`;
    const column = quote(field.name);
    const moved = hasField(child, 'SystemModstamp') ? ', "SystemModstamp" = $2' : '';
    await client.query(
      `WITH held AS (
         SELECT "Id", ${column} AS parent_id FROM ${tableSql(child)}
          WHERE ${column} = ANY($1) AND ${isLive(child)}${kept} ORDER BY "Id" FOR UPDATE
       ), kept AS (
         INSERT INTO org_meta.emptied_lookup (row_id, object, field, parent_id)
         SELECT "Id", $3, $4, parent_id FROM held
         ON CONFLICT (row_id, field) DO UPDATE SET parent_id = EXCLUDED.parent_id
       )
       UPDATE ${tableSql(child)} AS target SET ${column} = NULL${moved}
         FROM held WHERE target."Id" = held."Id" AND $2::timestamptz IS NOT NULL`,
      [rows.map(({ id }) => id), stamp, child.name, field.name],
    );
  }
}

async function binRows(
  client: PoolClient,
  { session }: WriteContext,
  object: SObject,
  rows: Doomed[],
  stamp: string,
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await client.query(
    `INSERT INTO org_meta.deletion (id, object, root_id, deleted_at)
     SELECT id, $3, root_id, $4 FROM unnest($1::text[], $2::text[]) AS gone(id, root_id)
     ON CONFLICT (id) DO UPDATE SET root_id = EXCLUDED.root_id, deleted_at = EXCLUDED.deleted_at`,
    [ids, rows.map(({ rootId }) => rootId), object.name, stamp],
  );
  if (!hasField(object, 'IsDeleted')) {
    await client.query(`DELETE FROM ${tableSql(object)} WHERE "Id" = ANY($1)`, [ids]);
    return;
  }
  await client.query(
    `UPDATE ${tableSql(object)} SET "IsDeleted" = true${stampsSql(object)} WHERE "Id" = ANY($1)`,
    [ids, stamp, session.userId].slice(0, stampsSql(object) === '' ? 1 : 3),
  );
}

/** `, column = …` of the stamps the object has; $2 is the time, $3 the user. */
export function stampsSql(object: SObject): string {
  const stamps = { LastModifiedDate: '$2', LastModifiedById: '$3', SystemModstamp: '$2' };
  return Object.entries(stamps)
    .filter(([name]) => hasField(object, name))
    .map(([name, value]) => `, ${quote(name)} = ${value}`)
    .join('');
}
