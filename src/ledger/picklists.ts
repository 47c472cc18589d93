import type { Sql } from '../marketing/database.ts';

export interface Picklist {
  object: string;
  field: string;
  /** The active values. */
  values: string[];
}

/** Keeps the active values of each picklist; returns those that were not there last time (J4). */
export async function keepPicklists(
  sql: Sql,
  picklists: readonly Picklist[],
): Promise<{ object: string; field: string; value: string }[]> {
  const { rows } = await sql.query<{ object: string; field: string; value: string }>(
    `with given as (
       select object, field, array(select jsonb_array_elements_text(values)) as values
       from jsonb_to_recordset($1) as t(object text, field text, values jsonb)
     ), held as (
       select f.object, f.field, f.picklist, g.values from tandem.field f
       join given g on g.object = f.object and g.field = f.field
       where f.picklist is distinct from g.values
     ), kept as (
       update tandem.field f set picklist = h.values from held h
       where f.object = h.object and f.field = h.field
     )
     select object, field, value from held, unnest(values) as value
     where picklist is not null and not value = any(picklist)`,
    [JSON.stringify(picklists)],
  );
  return rows;
}
