import type { PoolClient } from 'pg';
import type { Org } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { columnSql, isStored, quote, tableSql } from '../storage.ts';
import { isLive } from './fields.ts';

/** A row that a delete takes along, and the row of the request that takes it. */
export interface Doomed {
  object: SObject;
  id: string;
  rootId: string;
}

export interface Reach {
  doomed: Doomed[];
  /** Roots that something keeps alive, and what. */
  refused: Map<string, Hold>;
}

export interface Hold {
  /** The objects that refer to it, in the plural. */
  things: string;
  names: string[];
}

interface Lookup {
  child: SObject;
  field: Field;
}

/** The writable lookups to an object; system fields such as MasterRecordId keep what they hold. */
export function lookupsTo(org: Org, parent: SObject): Lookup[] {
  return org.schema.objects().flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo.includes(parent.name) && isStored(field))
      .filter((field) => field.createable || field.updateable)
      .map((field) => ({ child, field })),
  );
}

/**
 * All that goes when these rows go, level by level as the fields' onDelete says, themselves first.
 * `lock` is the clause that locks them; empty to look only.
 */
export async function findDescendants(
  client: PoolClient,
  org: Org,
  object: SObject,
  ids: string[],
  lock: 'FOR UPDATE' | '' = 'FOR UPDATE',
): Promise<Reach> {
  const seen = new Set(ids);
  const doomed: Doomed[] = ids.map((id) => ({ object, id, rootId: id }));
  const refused = new Map<string, Hold>();
  for (let level = doomed; level.length > 0; ) {
    const next: Doomed[] = [];
    for (const [parent, rows] of Map.groupBy(level, (one) => one.object)) {
      const roots = new Map(rows.map(({ id, rootId }) => [id, rootId]));
      for (const lookup of lookupsTo(org, parent)) {
        if (lookup.field.onDelete === 'Restrict') await refuse(client, lookup, roots, refused);
        if (lookup.field.onDelete !== 'Cascade') continue;
        for (const { id, parentId } of await childrenOf(client, lookup, [...roots.keys()], lock)) {
          if (seen.has(id)) continue;
          seen.add(id);
          next.push({ object: lookup.child, id, rootId: roots.get(parentId)! });
        }
      }
    }
    doomed.push(...next);
    level = next;
  }
  return { doomed: doomed.filter(({ rootId }) => !refused.has(rootId)), refused };
}

async function childrenOf(
  client: PoolClient,
  { child, field }: Lookup,
  ids: string[],
  lock: string,
) {
  const notKept = field.keptBy === undefined ? '' : ` AND ${quote(field.keptBy)} IS NULL`;
  const { rows } = await client.query<{ id: string; parentId: string }>(
    `SELECT "Id" AS id, ${quote(field.name)} AS "parentId" FROM ${tableSql(child)}
      WHERE ${quote(field.name)} = ANY($1) AND ${isLive(child)}${notKept} ORDER BY "Id" ${lock}`,
    [ids],
  );
  return rows;
}

async function refuse(
  client: PoolClient,
  { child, field }: Lookup,
  roots: Map<string, string>,
  refused: Map<string, Hold>,
): Promise<void> {
  const { rows } = await client.query<{ parentId: string; name: string }>(
    `SELECT ${quote(field.name)} AS "parentId", ${nameSql(child)} AS name FROM ${tableSql(child)}
      WHERE ${quote(field.name)} = ANY($1) AND ${isLive(child)} ORDER BY "Id" LIMIT 1000`,
    [[...roots.keys()]],
  );
  for (const [parentId, children] of Map.groupBy(rows, (row) => row.parentId)) {
    const names = children.slice(0, 5).map((row) => String(row.name));
    refused.set(roots.get(parentId)!, { things: child.labelPlural.toLowerCase(), names });
  }
}

/** SQL of what a row of the object is called. */
export function nameSql(object: SObject): string {
  const field = object.fields.find(({ nameField }) => nameField);
  return field === undefined ? '"Id"' : columnSql(object, field);
}
