import { PassThrough, pipeline, type Readable, Transform } from 'node:stream';
import type { Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { SalesforceError } from '../errors.ts';
import type { Field } from '../schema.ts';
import { csvSql } from '../soql/csv.ts';
import type { Column } from '../soql/scope.ts';
import { type QueryJob, type ResultColumn, resultTable } from './jobs.ts';

export const DELIMITERS: Record<string, string> = {
  COMMA: ',',
  TAB: '\t',
  SEMICOLON: ';',
  PIPE: '|',
  CARET: '^',
  BACKQUOTE: '`',
};

/** Rows of a page when the client sets no maxRecords. */
export const DEFAULT_PAGE = 250_000;

const BUFFER = 256 * 1024;

/**
 * Switched off while a page is read. Compiling the expressions takes longer than it saves; and a
 * table just made has no statistics, without which the planner would sort the page on disk in place
 * of reading it along the index.
 */
const SETTINGS = ['jit', 'enable_sort', 'enable_bitmapscan', 'enable_seqscan'];

export interface Page {
  /** Rows before the page. */
  offset: number;
  records: number;
  /** Where the next page begins; null after the last. */
  next: number | null;
}

/** Cuts the page that `locator` and `maxRecords` ask for. Throws 400 for what is neither. */
export function pageOf(
  job: QueryJob,
  { locator, maxRecords }: { locator?: string; maxRecords?: string },
): Page {
  const most = maxRecords === undefined || maxRecords === '' ? DEFAULT_PAGE : Number(maxRecords);
  if (!Number.isInteger(most) || most < 1)
    throw new SalesforceError(
      400,
      'INVALID_INPUT',
      `maxRecords must be a positive number: ${maxRecords}`,
    );
  const offset = readLocator(locator);
  if (offset > 0 && offset >= job.records)
    throw new SalesforceError(400, 'INVALID_INPUT', `Invalid locator: ${locator}`);
  const end = Math.min(job.records, offset + most);
  return { offset, records: end - offset, next: end < job.records ? end : null };
}

/** Salesforce's locators are the row's number in base64, without padding. */
export const locatorOf = (offset: number) =>
  Buffer.from(String(offset)).toString('base64').replace(/=+$/, '');

function readLocator(locator: string | undefined): number {
  if (locator === undefined || locator === '' || locator === 'null') return 0;
  const text = Buffer.from(locator, 'base64').toString();
  if (!/^\d{1,9}$/.test(text))
    throw new SalesforceError(400, 'INVALID_INPUT', `Invalid locator: ${locator}`);
  return Number(text);
}

/**
 * The page as CSV, straight from COPY, as fast as the reader takes it. The reader who goes away early
 * ends the COPY with its connection.
 */
export async function openPage(pool: Pool, job: QueryJob, page: Page): Promise<Readable> {
  const out = new PassThrough({ highWaterMark: BUFFER });
  const delimiter = DELIMITERS[job.columnDelimiter] ?? ',';
  const lineEnding = job.lineEnding === 'CRLF' ? '\r\n' : '\n';
  out.write(job.columns.map(({ header }) => quoted(header)).join(delimiter) + lineEnding);
  const client = await pool.connect();
  await client.query(SETTINGS.map((name) => `SET ${name} = off`).join('; '));
  const copy = client.query(copyTo(copySql(job, page, delimiter), { highWaterMark: BUFFER }));
  const done = (error?: Error | null) => {
    if (error) client.release(true);
    else
      void client.query(SETTINGS.map((name) => `RESET ${name}`).join('; ')).then(
        () => client.release(),
        () => client.release(true),
      );
  };
  if (job.lineEnding === 'CRLF') pipeline(copy, crlf(), out, done);
  else pipeline(copy, out, done);
  return out;
}

function copySql(job: QueryJob, page: Page, delimiter: string): string {
  const columns = job.columns.map((column, i) => csvSql(asColumn(column, `c${i}`)));
  const rows = `n > ${page.offset} AND n <= ${page.offset + page.records}`;
  return `COPY (SELECT ${columns.join(', ')} FROM ${resultTable(job.id)} WHERE ${rows} ORDER BY n)
    TO STDOUT (FORMAT csv, FORCE_QUOTE *, DELIMITER '${delimiter}')`;
}

function asColumn(
  { type, viaParent }: ResultColumn,
  sql: string,
): Pick<Column, 'field' | 'sql' | 'viaParent'> {
  return { field: { type } as Field, sql, viaParent };
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

const QUOTE = 34;
const NEWLINE = 10;

/** Ends rows with CR LF; line feeds inside of values stay. */
function crlf(): Transform {
  let inside = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const parts: Buffer[] = [];
      let from = 0;
      for (let i = 0; i < chunk.length; i += 1) {
        if (chunk[i] === QUOTE) inside = !inside;
        if (chunk[i] !== NEWLINE || inside) continue;
        parts.push(chunk.subarray(from, i), Buffer.from('\r\n'));
        from = i + 1;
      }
      parts.push(chunk.subarray(from));
      callback(null, Buffer.concat(parts));
    },
  });
}
