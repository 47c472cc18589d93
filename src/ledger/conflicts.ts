import type { Sql } from '../marketing/database.ts';
import type { Value } from '../sync/value.ts';

export interface ConflictEntry {
  object: string;
  field: string;
  column: string;
  personId: string;
  sfdcId: string;
  base: Value;
  salesforce: Value;
  marketing: Value;
  winner: 'salesforce' | 'marketing';
}

/** Keeps conflicts with their three values and the winner (C3, K5), at the database's clock. */
export async function recordConflicts(
  sql: Sql,
  conflicts: readonly ConflictEntry[],
): Promise<void> {
  if (conflicts.length === 0) return;
  await sql.query(
    `insert into tandem.conflict
       (object, field, column_name, person_id, sfdc_id, base, salesforce, marketing, winner)
     select object, field, "column", "personId", "sfdcId", base, salesforce, marketing, winner
     from jsonb_to_recordset($1) as t(object text, field text, "column" text, "personId" uuid,
       "sfdcId" text, base text, salesforce text, marketing text, winner text)`,
    [JSON.stringify(conflicts)],
  );
}
