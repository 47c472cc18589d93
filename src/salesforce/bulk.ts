import { isUnknownJob, readJob, unlessEnded } from './bulk-job.ts';
import { JobLost, SalesforceRejected } from './errors.ts';
import { asObject, asText, unexpected } from './json.ts';
import type { BulkQueryJob, BulkQueryResult } from './port.ts';
import type { Rest } from './rest.ts';

/** The query runs later than this call, so its start is a safe bound for the watermark. */
export async function startBulkQuery(
  rest: Rest,
  base: string,
  query: string,
  operation: 'query' | 'queryAll',
): Promise<{ jobId: string; serverTime: Date }> {
  const { body, askedAt } = await rest.json({
    method: 'POST',
    path: `${base}/jobs/query`,
    body: { operation, query, contentType: 'CSV', columnDelimiter: 'COMMA', lineEnding: 'LF' },
    subject: 'query',
    reads: false,
  });
  return { jobId: asText(asObject(body).id), serverTime: askedAt };
}

export async function bulkQueryJob(
  rest: Rest,
  base: string,
  jobId: string,
): Promise<BulkQueryJob | null> {
  const job = await readJob(rest, jobPath(base, jobId));
  return job === null ? null : toJob(job);
}

/**
 * One page of a finished job's result. The CSV stays on the wire until it is read, at the reader's
 * pace; destroy it if it is not read to its end (trap 14).
 */
export async function bulkQueryResult(
  rest: Rest,
  base: string,
  jobId: string,
  locator: string | null,
  maxRecords: number,
): Promise<BulkQueryResult> {
  const from = locator === null ? '' : `&locator=${encodeURIComponent(locator)}`;
  const path = `${jobPath(base, jobId)}/results?maxRecords=${maxRecords}${from}`;
  const headers = { accept: 'text/csv', 'accept-encoding': 'identity' };
  try {
    const answer = await rest.stream({
      method: 'GET',
      path,
      headers,
      subject: 'query',
      reads: true,
    });
    const next = answer.headers['sforce-locator'];
    const rows = Number(answer.headers['sforce-numberofrecords'] ?? Number.NaN);
    if (next === undefined || next === '' || Number.isNaN(rows)) {
      // To take a missing header for the last page would lose rows without a word.
      answer.body.destroy();
      throw new SalesforceRejected(
        'NO_LOCATOR',
        'a result page does not say where the next begins',
      );
    }
    return { csv: answer.body, rows, locator: next === 'null' ? null : next };
  } catch (error) {
    if (isUnknownJob(error) || isOtherVersion(error)) throw new JobLost(jobId, error);
    throw error;
  }
}

export async function abortBulkQuery(rest: Rest, base: string, jobId: string): Promise<void> {
  const [path, body] = [jobPath(base, jobId), { state: 'Aborted' }];
  await unlessEnded(rest.json({ method: 'PATCH', path, body, subject: 'query', reads: true }));
}

const states = ['UploadComplete', 'InProgress', 'JobComplete', 'Aborted', 'Failed'] as const;

function toJob(body: Record<string, unknown>): BulkQueryJob {
  const state = states.find((known) => known === body.state);
  if (state === undefined) throw unexpected('known state of a job');
  const { numberRecordsProcessed: rows, errorMessage } = body;
  return {
    id: asText(body.id),
    state,
    rows: typeof rows === 'number' ? rows : 0,
    errorMessage: typeof errorMessage === 'string' ? errorMessage : null,
  };
}

function jobPath(base: string, jobId: string): string {
  return `${base}/jobs/query/${encodeURIComponent(jobId)}`;
}

/** Results are bound to the API version of their job: after an upgrade the job has to be made anew. */
function isOtherVersion(error: unknown): boolean {
  return error instanceof SalesforceRejected && error.status === 409;
}
