import type { Sql } from '../marketing/database.ts';

export type IngestedOperation = 'push updates' | 'push new';

/** One row of a job: what it stands for here. */
export interface IngestRecord {
  /** Its value in the job's key field. */
  key: string;
  personId: string;
  sfdcId: string | null;
  /** The pending changes that the row covers; none for a creation. */
  pendingIds: string[];
}

export interface OpenIngest {
  jobId: string;
  keyField: string;
  records: IngestRecord[];
}

/** Before the upload: whatever happens after it, the job is found again. */
export async function keepIngest(
  sql: Sql,
  job: OpenIngest & { object: string; operation: IngestedOperation },
): Promise<void> {
  const { jobId, object, operation, keyField, records } = job;
  await sql.query(
    `insert into tandem.ingest_job (job_id, object, operation, key_field, records)
     values ($1, $2, $3, $4, $5)`,
    [jobId, object, operation, keyField, JSON.stringify(records)],
  );
}

/** Jobs whose rows are not settled, oldest first. */
export async function openIngests(
  sql: Sql,
  object: string,
  operation: IngestedOperation,
): Promise<OpenIngest[]> {
  const { rows } = await sql.query<OpenIngest>(
    `select job_id as "jobId", key_field as "keyField", records from tandem.ingest_job
     where object = $1 and operation = $2 order by at`,
    [object, operation],
  );
  return rows;
}

export async function dropIngest(sql: Sql, jobId: string): Promise<void> {
  await sql.query('delete from tandem.ingest_job where job_id = $1', [jobId]);
}

/** Is the person's row in a job that is not settled? */
export async function isInIngest(sql: Sql, object: string, personId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    'select from tandem.ingest_job where object = $1 and records @> $2',
    [object, JSON.stringify([{ personId }])],
  );
  return rowCount > 0;
}
