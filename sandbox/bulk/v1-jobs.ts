import { randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { makeId } from '../ids.ts';
import type { Executor } from '../org.ts';
import type { Operation } from './load-rows.ts';
import { AsyncError } from './v1-errors.ts';

export type ContentType = 'CSV' | 'JSON' | 'XML';
export type BatchState = 'Queued' | 'InProgress' | 'Completed' | 'Failed' | 'NotProcessed';

export interface V1Job {
  id: string;
  operation: Operation | 'query' | 'queryAll';
  object: string;
  createdById: string;
  createdDate: Date;
  systemModstamp: Date;
  state: 'Open' | 'Closed' | 'Aborted';
  externalIdFieldName: string | null;
  assignmentRuleId: string | null;
  concurrencyMode: 'Parallel' | 'Serial';
  contentType: ContentType;
  apiVersion: string;
  /** Rows of a chunk; null without PK chunking. */
  chunkSize: number | null;
}

export interface V1Batch {
  id: string;
  jobId: string;
  state: BatchState;
  stateMessage: string | null;
  createdDate: Date;
  systemModstamp: Date;
  processed: number;
  failed: number;
  /** Milliseconds. */
  time: number;
  request: string;
}

/** Numbers of a job's batches. */
export interface Counts {
  queued: number;
  inProgress: number;
  completed: number;
  failed: number;
  total: number;
  recordsProcessed: number;
  recordsFailed: number;
  time: number;
}

/** Jobs are gone after this. */
const LIFETIME = '7 days';

export async function createV1Tables(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS org_meta.bulk_v1_job (
      id text COLLATE "C" PRIMARY KEY,
      operation text NOT NULL,
      object text NOT NULL,
      created_by_id text COLLATE "C" NOT NULL,
      created_date timestamptz(0) NOT NULL,
      system_modstamp timestamptz(0) NOT NULL,
      state text NOT NULL DEFAULT 'Open',
      external_id_field_name text,
      assignment_rule_id text,
      concurrency_mode text NOT NULL,
      content_type text NOT NULL,
      api_version text NOT NULL,
      chunk_size int
    );
    CREATE TABLE IF NOT EXISTS org_meta.bulk_v1_batch (
      n bigint GENERATED ALWAYS AS IDENTITY,
      id text COLLATE "C" PRIMARY KEY,
      job_id text COLLATE "C" NOT NULL REFERENCES org_meta.bulk_v1_job ON DELETE CASCADE,
      state text NOT NULL DEFAULT 'Queued',
      state_message text,
      created_date timestamptz(0) NOT NULL,
      system_modstamp timestamptz(0) NOT NULL,
      processed int NOT NULL DEFAULT 0,
      failed int NOT NULL DEFAULT 0,
      time int NOT NULL DEFAULT 0,
      request text NOT NULL
    );
    CREATE INDEX IF NOT EXISTS bulk_v1_batch_job_id_idx ON org_meta.bulk_v1_batch (job_id);
    CREATE TABLE IF NOT EXISTS org_meta.bulk_v1_result (
      batch_id text COLLATE "C" NOT NULL REFERENCES org_meta.bulk_v1_batch ON DELETE CASCADE,
      part int NOT NULL,
      content text NOT NULL,
      PRIMARY KEY (batch_id, part)
    )`);
}

const JOB = `SELECT id, operation, object, created_by_id AS "createdById",
  created_date AS "createdDate", system_modstamp AS "systemModstamp", state,
  external_id_field_name AS "externalIdFieldName", assignment_rule_id AS "assignmentRuleId",
  concurrency_mode AS "concurrencyMode", content_type AS "contentType",
  api_version AS "apiVersion", chunk_size AS "chunkSize" FROM org_meta.bulk_v1_job`;

const BATCH = `SELECT id, job_id AS "jobId", state, state_message AS "stateMessage",
  created_date AS "createdDate", system_modstamp AS "systemModstamp", processed, failed, time,
  request FROM org_meta.bulk_v1_batch`;

export type NewV1Job = Omit<V1Job, 'id' | 'createdDate' | 'systemModstamp' | 'state'>;

export async function insertV1Job(db: Executor, job: NewV1Job, now: Date): Promise<V1Job> {
  const id = makeId('750', randomInt(2 ** 41));
  await db.query(
    `DELETE FROM org_meta.bulk_v1_job WHERE created_date < $1::timestamptz - $2::interval`,
    [now, LIFETIME],
  );
  await db.query(
    `INSERT INTO org_meta.bulk_v1_job (id, operation, object, created_by_id, created_date,
       system_modstamp, external_id_field_name, assignment_rule_id, concurrency_mode, content_type,
       api_version, chunk_size)
     VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      job.operation,
      job.object,
      job.createdById,
      now,
      job.externalIdFieldName,
      job.assignmentRuleId,
      job.concurrencyMode,
      job.contentType,
      job.apiVersion,
      job.chunkSize,
    ],
  );
  return findV1Job(db, id);
}

