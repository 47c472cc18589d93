import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import type { Transaction } from './database.ts';
import { errorCode, OtherColumns, PageIncomplete } from './errors.ts';

const NUL = 0;
const NEWLINE = 10;

/** More than the header of the widest object: 900 names of 80 characters. */
const LONGEST_HEADER = 100_000;

/**
 * Passes a CSV page on without its NUL bytes, which PostgreSQL's text cannot hold (trap 13), after
 * checking that its header names exactly `fields` in this order: COPY goes by position.
 * Fails with OtherColumns when it does not, with PageIncomplete when there is none.
 */
function guardCsv(fields: readonly string[]): Transform {
  let header: Buffer | null = Buffer.alloc(0);

  function check(line: string): void {
    const names = line
      .replace(/^\uFEFF/, '')
      .trim()
      .split(',')
      .map((name) => name.replace(/^"|"$/g, ''));
    if (names.length !== fields.length || names.some((name, index) => name !== fields[index])) {
      throw new OtherColumns(
        `A CSV page has other columns than were asked for: ${names.length} instead of ${fields.length}, or in another order. It is fetched again.`,
      );
    }
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        const clean = chunk.includes(NUL) ? chunk.filter((byte) => byte !== NUL) : chunk;
        if (header !== null) {
          header = Buffer.concat([header, clean]);
          const end = header.indexOf(NEWLINE);
          if (end < 0 && header.length < LONGEST_HEADER) return done();
          check(header.subarray(0, end < 0 ? header.length : end).toString('utf8'));
          const whole = header;
          header = null;
          return done(null, whole);
        }
        done(null, clean);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done: TransformCallback) {
      try {
        if (header === null) return done();
        if (header.length === 0)
          throw new PageIncomplete('A CSV page is empty. It is fetched again.');
        // A header without a line end is a page without rows.
        check(header.toString('utf8'));
        done(null, header);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/**
 * Call it as soon as a stream is taken over: one that fails before copyPage reads it would end the
 * process otherwise. copyPage still meets the error.
 */
export function takeOver(csv: Readable): void {
  csv.on('error', () => {});
}

/** bad_copy_file_format: not CSV, or cut off inside a row. */
const BROKEN_CSV = '22P04';

/**
 * COPY of a CSV page with the header `fields`. `expected` is the number of rows that Salesforce
 * announced, null when unknown: a page that came shorter would lose rows without any error.
 * @throws PageIncomplete cut off, broken, other columns or another number of rows
 */
export async function copyPage(
  tx: Transaction,
  copy: string,
  fields: readonly string[],
  csv: Readable,
  expected: number | null,
): Promise<number> {
  // The reader of the last stream gets an error of the first; the callback only takes it in.
  const page = pipeline(csv, guardCsv(fields), () => {});
  const copied = await tx.copyIn(copy, page).catch((error: unknown) => {
    const cut = errorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!cut && errorCode(error) !== BROKEN_CSV) throw error;
    throw new PageIncomplete('A CSV page is broken or ended early. It is fetched again.', {
      cause: error,
    });
  });
  if (expected !== null && copied !== expected) {
    throw new PageIncomplete(
      `A CSV page holds ${copied} rows, but Salesforce announced ${expected}. It is fetched again.`,
    );
  }
  return copied;
}
