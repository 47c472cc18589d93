import type { PoolClient } from 'pg';
import { duplicateValue, insufficientAccess, undeleteFailed } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { isStored, quote, tableSql } from '../storage.ts';
import { type Outcome, runBatch, unharmed } from './batch.ts';
import { afterUndelete } from './behaviour.ts';
import { stampsSql } from './delete.ts';
import { hasField, keySql } from './fields.ts';
import { holdBack } from './hold-back.ts';
import { lockWithAhead } from './lock-ahead.ts';
import { refuseUnshared } from './refuse-unshared.ts';
import { stampOf } from './stamp.ts';
import type { RecordResult, SaveOptions, WriteContext } from './types.ts';
import { outcomesOf, refuseEach } from './update.ts';

/** Brings rows of one object back from the recycle bin, with what went with them. */
export async function undeleteRecords(
  context: WriteContext,
  object: SObject,
  ids: string[],
  options: SaveOptions = {},
): Promise<RecordResult[]> {
  if (!object.undeletable) return refuseEach(object, ids, undeleteFailed);
  if (!context.session.access.canDelete(object.name))
    return refuseEach(object, ids, insufficientAccess);
  return runBatch(context, object, ids.length, options, async (client) => {
    const outcomes = outcomesOf(object, ids);
    await undeleteRows(client, context, object, outcomes);
    return outcomes;
  });
}

async function undeleteRows(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  outcomes: Outcome[],
): Promise<void> {
  const standing = () => unharmed(outcomes);
  const wanted = standing().map(({ id }) => id!);
  const along = await goneWith(client, context, object, wanted);
  const { rows } = await lockWithAhead(client, context, object, wanted, along);
  const seen = new Set<string>();
  for (const { id, errors } of standing()) {
    if (rows.get(id!)?.IsDeleted !== true || seen.has(id!)) errors.push(undeleteFailed());
    seen.add(id!);
  }
  await refuseUnshared(client, context, object, standing());
  await refuseTakenValues(client, object, standing());
  const roots = standing().map(({ id }) => id!);
  const gone = await holdBack(client, await goneWith(client, context, object, roots), roots);
  const returned = [...Map.groupBy(gone, (row) => row.object)].map(([object, found]) => ({
    object,
    ids: found.map(({ id }) => id),
  }));
  for (const { object, ids } of returned) await bringBack(client, context, object, ids);
  const back = returned.flatMap(({ ids }) => ids);
  await client.query('DELETE FROM org_meta.deletion WHERE id = ANY($1)', [back]);
  await refillLookups(client, context, back);
  for (const { object, ids } of returned) await afterUndelete(client, context, object, ids);
}

/** These rows and those that went to the bin along with them. */
async function goneWith(
  client: PoolClient,
  { org }: WriteContext,
  object: SObject,
  roots: string[],
): Promise<{ object: SObject; id: string }[]> {
  const { rows } = await client.query<{ id: string; object: string }>(
    `SELECT id, object FROM org_meta.deletion WHERE root_id = ANY($1) AND id <> ALL($1)`,
    [roots],
  );
  const found = rows.map(({ id, object }) => ({ object: org.schema.object(object)!, id }));
  return [...roots.map((id) => ({ object, id })), ...found];
}

/** A value of a unique field that another row took meanwhile keeps the row in the bin. */
async function refuseTakenValues(client: PoolClient, object: SObject, outcomes: Outcome[]) {
  for (const field of object.fields.filter((one) => one.unique && isStored(one))) {
    const { rows } = await client.query<{ id: string; other: string }>(
      `SELECT gone."Id" AS id, live."Id" AS other
         FROM (SELECT "Id", ${keySql(field)} AS key FROM ${tableSql(object)} WHERE "Id" = ANY($1)) gone
         JOIN (SELECT "Id", ${keySql(field)} AS key FROM ${tableSql(object)} WHERE NOT "IsDeleted") live
        USING (key)`,
      [outcomes.map(({ id }) => id)],
    );
    for (const { id, other } of rows)
      outcomes.find((one) => one.id === id)?.errors.push(duplicateValue(field.name, other));
  }
}

async function bringBack(
  client: PoolClient,
  { org, session }: WriteContext,
  object: SObject,
  ids: string[],
): Promise<void> {
  await client.query(
    `UPDATE ${tableSql(object)} SET "IsDeleted" = false${unmergedSql(object)}${stampsSql(object)}
      WHERE "Id" = ANY($1) AND "IsDeleted"`,
    [ids, stampOf(org.now()), session.userId].slice(0, stampsSql(object) === '' ? 1 : 3),
  );
}

/** A row that a merge had put there is a record of its own again. */
const unmergedSql = (object: SObject) =>
  hasField(object, 'MasterRecordId') ? ', "MasterRecordId" = NULL' : '';

/** Lookups that the delete emptied point at the row again, unless they have been given another since. */
async function refillLookups(client: PoolClient, { org }: WriteContext, parents: string[]) {
  const { rows } = await client.query<{ object: string; field: string }>(
    'SELECT DISTINCT object, field FROM org_meta.emptied_lookup WHERE parent_id = ANY($1)',
    [parents],
  );
  for (const { object: name, field } of rows) {
    const child = org.schema.object(name);
    if (child === undefined || !hasField(child, field)) continue;
    const moved = hasField(child, 'SystemModstamp') ? ', "SystemModstamp" = $3' : '';
    await client.query(
      `UPDATE ${tableSql(child)} AS target SET ${quote(field)} = emptied.parent_id${moved}
         FROM org_meta.emptied_lookup emptied
        WHERE emptied.parent_id = ANY($1) AND emptied.field = $2 AND $3::timestamptz IS NOT NULL
          AND target."Id" = emptied.row_id AND target.${quote(field)} IS NULL`,
      [parents, field, stampOf(org.now())],
    );
  }
  await client.query('DELETE FROM org_meta.emptied_lookup WHERE parent_id = ANY($1)', [parents]);
}
