import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { readJob, unlessEnded } from './bulk-job.ts';
import { readCsv } from './csv.ts';
import { asObject, asText, unexpected } from './json.ts';
import type { IngestJob, IngestOperation, IngestResult, Outcome } from './port.ts';
import type { Rest, RestRequest } from './rest.ts';
import * as soql from './soql.ts';

/** No assignment rule is named, so none runs (trap 25). */
export async function openIngest(
  rest: Rest,
  base: string,
  object: string,
  operation: IngestOperation,
): Promise<string> {
  const how =
    operation === 'update'
      ? { operation }
      : { operation: 'upsert', externalIdFieldName: soql.identifier(operation.upsertBy) };
  const format = { contentType: 'CSV', columnDelimiter: 'COMMA', lineEnding: 'LF' };
  const { body } = await rest.json({
    method: 'POST',
    path: `${base}/jobs/ingest`,
    body: { object: soql.identifier(object), ...how, ...format },
    subject: 'query',
    reads: false,
  });
  return asText(asObject(body).id);
}

/** Made, zipped and sent line by line, at the speed of the network. */
export async function uploadIngest(
  rest: Rest,
  base: string,
  jobId: string,
  lines: () => Iterable<string>,
): Promise<void> {
  await rest.json({
    method: 'PUT',
    path: `${jobPath(base, jobId)}/batches`,
    stream: () => {
      const zip = createGzip();
      const source = Readable.from(lines());
      source.on('error', (error) => zip.destroy(error));
      return source.pipe(zip);
    },
    headers: { 'content-type': 'text/csv; charset=UTF-8', 'content-encoding': 'gzip' },
    subject: 'records',
    reads: false,
  });
}

export async function closeIngest(rest: Rest, base: string, jobId: string): Promise<void> {
  await move(rest, base, jobId, 'UploadComplete');
}

export async function ingestJob(
  rest: Rest,
  base: string,
  jobId: string,
): Promise<IngestJob | null> {
  const job = await readJob(rest, jobPath(base, jobId));
  return job === null ? null : toJob(job);
}

/** Two calls; the rows of `unprocessedrecords` are those that are in neither. */
export async function ingestResults(
  rest: Rest,
  base: string,
  jobId: string,
  keyField: string,
): Promise<IngestResult[]> {
  const results: IngestResult[] = [];
  for (const kind of ['successfulResults', 'failedResults'] as const) {
    const { body } = await rest.stream({
      ...({ method: 'GET', subject: 'records', reads: true } satisfies Partial<RestRequest>),
      path: `${jobPath(base, jobId)}/${kind}`,
      headers: { accept: 'text/csv', 'accept-encoding': 'identity' },
    });
    for await (const row of readCsv(body)) {
      const key = row[keyField];
      if (key === undefined) throw unexpected(`column ${keyField} of a result`);
      results.push({ key, outcome: outcomeOf(row) });
    }
  }
  return results;
}

export async function abortIngest(rest: Rest, base: string, jobId: string): Promise<void> {
  await unlessEnded(move(rest, base, jobId, 'Aborted'));
}

async function move(rest: Rest, base: string, jobId: string, state: string): Promise<void> {
  const path = jobPath(base, jobId);
  const body = { state };
  await rest.json({ method: 'PATCH', path, body, subject: 'query', reads: false });
}

function outcomeOf(row: Record<string, string>): Outcome {
  const id = row.sf__Id || null;
  const said = row.sf__Error;
  if (said === undefined) {
    if (id === null) throw unexpected('id of a written record');
    return { ok: true, id, created: row.sf__Created === 'true' };
  }
  // CODE:message:fields --
  const [, code, message, fields] = /^([A-Z_0-9]+):([\s\S]*?)(?::([\w.,\s]*)--)?$/.exec(said) ?? [];
  return {
    ...{ ok: false, id },
    code: code ?? 'UNKNOWN_EXCEPTION',
    message: (message ?? said).trim(),
    fields: (fields ?? '').split(/[,\s]+/).filter(Boolean),
  };
}

const states = [
  'Open',
  'UploadComplete',
  'InProgress',
  'JobComplete',
  'Aborted',
  'Failed',
] as const;

function toJob(body: Record<string, unknown>): IngestJob {
  const state = states.find((known) => known === body.state);
  if (state === undefined) throw unexpected('known state of a job');
  const count = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    id: asText(body.id),
    state,
    failed: count(body.numberRecordsFailed),
    processed: count(body.numberRecordsProcessed),
    errorMessage: typeof body.errorMessage === 'string' ? body.errorMessage : null,
  };
}

function jobPath(base: string, jobId: string): string {
  return `${base}/jobs/ingest/${encodeURIComponent(jobId)}`;
}
