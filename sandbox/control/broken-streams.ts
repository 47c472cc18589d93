import type { Socket } from 'node:net';
import { Readable, Transform } from 'node:stream';

/** Bytes of a long answer that pass before its connection breaks. */
const BREAK_AFTER = 64 * 1024;
/** Milliseconds for what was passed on to reach the socket before it is closed. */
const FLUSH_TIME = 20;

export function streamOf(payload: unknown): Readable {
  return payload instanceof Readable
    ? payload
    : Readable.from([Buffer.from(String(payload ?? ''))]);
}

/** Passes on the first part of an answer, then closes the connection; a short answer loses its second half. */
export function breakConnection(source: Readable, socket: Socket): Readable {
  let passed = 0;
  let held: Buffer | null = null;
  const broken = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held !== null) this.push(held);
      held = chunk;
      passed += chunk.length;
      if (passed > BREAK_AFTER) die(this);
      else done();
    },
    flush() {
      die(this);
    },
  });
  function die(stream: Transform) {
    if (held !== null) stream.push(held.subarray(0, Math.ceil(held.length / 2)));
    setTimeout(() => socket.destroySoon(), FLUSH_TIME);
  }
  return through(source, broken);
}

/** Cuts a data row in half, as a damaged CSV file would have it: the middle one of the first chunk that has any. */
export function garbleLine(source: Readable): Readable {
  let start: Buffer | null = Buffer.alloc(0);
  return through(
    source,
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (start === null) return done(null, chunk);
        const text = Buffer.concat([start, chunk]).toString('latin1');
        start = Buffer.from(text, 'latin1');
        // The header row alone is no data: more has to come.
        if (rowsOf(text).length <= 2) return done();
        start = null;
        done(null, Buffer.from(cutMiddleRow(text), 'latin1'));
      },
      flush(done) {
        done(null, start);
      },
    }),
  );
}

function cutMiddleRow(text: string): string {
  const rows = rowsOf(text);
  const middle = Math.max(1, Math.floor((rows.length - 1) / 2));
  const row = rows[middle] ?? '';
  rows[middle] = row.slice(0, Math.ceil(row.length / 2));
  return rows.join('\n');
}

/** A line break within quotes belongs to a value: cut there, the rest would still be sound CSV. */
function rowsOf(text: string): string[] {
  const rows = [''];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === '\n' && !quoted) rows.push('');
    else rows[rows.length - 1] += character;
  }
  return rows;
}

function through(source: Readable, transform: Transform): Readable {
  source.on('error', (error) => transform.destroy(error));
  transform.on('close', () => source.destroy());
  return source.pipe(transform);
}
