import { StringDecoder } from 'node:string_decoder';
import { SalesforceError } from '../errors.ts';
import type { Executor } from '../org.ts';
import { inTransaction } from '../transaction.ts';
import { CsvReader, type CsvRow } from './csv-reader.ts';
import {
  BatchError,
  contentTooLarge,
  contentTwice,
  headerTooLong,
  wrongState,
} from './failures.ts';
import { findIngestJob, type IngestJob } from './ingest-jobs.ts';
import { DELIMITERS } from './results.ts';
import { addRows } from './rows-table.ts';

/** 150 MB in base64, which takes half as much again. */
const MOST_BYTES = 100 * 1024 * 1024;

const LONGEST_HEADER = 32_000;

/** What a row whose values cannot be told apart is kept as, in place of their list. */
export const MALFORMED = 'malformed';

/**
 * Takes a job's content, which comes once. It is read as it comes and kept row by row; what cannot be
 * read is found out by whoever works on the job, and rows after it are lost. Throws 400 or 413 and
 * keeps nothing when the job cannot take it, or the client goes away before the end.
 */
export async function upload(
  db: Executor,
  id: string,
  content: AsyncIterable<Buffer>,
): Promise<IngestJob> {
  return inTransaction(db, async (client) => {
    const job = await findIngestJob(client, id, { lock: true });
    if (job.header !== null) throw contentTwice(job.id);
    if (job.state !== 'Open') throw wrongState(`Job is not open for content. State: ${job.state}`);
    const reading = new Reading(job, content);
    await addRows(client, job.id, reading.rows());
    await client.query(
      'UPDATE org_meta.bulk_ingest_job SET header = $2, content_error = $3 WHERE id = $1',
      [job.id, reading.header ?? '', reading.error],
    );
    return job;
  });
}

class Reading {
  header: string | null = null;
  error: string | null = null;
  readonly #reader: CsvReader;
  readonly #content: AsyncIterable<Buffer>;

  constructor({ columnDelimiter, lineEnding }: IngestJob, content: AsyncIterable<Buffer>) {
    this.#reader = new CsvReader({ delimiter: DELIMITERS[columnDelimiter]!, lineEnding });
    this.#content = content;
  }

  async *rows(): AsyncGenerator<string[]> {
    const decoder = new StringDecoder('utf8');
    let bytes = 0;
    for await (const chunk of unzipped(this.#content)) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw contentTooLarge();
      // The rest of a content that cannot be read is taken all the same: the client gets its answer.
      if (this.error === null)
        yield this.#take(() => this.#reader.push(withoutNul(decoder.write(chunk))));
    }
    if (this.error === null)
      yield this.#take(() => [...this.#reader.push(decoder.end()), ...this.#reader.end()]);
  }

  #take(read: () => CsvRow[]): string[] {
    try {
      const rows = read();
      if (this.header === null && rows.length > 0) this.#keepHeader(rows.shift()!);
      return rows.map(({ values, malformed }) =>
        JSON.stringify(malformed ? { [MALFORMED]: values } : values),
      );
    } catch (error) {
      if (!(error instanceof BatchError)) throw error;
      this.error = error.message;
      return [];
    }
  }

  #keepHeader({ text }: CsvRow): void {
    this.header = text;
    if (text.length > LONGEST_HEADER) throw headerTooLong(LONGEST_HEADER);
  }
}

const withoutNul = (text: string) => text.replaceAll('\0', '');

/** What is declared as gzip and is none is the client's mistake. */
async function* unzipped(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    if (!String((error as { code?: string }).code).startsWith('Z_')) throw error;
    throw new SalesforceError(400, 'INVALID_REQUEST', 'The content is not gzip');
  }
}
