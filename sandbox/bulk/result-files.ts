import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { RowChunk } from './copy-rows.ts';

/** Rows and bytes of the parts of a result, in the order of the file: where to look for a row. */
export type ResultParts = [rows: number, bytes: number][];

const PREFIX = 'salesforce-sandbox-';

/** Folders of orgs that nobody has written to for longer have outlived every job in them. Milliseconds. */
const OLD = 8 * 24 * 60 * 60 * 1000;

const READ_AT_ONCE = 1024 * 1024;

/**
 * The results of query jobs as files, in CSV's form without the heading, in a folder for each org among
 * the system's temporary files. In the database they would take as long to write and to read again as
 * the query itself.
 */
export class ResultFiles {
  readonly #folder: string;

  constructor(orgId: string) {
    this.#folder = join(tmpdir(), PREFIX + orgId);
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.csv`);
  }

  async exists(id: string): Promise<boolean> {
    return (await stat(this.#path(id)).catch(ifMissing)) !== null;
  }

  /** Begins a job's file, in place of one left from before. */
  async write(id: string): Promise<ResultWriter> {
    await mkdir(this.#folder, { recursive: true });
    return new ResultWriter(await open(this.#path(id), 'w'));
  }

  /** The rows from `from` up to and without `end`. */
  async read(id: string, parts: ResultParts, from: number, end: number): Promise<Readable | null> {
    if (from >= end) return null;
    const path = this.#path(id);
    const [start, stop] = [await placeOf(path, parts, from), await placeOf(path, parts, end)];
    return createReadStream(path, { start, end: stop - 1, highWaterMark: READ_AT_ONCE });
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  async removeAll(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Removes what orgs that are long gone have left. */
  async sweep(): Promise<void> {
    const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
    for (const path of names.map((name) => join(tmpdir(), name))) {
      const found = await stat(path).catch(ifMissing);
      if (found !== null && Date.now() - found.mtimeMs > OLD)
        await rm(path, { recursive: true, force: true });
    }
  }
}

class ResultWriter {
  readonly parts: ResultParts = [];
  readonly #file: FileHandle;
  #end = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Also while another one is being written. */
  async add({ rows, bytes }: RowChunk): Promise<void> {
    this.parts.push([rows, bytes.length]);
    let at = this.#end;
    this.#end += bytes.length;
    for (let left = bytes; left.length > 0; ) {
      const { bytesWritten } = await this.#file.write(left, 0, left.length, at);
      left = left.subarray(bytesWritten);
      at += bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function ifMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}

/** Where in the file a row begins; at its end for the number of rows. */
async function placeOf(path: string, parts: ResultParts, row: number): Promise<number> {
  let [at, left] = [0, row];
  for (const [rows, bytes] of parts) {
    if (left === 0) break;
    if (left < rows) return at + (await lengthOfRows(path, at, bytes, left));
    left -= rows;
    at += bytes;
  }
  return at;
}

const QUOTE = 34;
const LINE_FEED = 10;

/** The length of the first rows of a part. A line feed in quotes belongs to a value. */
async function lengthOfRows(
  path: string,
  at: number,
  bytes: number,
  rows: number,
): Promise<number> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at);
    let left = rows;
    let isQuoted = false;
    for (let i = 0; i < bytes; i += 1) {
      const byte = buffer[i];
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LINE_FEED && !isQuoted) {
        left -= 1;
        if (left === 0) return i + 1;
      }
    }
    return bytes;
  } finally {
    await file.close();
  }
}
