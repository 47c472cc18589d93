import { stagingOf } from '../marketing/columns.ts';
import type { Sql } from '../marketing/database.ts';

/** Has these records read again by their ids in the next cycle. Returns how many were not asked for before. */
export async function wantRereads(
  sql: Sql,
  object: string,
  ids: readonly string[],
): Promise<number> {
  const { rowCount } = await sql.query(
    `insert into tandem.reread (object, sfdc_id) select $1, id from unnest($2::text[]) as id
     on conflict do nothing`,
    [object, [...ids]],
  );
  return rowCount;
}

/** Ids to be read with the object's next fetch. */
export async function dueRereads(sql: Sql, object: string, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ sfdc_id: string }>(
    'select sfdc_id from tandem.reread where object = $1 order by sfdc_id limit $2',
    [object, limit],
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

/** Objects with records to be read again. */
export async function rereadCount(sql: Sql, objects: readonly string[]): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    'select count(*)::int as count from tandem.reread where object = any($1)',
    [[...objects]],
  );
  return rows[0]!.count;
}

/** Forgets those that are in the object's staging table, or of `ids` those that are not: there was nothing new. */
export async function dropRereads(
  sql: Sql,
  object: string,
  ids: readonly string[] | null,
  { staged }: { staged: boolean },
): Promise<void> {
  if (ids?.length === 0) return;
  await sql.query(
    `delete from tandem.reread r where r.object = $1 and ($2::text[] is null or r.sfdc_id = any($2))
       and ${staged ? '' : 'not '}exists (select from ${stagingOf(object)} s where s."Id" = r.sfdc_id)`,
    [object, ids === null ? null : [...ids]],
  );
}
