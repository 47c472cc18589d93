import type { Executor } from '../org.ts';
import { rawJSON, stamp } from './job-body.ts';

const PAGE = 1000;

/** What a list may be narrowed to; each as the query string gives it. */
export interface ListFilters {
  isPkChunkingEnabled?: string;
  jobType?: string;
  concurrencyMode?: string;
  /** Where the page before ended. */
  queryLocator?: string;
}

interface Listed {
  id: string;
  operation: string;
  object: string;
  createdById: string;
  createdDate: Date;
  systemModstamp: Date;
  state: string;
  concurrencyMode: string;
  contentType: string;
  apiVersion: string;
  jobType: string;
  lineEnding: string | null;
  columnDelimiter: string | null;
}

const COMMON = `id, operation, object, created_by_id AS "createdById",
  created_date AS "createdDate", system_modstamp AS "systemModstamp", state,
  api_version AS "apiVersion"`;

const V2 = `'Parallel' AS "concurrencyMode", 'CSV' AS "contentType", line_ending AS "lineEnding",
  column_delimiter AS "columnDelimiter", false AS chunked`;

/** Jobs of all kinds. */
const ALL = `
  SELECT ${COMMON}, 'V2Query' AS "jobType", ${V2} FROM org_meta.bulk_query_job UNION ALL
  SELECT ${COMMON}, 'V2Ingest', ${V2} FROM org_meta.bulk_ingest_job UNION ALL
  SELECT ${COMMON}, 'Classic', concurrency_mode, content_type, NULL, NULL, chunk_size IS NOT NULL
  FROM org_meta.bulk_v1_job`;

/**
 * A page of the jobs of all kinds, as both lists of Bulk API 2.0 answer it, whichever is asked.
 * `path` is the list's own, for the URL of the next page.
 */
export async function jobList(db: Executor, path: string, filters: ListFilters): Promise<object> {
  const chunked = filters.isPkChunkingEnabled?.toLowerCase();
  const { rows } = await db.query<Listed>(
    `SELECT * FROM (${ALL}) jobs
     WHERE id > $1 AND ($2::text IS NULL OR lower("jobType") = lower($2))
       AND ($3::text IS NULL OR lower("concurrencyMode") = lower($3))
       AND ($4::text IS NULL OR chunked::text = $4)
     ORDER BY id LIMIT ${PAGE + 1}`,
    [
      filters.queryLocator ?? '',
      filters.jobType || null,
      filters.concurrencyMode || null,
      chunked || null,
    ],
  );
  const page = rows.slice(0, PAGE);
  const done = rows.length <= PAGE;
  return {
    done,
    records: page.map(listed),
    nextRecordsUrl: done ? null : `${path}?queryLocator=${page.at(-1)!.id}`,
  };
}

function listed({ lineEnding, columnDelimiter, ...job }: Listed): object {
  const format = lineEnding === null ? {} : { lineEnding, columnDelimiter };
  const { id, operation, object, createdById, state, concurrencyMode, contentType, jobType } = job;
  return {
    ...{ id, operation, object, createdById },
    createdDate: stamp(job.createdDate),
    systemModstamp: stamp(job.systemModstamp),
    ...{ state, concurrencyMode, contentType },
    apiVersion: rawJSON(job.apiVersion),
    jobType,
    ...format,
  };
}
