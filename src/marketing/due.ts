import { type FieldMapping, isPushed } from '../sync/field-map.ts';
import { OBJECTS } from '../sync/objects.ts';
import type { Sql } from './database.ts';
import { DUE } from './push.ts';

/** Whether any local edit waits, due or not: then staged rows may need a merge. */
export async function pendingExists(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query<{ found: boolean }>(
    'select exists (select from tandem.pending_change) as found',
  );
  return rows[0]!.found;
}

/**
 * Object → people whose edits, creation or deletion is due in Salesforce; objects without any are
 * left out. `creating` is false when config leaves creations to actions (C5).
 */
export async function duePushes(
  sql: Sql,
  mappings: readonly FieldMapping[],
  creating: boolean,
): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  for (const { name, createable } of OBJECTS.filter(({ name }) =>
    mappings.some((mapping) => mapping.object === name && isPushed(mapping)),
  )) {
    const { rows } = await sql.query<{ people: number }>(
      `select (
         (select count(*) from marketing.person p
          where p.id in (select person_id from tandem.pending_change)
            and p.sfdc_type = $2 and ${DUE})
         + (select count(*) from tandem.person_deletion d
            where d.policy = 'delete' and d.pushed_at is null and d.object = $2)
         + case when $1 then (select count(*) from (
             select from marketing.person where sfdc_id is null limit 1) p) else 0 end
       )::int as people`,
      [creating && createable, name],
    );
    const people = rows[0]!.people;
    if (people > 0) due.set(name, people);
  }
  return due;
}