/** Throws InvalidJob for one that is not there. */
export async function findV1Job(db: Executor, id: string): Promise<V1Job> {
  const { rows } = await db.query<V1Job>(`${JOB} WHERE left(id, 15) = left($1, 15)`, [id]);
  if (rows[0] === undefined) throw new AsyncError('InvalidJob', `Invalid job id: ${id}`);
  return rows[0];
}

export async function countsOf(db: Executor, jobId: string): Promise<Counts> {
  const { rows } = await db.query<Counts>(
    `SELECT count(*) FILTER (WHERE state = 'Queued')::int AS queued,
       count(*) FILTER (WHERE state = 'InProgress')::int AS "inProgress",
       count(*) FILTER (WHERE state = 'Completed')::int AS completed,
       count(*) FILTER (WHERE state = 'Failed')::int AS failed, count(*)::int AS total,
       COALESCE(sum(processed), 0)::int AS "recordsProcessed",
       COALESCE(sum(failed), 0)::int AS "recordsFailed", COALESCE(sum(time), 0)::int AS time
     FROM org_meta.bulk_v1_batch WHERE job_id = $1`,
    [jobId],
  );
  return rows[0]!;
}

/** Closes or aborts an open job; an aborted one's batches that wait are not processed any more. */
export async function endV1Job(
  db: Executor,
  id: string,
  state: 'Closed' | 'Aborted',
  now: Date,
): Promise<boolean> {
  const from = state === 'Closed' ? ['Open'] : ['Open', 'Closed'];
  const { rowCount } = await db.query(
    `UPDATE org_meta.bulk_v1_job SET state = $2, system_modstamp = $3
     WHERE id = $1 AND state = ANY($4)`,
    [id, state, now, from],
  );
  if (state === 'Aborted')
    await db.query(
      `UPDATE org_meta.bulk_v1_batch SET state = 'NotProcessed', system_modstamp = $2
       WHERE job_id = $1 AND state = 'Queued'`,
      [id, now],
    );
  return rowCount === 1;
}

export async function insertBatch(
  db: Executor,
  jobId: string,
  request: string,
  now: Date,
): Promise<V1Batch> {
  const id = makeId('751', randomInt(2 ** 41));
  await db.query(
    `INSERT INTO org_meta.bulk_v1_batch (id, job_id, created_date, system_modstamp, request)
     VALUES ($1, $2, $3, $3, $4)`,
    [id, jobId, now, request],
  );
  return findBatch(db, jobId, id);
}

/** Throws InvalidBatch for one that is not there. `lock` holds it for the transaction. */
export async function findBatch(
  db: Executor,
  jobId: string,
  id: string,
  { lock = false } = {},
): Promise<V1Batch> {
  const { rows } = await db.query<V1Batch>(
    `${BATCH} WHERE job_id = $1 AND left(id, 15) = left($2, 15) ${lock ? 'FOR UPDATE' : ''}`,
    [jobId, id],
  );
  if (rows[0] === undefined) throw new AsyncError('InvalidBatch', `Invalid batch id: ${id}`);
  return rows[0];
}

export async function batchesOf(db: Executor, jobId: string): Promise<V1Batch[]> {
  return (await db.query<V1Batch>(`${BATCH} WHERE job_id = $1 ORDER BY n`, [jobId])).rows;
}

export async function moveBatch(
  db: Executor,
  id: string,
  state: BatchState,
  now: Date,
  more: { message?: string; processed?: number; failed?: number; time?: number } = {},
): Promise<void> {
  await db.query(
    `UPDATE org_meta.bulk_v1_batch SET state = $2, system_modstamp = $3,
       state_message = COALESCE($4, state_message), processed = processed + $5,
       failed = failed + $6, time = time + $7 WHERE id = $1`,
    [
      id,
      state,
      now,
      more.message,
      more.processed ?? 0,
      more.failed ?? 0,
      Math.round(more.time ?? 0),
    ],
  );
}

/** Batches that were left unfinished, with their jobs, in the order they came. */
export async function unfinishedBatches(db: Executor): Promise<string[]> {
  const { rows } = await db.query<{ one: string }>(
    `SELECT job_id || ' ' || id AS one FROM org_meta.bulk_v1_batch
     WHERE state IN ('Queued', 'InProgress') ORDER BY n`,
  );
  return rows.map(({ one }) => one);
}
