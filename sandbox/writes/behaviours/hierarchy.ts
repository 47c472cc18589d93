import type { PoolClient } from 'pg';
import type { SObject } from '../../schema.ts';
import { quote, tableSql } from '../../storage.ts';
import type { Save } from '../behaviour.ts';
import { hierarchyLoop } from './failures.ts';
import { distinct } from './rows-of.ts';

/** Locks rows and all above them by `field`, in the order of their ids; returns the ids of all. */
export async function lockLines(
  client: PoolClient,
  object: SObject,
  field: string,
  ids: string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const [table, parent] = [tableSql(object), quote(field)];
  const { rows } = await client.query<{ Id: string }>(
    `WITH RECURSIVE line AS (
       SELECT "Id", ${parent} AS parent FROM ${table} WHERE "Id" = ANY($1)
        UNION SELECT above."Id", above.${parent}
                FROM line JOIN ${table} above ON above."Id" = line.parent
     )
     SELECT "Id" FROM ${table} WHERE "Id" IN (SELECT "Id" FROM line)
      ORDER BY "Id" FOR NO KEY UPDATE`,
    [ids],
  );
  return rows.map((row) => row.Id);
}

/**
 * Refuses drafts that would make a row its own ancestor. The lines above are locked first, so that two
 * writers cannot close a loop together.
 */
export async function refuseLoops(client: PoolClient, save: Save, field: string): Promise<void> {
  const { drafts, kind, object } = save;
  const moved = drafts.filter(({ values }) => (values.get(field) ?? null) !== null);
  if (kind === 'insert' || moved.length === 0) return;
  const parents = moved.map(({ values }) => values.get(field)!);
  await lockLines(client, object, field, distinct([...moved.map(({ id }) => id), ...parents]));
  const { rows } = await client.query<{ id: string }>(
    `WITH RECURSIVE wanted AS (
       SELECT id COLLATE "C" AS id, parent COLLATE "C" AS parent
         FROM unnest($1::text[], $2::text[]) AS one(id, parent)
     ), line AS (
       SELECT id AS start, parent AS id FROM wanted
        UNION SELECT line.start, coalesce(wanted.parent, above.${quote(field)})
                FROM line JOIN ${tableSql(object)} above ON above."Id" = line.id
                LEFT JOIN wanted ON wanted.id = line.id
     ) SELECT DISTINCT start AS id FROM line WHERE id = start`,
    [moved.map(({ id }) => id), parents],
  );
  const looping = new Set(rows.map(({ id }) => id));
  for (const draft of moved) if (looping.has(draft.id!)) draft.errors.push(hierarchyLoop(field));
}
