import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import { csvLine } from './csv-reader.ts';
import type { IngestJob } from './ingest-jobs.ts';
import { MALFORMED } from './ingest-upload.ts';
import { DELIMITERS } from './results.ts';
import { type BulkRow, type OutcomeKind, type RowError, rowsWith } from './rows-table.ts';

/** What a kind of result puts before the columns that were uploaded. */
const ADDED: Record<OutcomeKind, { headings: string[]; values(row: BulkRow): string[] }> = {
  successful: {
    headings: ['sf__Id', 'sf__Created'],
    values: ({ id, created }) => [id ?? '', String(created ?? false)],
  },
  failed: {
    headings: ['sf__Id', 'sf__Error'],
    values: ({ id, errors }) => [id ?? '', (errors ?? []).map(errorText).join(';')],
  },
  unprocessed: { headings: [], values: () => [] },
};

/** `CODE:message:Field1,Field2 --`; without fields `CODE:message:--`. */
export const errorText = ({ statusCode, message, fields }: RowError): string =>
  `${statusCode}:${message}:${fields.length === 0 ? '' : `${fields.join(',')} `}--`;

/** A job's rows of one kind as CSV: the heading as it was uploaded, all values in quotes. */
export function resultCsv(pool: Pool, job: IngestJob, kind: OutcomeKind): Readable {
  return Readable.from(lines(pool, job, kind), { objectMode: false });
}

async function* lines(pool: Pool, job: IngestJob, kind: OutcomeKind): AsyncGenerator<string> {
  const delimiter = DELIMITERS[job.columnDelimiter]!;
  const ending = job.lineEnding === 'CRLF' ? '\r\n' : '\n';
  const { headings, values } = ADDED[kind];
  const added = headings.length === 0 ? '' : csvLine(headings, delimiter);
  const heading = [added, job.header ?? ''].filter((text) => text !== '').join(delimiter);
  if (heading !== '') yield heading + ending;
  for await (const rows of rowsWith(pool, job.id, kind))
    yield rows
      .map((row) => csvLine([...values(row), ...uploaded(row)], delimiter) + ending)
      .join('');
}

function uploaded({ data }: BulkRow): string[] {
  const row = JSON.parse(data) as string[] | Record<typeof MALFORMED, string[]>;
  return Array.isArray(row) ? row : row[MALFORMED];
}
