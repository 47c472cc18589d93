import type { Sql } from '../marketing/database.ts';
import { nextTry } from '../sync/retry.ts';

/** The operations a record's error can belong to (K2). */
export type ErrorOperation =
  | 'pull updates'
  | 'push updates'
  | 'push new'
  | 'push deletes'
  | 'link programs'
  | 'sync schema';

export interface RecordError {
  /** The person's id for what is pushed, the Salesforce id for what is pulled, '' for a job (K3). */
  record: string;
  personId: string | null;
  sfdcId: string | null;
  /** Salesforce's code, or the database's for what marketing refuses. */
  code: string;
  message: string;
  fields: readonly string[];
}

interface OpenError {
  id: string;
  record: string;
  code: string;
  tries: number;
  created: boolean;
}

/**
 * Opens a sync error per record, or counts another try on the one that is open, and sets the next
 * try with backoff (N3). The first time, people see it in their log (C7).
 */
export async function recordErrors(
  sql: Sql,
  object: string,
  operation: ErrorOperation,
  errors: readonly RecordError[],
): Promise<void> {
  if (errors.length === 0) return;
  const { rows } = await sql.query<OpenError>(
    `insert into tandem.sync_error as e
       (object, operation, record, person_id, sfdc_id, code, message, fields)
     select $1, $2, t.record, t."personId", t."sfdcId", t.code, t.message,
       array(select jsonb_array_elements_text(t.fields))
     from jsonb_to_recordset($3) as t(record text, "personId" uuid, "sfdcId" text, code text,
       message text, fields jsonb)
     order by t.record
     on conflict (object, operation, record) where resolved_at is null do update set
       person_id = coalesce(excluded.person_id, e.person_id),
       sfdc_id = coalesce(excluded.sfdc_id, e.sfdc_id), code = excluded.code,
       message = excluded.message, fields = excluded.fields, tries = e.tries + 1,
       last_tried = clock_timestamp(), dismissed_at = null
     returning id::text, record, code, tries, xmax = 0 as created`,
    [object, operation, JSON.stringify(errors)],
  );
  const now = new Date();
  const due = rows.map(({ id, code, tries }) => ({
    id,
    next: nextTry({ code, tries, now, spread: Math.random() }),
  }));
  await sql.query(
    `update tandem.sync_error e set next_try = t.next
     from jsonb_to_recordset($1) as t(id bigint, next timestamptz) where e.id = t.id`,
    [JSON.stringify(due)],
  );
  await logErrors(sql, object, operation, errors, rows);
}

async function logErrors(
  sql: Sql,
  object: string,
  operation: ErrorOperation,
  errors: readonly RecordError[],
  opened: readonly OpenError[],
): Promise<void> {
  const fresh = new Set(opened.filter(({ created }) => created).map(({ record }) => record));
  const activities = errors
    .filter(({ record, personId }) => personId !== null && fresh.has(record))
    .map(({ personId, code, message }) => ({
      person: personId,
      attributes: { object, operation, code, message },
    }));
  if (activities.length === 0) return;
  await sql.query(
    `insert into marketing.activity (person_id, kind, attributes)
     select person, 'Sync error', attributes
     from jsonb_to_recordset($1) as t(person uuid, attributes jsonb)`,
    [JSON.stringify(activities)],
  );
}

/** Closes the open errors of records that have gone through. */
export async function resolveErrors(
  sql: Sql,
  object: string,
  operation: ErrorOperation,
  records: readonly string[],
): Promise<void> {
  if (records.length === 0) return;
  await sql.query(
    `update tandem.sync_error set resolved_at = clock_timestamp()
     where object = $1 and operation = $2 and record = any($3) and resolved_at is null`,
    [object, operation, [...records]],
  );
}

/**
 * Salesforce ids whose pull failed and is due again: their modstamp is behind the watermark, so no
 * window brings them back. Fetch them by id and stage them with the rest.
 */
export async function dueRefetch(sql: Sql, object: string, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ sfdc_id: string }>(
    `select sfdc_id from tandem.sync_error
     where object = $1 and operation = 'pull updates' and resolved_at is null
       and sfdc_id is not null and (next_try is null or next_try <= now())
     order by next_try limit $2`,
    [object, limit],
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

/** Makes open errors due at once: all, or those with the given ids (K3). Returns how many. */
export async function tryAgain(sql: Sql, ids: readonly string[] | null): Promise<number> {
  const { rowCount } = await sql.query(
    `update tandem.sync_error set next_try = null, dismissed_at = null
     where resolved_at is null and ($1::bigint[] is null or id = any($1))`,
    [ids === null ? null : [...ids]],
  );
  return rowCount;
}

/** Takes open errors out of the operator's sight; they are still tried (K3). Returns how many. */
export async function dismissErrors(sql: Sql, ids: readonly string[]): Promise<number> {
  const { rowCount } = await sql.query(
    `update tandem.sync_error set dismissed_at = now()
     where resolved_at is null and dismissed_at is null and id = any($1::bigint[])`,
    [[...ids]],
  );
  return rowCount;
}
