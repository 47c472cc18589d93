import { randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { notFound } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Executor } from '../org.ts';
import type { Operation } from './load-rows.ts';
import { deleteRows } from './rows-table.ts';

export type IngestState =
  | ('Open' | 'UploadComplete' | 'InProgress')
  | ('JobComplete' | 'Aborted' | 'Failed');

export interface IngestJob {
  id: string;
  operation: Operation;
  object: string;
  externalIdFieldName: string | null;
  assignmentRuleId: string | null;
  createdById: string;
  createdDate: Date;
  systemModstamp: Date;
  state: IngestState;
  /** `59.0` */
  apiVersion: string;
  lineEnding: 'LF' | 'CRLF';
  columnDelimiter: string;
  /** The first row as it was uploaded; null before there is any content. */
  header: string | null;
  /** Why the content cannot be read. */
  contentError: string | null;
  /** Tried so far, the failed ones too. */
  processed: number;
  failed: number;
  retries: number;
  /** Milliseconds. */
  totalProcessingTime: number;
  apiActiveProcessingTime: number;
  errorMessage: string | null;
}

/** Column in the table by key, in the order of the key's appearance. */
const COLUMNS = {
  id: 'id',
  operation: 'operation',
  object: 'object',
  externalIdFieldName: 'external_id_field_name',
  assignmentRuleId: 'assignment_rule_id',
  createdById: 'created_by_id',
  createdDate: 'created_date',
  systemModstamp: 'system_modstamp',
  state: 'state',
  apiVersion: 'api_version',
  lineEnding: 'line_ending',
  columnDelimiter: 'column_delimiter',
  header: 'header',
  contentError: 'content_error',
  processed: 'processed',
  failed: 'failed',
  retries: 'retries',
  totalProcessingTime: 'total_processing_time',
  apiActiveProcessingTime: 'api_active_processing_time',
  errorMessage: 'error_message',
} satisfies Record<keyof IngestJob, string>;

const SELECT = `SELECT ${Object.entries(COLUMNS)
  .map(([key, column]) => `${column} AS "${key}"`)
  .join(', ')} FROM org_meta.bulk_ingest_job`;

/** Jobs are gone after this. */
const LIFETIME = '7 days';

export async function createIngestTable(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS org_meta.bulk_ingest_job (
      id text COLLATE "C" PRIMARY KEY,
      operation text NOT NULL,
      object text NOT NULL,
      external_id_field_name text,
      assignment_rule_id text,
      created_by_id text COLLATE "C" NOT NULL,
      created_date timestamptz(0) NOT NULL,
      system_modstamp timestamptz(0) NOT NULL,
      state text NOT NULL,
      api_version text NOT NULL,
      line_ending text NOT NULL,
      column_delimiter text NOT NULL,
      header text,
      content_error text,
      processed int NOT NULL DEFAULT 0,
      failed int NOT NULL DEFAULT 0,
      retries int NOT NULL DEFAULT 0,
      total_processing_time int NOT NULL DEFAULT 0,
      api_active_processing_time int NOT NULL DEFAULT 0,
      error_message text
    )`);
}

export type NewIngestJob = Pick<
  IngestJob,
  | ('operation' | 'object' | 'externalIdFieldName' | 'assignmentRuleId' | 'createdById')
  | ('apiVersion' | 'lineEnding' | 'columnDelimiter')
>;

export async function insertIngestJob(
  db: Executor,
  job: NewIngestJob,
  now: Date,
): Promise<IngestJob> {
  const id = makeId('750', randomInt(2 ** 41));
  await db.query(
    `INSERT INTO org_meta.bulk_ingest_job (id, operation, object, external_id_field_name,
       assignment_rule_id, created_by_id, created_date, system_modstamp, state, api_version,
       line_ending, column_delimiter)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 'Open', $8, $9, $10)`,
    [
      id,
      job.operation,
      job.object,
      job.externalIdFieldName,
      job.assignmentRuleId,
      job.createdById,
      now,
      job.apiVersion,
      job.lineEnding,
      job.columnDelimiter,
    ],
  );
  return findIngestJob(db, id);
}

/** Throws NOT_FOUND (404) for a job that is unknown, deleted or too old. `lock` holds it for the transaction. */
export async function findIngestJob(
  db: Executor,
  id: string,
  { lock = false } = {},
): Promise<IngestJob> {
  const { rows } = await db.query<IngestJob>(
    `${SELECT} WHERE left(id, 15) = left($1, 15) ${lock ? 'FOR UPDATE' : ''}`,
    [id],
  );
  if (rows[0] === undefined) throw notFound();
  return rows[0];
}

/** Moves a job on if it is in one of the states `from`; says whether it was. */
export async function moveIngestJob(
  db: Executor,
  id: string,
  from: IngestState[],
  state: IngestState,
  now: Date,
  errorMessage: string | null = null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE org_meta.bulk_ingest_job SET state = $3, system_modstamp = $4, error_message = $5
     WHERE id = $1 AND state = ANY($2)`,
    [id, from, state, now, errorMessage],
  );
  return rowCount === 1;
}

/** Adds to a job's numbers. */
export async function countUp(
  db: Executor,
  id: string,
  more: { processed?: number; failed?: number; retries?: number; total?: number; active?: number },
): Promise<void> {
  await db.query(
    `UPDATE org_meta.bulk_ingest_job SET processed = processed + $2, failed = failed + $3,
       retries = retries + $4, total_processing_time = total_processing_time + $5,
       api_active_processing_time = api_active_processing_time + $6 WHERE id = $1`,
    [
      id,
      more.processed ?? 0,
      more.failed ?? 0,
      more.retries ?? 0,
      Math.round(more.total ?? 0),
      Math.round(more.active ?? 0),
    ],
  );
}

export async function deleteIngestJob(db: Executor, id: string): Promise<void> {
  await deleteRows(db, id);
  await db.query('DELETE FROM org_meta.bulk_ingest_job WHERE id = $1', [id]);
}

export async function deleteExpiredIngest(db: Executor, now: Date): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM org_meta.bulk_ingest_job WHERE created_date < $1::timestamptz - $2::interval`,
    [now, LIFETIME],
  );
  for (const { id } of rows) await deleteIngestJob(db, id);
}

/** Jobs that were left unfinished, the oldest first. */
export async function unfinishedIngest(db: Executor): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM org_meta.bulk_ingest_job WHERE state IN ('UploadComplete', 'InProgress')
     ORDER BY created_date`,
  );
  return rows.map(({ id }) => id);
}
