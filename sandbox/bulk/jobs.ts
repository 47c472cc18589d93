import { randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { notFound } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Executor } from '../org.ts';
import type { FieldType } from '../schema.ts';
import type { ResultFiles, ResultParts } from './result-files.ts';

export type State = 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';

/** A column of a result: its heading, and what its values have to be written as. */
export interface ResultColumn {
  header: string;
  type: FieldType;
  viaParent: boolean;
}

export interface QueryJob {
  id: string;
  operation: 'query' | 'queryAll';
  object: string;
  createdById: string;
  createdDate: Date;
  systemModstamp: Date;
  state: State;
  /** `59.0` */
  apiVersion: string;
  lineEnding: 'LF' | 'CRLF';
  columnDelimiter: string;
  records: number;
  /** Milliseconds. */
  totalProcessingTime: number;
  errorMessage: string | null;
  columns: ResultColumn[];
  /** The query as SQL with its parameters: a job goes on after a restart without its user's session. */
  statement: string;
  params: unknown[];
  /** Null while there is no result. */
  parts: ResultParts | null;
}

/** Jobs and their results are gone after this. */
const LIFETIME = '7 days';

/** The most that may be made in 24 hours. */
export const JOBS_A_DAY = 10_000;

export async function createJobTable(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA IF NOT EXISTS org_meta;
    CREATE TABLE IF NOT EXISTS org_meta.bulk_query_job (
      n bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      id text COLLATE "C" PRIMARY KEY,
      operation text NOT NULL,
      object text NOT NULL,
      created_by_id text COLLATE "C" NOT NULL,
      created_date timestamptz(0) NOT NULL,
      system_modstamp timestamptz(0) NOT NULL,
      state text NOT NULL,
      api_version text NOT NULL,
      line_ending text NOT NULL,
      column_delimiter text NOT NULL,
      records int NOT NULL DEFAULT 0,
      total_processing_time int NOT NULL DEFAULT 0,
      error_message text,
      columns jsonb NOT NULL,
      statement text NOT NULL,
      params jsonb NOT NULL,
      parts jsonb
    );
    ALTER TABLE org_meta.bulk_query_job ADD COLUMN IF NOT EXISTS parts jsonb;
    CREATE INDEX IF NOT EXISTS bulk_query_job_created_date_idx ON org_meta.bulk_query_job (created_date);
  `);
}

const SELECT = `
  SELECT id, operation, object, created_by_id AS "createdById", created_date AS "createdDate",
    system_modstamp AS "systemModstamp", state, api_version AS "apiVersion",
    line_ending AS "lineEnding", column_delimiter AS "columnDelimiter", records,
    total_processing_time AS "totalProcessingTime", error_message AS "errorMessage",
    columns, statement, params, parts
  FROM org_meta.bulk_query_job`;

export type NewJob = Pick<
  QueryJob,
  | ('operation' | 'object' | 'createdById' | 'apiVersion' | 'lineEnding' | 'columnDelimiter')
  | ('columns' | 'statement' | 'params')
>;

export async function insertJob(db: Executor, job: NewJob, now: Date): Promise<QueryJob> {
  const id = makeId('750', randomInt(2 ** 41));
  await db.query(
    `INSERT INTO org_meta.bulk_query_job (id, operation, object, created_by_id, created_date,
       system_modstamp, state, api_version, line_ending, column_delimiter, columns, statement, params)
     VALUES ($1, $2, $3, $4, $5, $5, 'UploadComplete', $6, $7, $8, $9, $10, $11)`,
    [
      id,
      job.operation,
      job.object,
      job.createdById,
      now,
      job.apiVersion,
      job.lineEnding,
      job.columnDelimiter,
      JSON.stringify(job.columns),
      job.statement,
      JSON.stringify(job.params),
    ],
  );
  return findJob(db, id);
}

/** Throws NOT_FOUND (404) for a job that is unknown, deleted or too old. */
export async function findJob(db: Executor, id: string): Promise<QueryJob> {
  const { rows } = await db.query<QueryJob>(`${SELECT} WHERE left(id, 15) = left($1, 15)`, [id]);
  if (rows[0] === undefined) throw notFound();
  return rows[0];
}

/** Moves a job on if it is in one of the states `from`; says whether it was. */
export async function moveJob(
  db: Executor,
  id: string,
  from: State[],
  state: State,
  now: Date,
  facts: Partial<Pick<QueryJob, 'records' | 'totalProcessingTime' | 'parts' | 'errorMessage'>> = {},
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE org_meta.bulk_query_job
     SET state = $3, system_modstamp = $4, records = COALESCE($5, records),
       total_processing_time = COALESCE($6, total_processing_time), error_message = $7,
       parts = COALESCE($8, parts)
     WHERE id = $1 AND state = ANY($2)`,
    [
      id,
      from,
      state,
      now,
      facts.records,
      facts.totalProcessingTime,
      facts.errorMessage,
      facts.parts === undefined ? null : JSON.stringify(facts.parts),
    ],
  );
  return rowCount === 1;
}

export async function deleteJob(db: Executor, files: ResultFiles, id: string): Promise<void> {
  await files.remove(id);
  await db.query('DELETE FROM org_meta.bulk_query_job WHERE id = $1', [id]);
}

export async function deleteExpired(db: Executor, files: ResultFiles, now: Date): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM org_meta.bulk_query_job WHERE created_date < $1::timestamptz - $2::interval`,
    [now, LIFETIME],
  );
  for (const { id } of rows) await deleteJob(db, files, id);
}

/** Jobs to be run when the server starts: those it had not finished, and those whose result is gone. */
export async function unfinished(db: Executor, files: ResultFiles): Promise<QueryJob[]> {
  const { rows } = await db.query<QueryJob>(
    `${SELECT} WHERE state IN ('UploadComplete', 'InProgress', 'JobComplete') ORDER BY n`,
  );
  const jobs: QueryJob[] = [];
  for (const job of rows)
    if (job.state !== 'JobComplete' || !(await files.exists(job.id))) jobs.push(job);
  return jobs;
}

/** Jobs made in the last 24 hours. */
export async function jobsOfADay(db: Executor, now: Date): Promise<number> {
  const { rows } = await db.query<{ jobs: number }>(
    `SELECT count(*)::int AS jobs FROM org_meta.bulk_query_job WHERE created_date > $1::timestamptz - interval '24 hours'`,
    [now],
  );
  return rows[0]!.jobs;
}
