import type { WriteStream } from 'node:tty';

/** Where the starter shows what goes on: whole lines, and at most one that changes. */
export interface Terminal {
  /** A line that stays. */
  line(text: string): void;
  /** What changes: redrawn in place on a terminal; elsewhere a line now and then. */
  status(lines: readonly string[]): void;
  /** Ends the changing part, leaving it as last drawn. */
  settle(): void;
}

/** Where output is not a terminal, a changing line is written this often, in ms. */
const PLAIN_INTERVAL = 10_000;

export function createTerminal(
  out: Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number },
  now: () => number = Date.now,
): Terminal {
  let drawn = 0;
  let lastPlain = Number.NEGATIVE_INFINITY;
  let pending: readonly string[] = [];

  const erase = () => {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = (lines: readonly string[]) => {
    const width = (out.columns ?? 80) - 1;
    // A line that wraps would make the count of rows to erase wrong.
    for (const text of lines) out.write(`${text.slice(0, width)}\n`);
    drawn = lines.length;
  };

  return {
    line(text) {
      if (!out.isTTY) {
        out.write(`${text}\n`);
        return;
      }
      erase();
      out.write(`${text}\n`);
      draw(pending);
    },
    status(lines) {
      pending = lines;
      if (out.isTTY) {
        erase();
        draw(lines);
      } else if (now() - lastPlain >= PLAIN_INTERVAL) {
        lastPlain = now();
        for (const text of lines) out.write(`${text}\n`);
      }
    },
    settle() {
      if (!out.isTTY && pending.length > 0) for (const text of pending) out.write(`${text}\n`);
      drawn = 0;
      pending = [];
      lastPlain = Number.NEGATIVE_INFINITY;
    },
  };
}

/** "4 s", "1 min 20 s", "2 h 5 min". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
