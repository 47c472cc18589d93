import { type FieldMapping, isPushed } from '../sync/field-map.ts';
import { objectSpec } from '../sync/objects.ts';
import { checkCondition, dueCreation } from './create.ts';
import type { Database, Sql } from './database.ts';
import { ConditionRefused } from './errors.ts';
import { DUE } from './push.ts';

/** Whether any local edit waits, due or not: then staged rows may need a merge. */
export async function pendingExists(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query<{ found: boolean }>(
    'select exists (select from tandem.pending_change) as found',
  );
  return rows[0]!.found;
}

/**
 * Object → people whose edits, creation or deletion is due in Salesforce, or Bulk jobs to be settled; objects without any are
 * left out. `creating` is the condition of creations as in takeCreates, false where they are left to
 * actions (C5); one that is refused counts as due, so that the write says what is wrong with it.
 */
export async function duePushes(
  db: Database,
  mappings: readonly FieldMapping[],
  creating: string | null | false,
): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  for (const [name, own] of Map.groupBy(mappings, ({ object }) => object)) {
    const { createable, table } = objectSpec(name);
    const pushed = own.filter(isPushed);
    if (pushed.length === 0 || table !== 'person') continue;
    const { rows } = await db.query<{ people: number }>(
      `select ((select count(*) from tandem.person_deletion d
          where d.policy = 'delete' and d.pushed_at is null and d.object = $1)
         + (select count(*) from tandem.ingest_job where object = $1))::int as people`,
      [name],
    );
    const creations =
      creating === false || !createable ? 0 : await dueCreations(db, name, creating, pushed);
    const people = rows[0]!.people + (await dueEdits(db, name)) + creations;
    if (people > 0) due.set(name, people);
  }
  return due;
}

/** People of the object whose local edits are due. */
export async function dueEdits(sql: Sql, object: string): Promise<number> {
  const { rows } = await sql.query<{ people: number }>(
    `select count(*)::int as people from marketing.person p
     where p.id in (select person_id from tandem.pending_change) and p.sfdc_type = $1 and ${DUE}`,
    [object],
  );
  return rows[0]!.people;
}

/** People to be created as the object; one for a condition that PostgreSQL refuses. */
export async function dueCreations(
  db: Database,
  object: string,
  condition: string | null,
  pushed: readonly FieldMapping[],
): Promise<number> {
  try {
    if (condition !== null) await checkCondition(db, condition);
    const { rows } = await db.query<{ people: number }>(
      `select count(*)::int as people from marketing.person p where ${dueCreation(condition, pushed)}`,
      [object],
    );
    return rows[0]!.people;
  } catch (error) {
    if (error instanceof ConditionRefused) return 1;
    throw error;
  }
}
