import type { PoolClient } from 'pg';
import type { Org } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { isStored, quote, tableSql } from '../storage.ts';
import { discardRows } from './delete.ts';
import { hasField, isLive } from './fields.ts';
import { joinMemberships } from './memberships.ts';
import * as failures from './merge-failures.ts';
import { changeRows, rowsReferring } from './system-changes.ts';
import type { WriteContext } from './types.ts';

type Row = Record<string, string | null>;

interface Lookup {
  child: SObject;
  field: Field;
}

interface OnePer {
  /** What doubles are known by. */
  key: string;
  columns: string[];
  join: Join;
  /** What a row is besides when it has moved: contact roles lose their being primary. */
  given?: Record<string, string>;
}

/** Children of which a parent has one per other parent. */
const ONE_PER: Record<string, OnePer | undefined> = {
  CampaignMember: {
    key: 'CampaignId',
    columns: ['CampaignId', 'Status', 'HasResponded', 'FirstRespondedDate'],
    join: joinMemberships,
  },
  OpportunityContactRole: {
    key: 'OpportunityId',
    columns: ['OpportunityId'],
    join: dropRoles,
    given: { IsPrimary: 'false' },
  },
};

type Join = (
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  doubles: { stays: Row; gone: Row }[],
) => Promise<void>;

/** Gives the master the rows that refer to the losers; returns their ids. Of doubles one stays. */
export async function giveChildren(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  masterId: string,
  loserIds: string[],
): Promise<string[]> {
  const moved = new Set<string>();
  for (const { child, field } of lookupsOf(context.org, object)) {
    const one = ONE_PER[child.name];
    const rows = await rowsReferring(client, child, field.name, loserIds, one?.columns);
    if (rows.length === 0) continue;
    const known =
      one === undefined
        ? []
        : await rowsReferring(client, child, field.name, [masterId], one.columns);
    const byKey = new Map(known.map((row) => [row[one!.key], row]));
    const doubles: { stays: Row; gone: Row }[] = [];
    const moves: Row[] = [];
    for (const row of rows) {
      const stays = one === undefined ? undefined : byKey.get(row[one.key]!);
      if (stays !== undefined) doubles.push({ stays, gone: row });
      else moves.push(row);
      if (one !== undefined && stays === undefined) byKey.set(row[one.key]!, row);
    }
    // A loser that is the child of another one goes itself.
    const changes = moves
      .filter(({ Id }) => !loserIds.includes(Id!))
      .map(({ Id }) => ({ id: Id!, values: { ...one?.given, [field.name]: masterId } }));
    await changeRows(client, context, child, changes);
    await one?.join(client, context, child, doubles);
    for (const { id } of changes) moved.add(id);
  }
  const { access } = context.session;
  const readable = (id: string) =>
    access.canRead(context.org.schema.objectByPrefix(id.slice(0, 3))?.name ?? '');
  return [...moved].filter(readable);
}

/** All stored references, what only the system writes included; who was merged into whom stays. */
function lookupsOf({ schema }: Org, parent: SObject): Lookup[] {
  return schema.objects().flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo.includes(parent.name) && isStored(field))
      .filter((field) => field.name !== 'MasterRecordId' && hasField(child, 'Id'))
      .map((field) => ({ child, field })),
  );
}

/** The master's role stays as it is: what a loser was, primary or not, does not pass on. */
async function dropRoles(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  doubles: { stays: Row; gone: Row }[],
): Promise<void> {
  const ids = doubles.map(({ gone }) => gone.Id!);
  if (ids.length > 0) await discardRows(client, context, object, ids);
}

/** A record that has become its own ancestor, through any lookup of the object to itself, keeps the merge from being. */
export async function refuseLoops(client: PoolClient, object: SObject, id: string): Promise<void> {
  const own = object.fields.filter(
    (field) =>
      field.referenceTo.includes(object.name) && isStored(field) && field.name !== 'MasterRecordId',
  );
  for (const { name } of own) {
    const { rows } = await client.query(
      `WITH RECURSIVE line AS (
         SELECT ${quote(name)} AS id FROM ${tableSql(object)} WHERE "Id" = $1
          UNION SELECT above.${quote(name)} FROM line
                  JOIN ${tableSql(object)} AS above ON above."Id" = line.id AND ${isLive(object).replace('"IsDeleted"', 'above."IsDeleted"')}
       ) SELECT FROM line WHERE id = $1`,
      [id],
    );
    if (rows.length > 0) throw failures.loop(name);
  }
}
