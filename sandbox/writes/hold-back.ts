import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { isStored, quote, tableSql } from '../storage.ts';

interface Gone {
  object: SObject;
  id: string;
}

/**
 * Of rows that are to come back, those that can: not those whose other parent is still in the bin,
 * or purged. They stay there and come back with that parent. `roots` are what was asked for.
 */
export async function holdBack<T extends Gone>(
  client: PoolClient,
  gone: T[],
  roots: string[],
): Promise<T[]> {
  let back = gone;
  for (;;) {
    const held = await heldBy(client, back, roots);
    if (held.size === 0) return back;
    back = back.filter(({ id }) => !held.has(id));
    await client.query(
      `UPDATE org_meta.deletion SET root_id = held.root
         FROM unnest($1::text[], $2::text[]) AS held(id, root) WHERE deletion.id = held.id`,
      [[...held.keys()], [...held.values()]],
    );
  }
}

/** Ids of rows that a parent holds, and what that parent went with. */
async function heldBy(client: PoolClient, back: Gone[], roots: string[]) {
  const held = new Map<string, string>();
  const returning = back.map(({ id }) => id);
  for (const [object, rows] of Map.groupBy(back, (row) => row.object)) {
    const ids = rows.map(({ id }) => id).filter((id) => !roots.includes(id));
    const owners = object.fields.filter((field) => field.onDelete === 'Cascade' && isStored(field));
    for (const field of ids.length === 0 ? [] : owners) {
      const { rows: found } = await client.query<{ id: string; root: string }>(
        `SELECT child."Id" AS id, parent.root_id AS root
           FROM ${tableSql(object)} child JOIN org_meta.deletion parent ON parent.id = child.${quote(field.name)}
          WHERE child."Id" = ANY($1) AND parent.id <> ALL($2)`,
        [ids, returning],
      );
      for (const { id, root } of found) held.set(id, root);
    }
  }
  return held;
}
