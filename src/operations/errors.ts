import type { Sql } from '../marketing/database.ts';
import { requireSchema } from './schema.ts';

export { dismissErrors, tryAgain } from '../ledger/sync-errors.ts';

export interface ErrorFilter {
  object?: string | undefined;
  operation?: string | undefined;
  code?: string | undefined;
  /** Closed and dismissed ones too. */
  all?: boolean | undefined;
  limit: number;
}

export interface ErrorEntry {
  id: string;
  object: string;
  operation: string;
  /** Both ids of the record; null where there is none, or for a whole job. */
  personId: string | null;
  sfdcId: string | null;
  code: string;
  message: string;
  fields: string[];
  tries: number;
  firstSeen: string;
  lastTried: string;
  /** Null when it is due now, or over. */
  nextTry: string | null;
  status: 'open' | 'dismissed' | 'resolved';
}

/**
 * Sync errors, the last tried first (K3).
 * @throws SchemaMissing
 */
export async function listErrors(sql: Sql, filter: ErrorFilter): Promise<ErrorEntry[]> {
  await requireSchema(sql);
  const { object = null, operation = null, code = null, all = false, limit } = filter;
  type Row = ErrorEntry & { firstSeen: Date; lastTried: Date; nextTry: Date | null };
  const { rows } = await sql.query<Row>(
    `select id::text, object, operation, person_id as "personId", sfdc_id as "sfdcId", code, message,
       fields, tries, first_seen as "firstSeen", last_tried as "lastTried",
       case when resolved_at is null then next_try end as "nextTry",
       case when resolved_at is not null then 'resolved' when dismissed_at is not null then 'dismissed'
         else 'open' end as status
     from tandem.sync_error
     where ($1::text is null or object = $1) and ($2::text is null or operation = $2)
       and ($3::text is null or code = $3)
       and ($4 or (resolved_at is null and dismissed_at is null))
     order by last_tried desc, id desc limit $5`,
    [object, operation, code, all, limit],
  );
  return rows.map((row) => ({
    ...row,
    firstSeen: row.firstSeen.toISOString(),
    lastTried: row.lastTried.toISOString(),
    nextTry: row.nextTry?.toISOString() ?? null,
  }));
}
