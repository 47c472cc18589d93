import type { Sql } from '../marketing/database.ts';
import { requireSchema } from './schema.ts';

export interface ConflictFilter {
  object?: string | undefined;
  field?: string | undefined;
  limit: number;
}

export interface ConflictEntry {
  id: string;
  at: string;
  object: string;
  field: string;
  column: string;
  personId: string;
  sfdcId: string;
  base: string | null;
  salesforce: string | null;
  marketing: string | null;
  winner: 'salesforce' | 'marketing';
}

/**
 * Conflicts with their three values and the winner, the newest first (K5).
 * @throws SchemaMissing
 */
export async function listConflicts(sql: Sql, filter: ConflictFilter): Promise<ConflictEntry[]> {
  await requireSchema(sql);
  const { rows } = await sql.query<ConflictEntry & { at: Date }>(
    `select id::text, at, object, field, column_name as "column", person_id as "personId",
       sfdc_id as "sfdcId", base, salesforce, marketing, winner
     from tandem.conflict
     where ($1::text is null or object = $1) and ($2::text is null or field = $2)
     order by at desc, id desc limit $3`,
    [filter.object ?? null, filter.field ?? null, filter.limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
