import { PassThrough, pipeline, Readable } from 'node:stream';
import { SalesforceError } from '../errors.ts';
import { csvLine } from './csv-reader.ts';
import type { QueryJob } from './jobs.ts';
import type { ResultFiles } from './result-files.ts';

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

const BUFFER = 1024 * 1024;

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

/** The page as CSV, with the heading that every page has. */
export async function openPage(files: ResultFiles, job: QueryJob, page: Page): Promise<Readable> {
  const { delimiter, ending } = formatOf(job);
  const headings = job.columns.map(({ header }) => header);
  const heading = Buffer.from(csvLine(headings, delimiter) + ending);
  const end = page.offset + page.records;
  const rows = await files.read(job.id, job.parts ?? [], page.offset, end);
  if (rows === null) return Readable.from([heading], { objectMode: false });
  const out = new PassThrough({ highWaterMark: BUFFER });
  out.write(heading);
  return pipeline(rows, out, () => undefined);
}

const formatOf = ({ columnDelimiter, lineEnding }: QueryJob) => ({
  delimiter: DELIMITERS[columnDelimiter] ?? ',',
  ending: lineEnding === 'CRLF' ? '\r\n' : '\n',
});
