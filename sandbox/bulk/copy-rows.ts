import type { PoolClient } from 'pg';
import { ReadingSocket } from './reading-socket.ts';

/** Whole rows as COPY writes them, with how many there are. */
export interface RowChunk {
  rows: number;
  bytes: Buffer;
}

/** Bytes that make a chunk; the last row may go beyond. */
const CHUNK_BYTES = 1024 * 1024;
const BUFFER_BYTES = CHUNK_BYTES + CHUNK_BYTES / 8;

/** Chunks taken at once; then the reading waits. */
const AT_ONCE = 3;

const COPY_DATA = 0x64;
const ERROR_RESPONSE = 0x45;
const COPY_DONE = 0x63;
/** A message's code and length; the length counts itself. */
const HEAD = 5;
const LENGTH = 4;

const NOTHING = Buffer.alloc(0);

interface Connection {
  stream: NodeJS.ReadableStream & { pause(): void; resume(): void };
  query(text: string): void;
}

type Listener = (bytes: Buffer) => void;

/**
 * Runs `COPY … TO STDOUT` and gives its rows to `take` in chunks. PostgreSQL sends each row as one
 * message, so rows are counted without a look into them; pg-copy-streams would not tell. Each row's
 * line feed becomes `lineEnding`. Returns the number of rows. `take` is given the next chunks while it
 * works on one; the reading pauses when there are too many. A chunk's bytes are those of another one
 * once `take` is done with it.
 */
export function copyRows(
  client: PoolClient,
  sql: string,
  lineEnding: '\n' | '\r\n',
  take: (chunk: RowChunk) => Promise<void>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const copy = new CopyRows(sql, lineEnding, take, resolve, reject);
    (client as unknown as { query(one: CopyRows): void }).query(copy);
  });
}

/** What pg calls a submittable: pg hands it the connection, and it hands it back when it is done. */
class CopyRows {
  readonly #sql: string;
  readonly #isCrLf: boolean;
  readonly #take: (chunk: RowChunk) => Promise<void>;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  #connection: Connection | null = null;
  #pgListener: Listener | null = null;
  readonly #listener: Listener = (bytes) => this.#read(bytes);
  /** Of a message whose code and length have not come whole. */
  #head: Buffer = NOTHING;
  /** What is still to come of the message, and whether it is a row's. */
  #left = 0;
  #isRow = false;
  #out: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  readonly #free: Buffer[] = [];
  #rows = 0;
  #total = 0;
  #taking: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #failure: unknown = null;

  constructor(
    sql: string,
    lineEnding: '\n' | '\r\n',
    take: (chunk: RowChunk) => Promise<void>,
    resolve: (rows: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#sql = sql;
    this.#isCrLf = lineEnding === '\r\n';
    this.#take = take;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    const { stream } = connection;
    const [listener] = stream.listeners('data') as Listener[];
    this.#pgListener = listener!;
    stream.removeListener('data', this.#pgListener);
    stream.on('data', this.#listener);
    if (stream instanceof ReadingSocket) stream.lends = true;
    connection.query(this.#sql);
  }

  #read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        if (this.#isRow) this.#keep(bytes, at, end);
        at = end;
        continue;
      }
      if (this.#head.length + bytes.length - at < HEAD) {
        this.#head = Buffer.concat([this.#head, bytes.subarray(at)]);
        return;
      }
      const missing = HEAD - this.#head.length;
      const isSplit = missing < HEAD;
      const head = isSplit ? Buffer.concat([this.#head, bytes.subarray(at, at + missing)]) : bytes;
      const from = isSplit ? 0 : at;
      const code = head[from]!;
      if (code === ERROR_RESPONSE || code === COPY_DONE) {
        this.#handBack(Buffer.concat([this.#head, bytes.subarray(at)]));
        return;
      }
      this.#left = head.readUInt32BE(from + 1) - LENGTH;
      this.#isRow = code === COPY_DATA;
      this.#head = NOTHING;
      at += missing;
    }
  }

  #keep(bytes: Buffer, from: number, end: number): void {
    const needed = this.#used + end - from + 1;
    if (needed > this.#out.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#out.copy(larger, 0, 0, this.#used);
      this.#out = larger;
    }
    this.#used += bytes.copy(this.#out, this.#used, from, end);
    if (this.#left > 0) return;
    if (this.#isCrLf) {
      this.#out.write('\r\n', this.#used - 1);
      this.#used += 1;
    }
    this.#rows += 1;
    if (this.#used >= CHUNK_BYTES) this.#give();
  }

  #give(): void {
    if (this.#rows === 0) return;
    const buffer = this.#out;
    const chunk = { rows: this.#rows, bytes: buffer.subarray(0, this.#used) };
    this.#total += this.#rows;
    this.#out = this.#free.pop() ?? Buffer.allocUnsafe(BUFFER_BYTES);
    this.#used = 0;
    this.#rows = 0;
    this.#pending += 1;
    if (this.#pending >= AT_ONCE) this.#connection!.stream.pause();
    const taken = this.#failure === null ? this.#take(chunk) : Promise.resolve();
    const done = taken
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#free.push(buffer);
        this.#pending -= 1;
        this.#connection!.stream.resume();
      });
    this.#taking = Promise.all([this.#taking, done]);
  }

  /** pg reads the rest: the error, or the end. */
  #handBack(rest: Buffer): void {
    this.#give();
    const { stream } = this.#connection!;
    stream.removeListener('data', this.#listener);
    stream.on('data', this.#pgListener!);
    if (stream instanceof ReadingSocket) stream.lends = false;
    this.#pgListener!(rest);
  }

  handleError(error: unknown): void {
    this.#failure ??= error;
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    void this.#taking.then(() =>
      this.#failure === null ? this.#resolve(this.#total) : this.#reject(this.#failure),
    );
  }

  handleCommandComplete(): void {}
  handleCopyData(): void {}
}
