import { duration } from './terminal.ts';

export interface LoadProgress {
  object: string;
  done: number;
  /** Null before it was counted. */
  expected: number | null;
  /** Rows a second. */
  rate: number | null;
  secondsLeft: number | null;
}

/** Records of one object that moved one way in a cycle. */
export interface Moved {
  object: string;
  way: 'pull' | 'push';
  count: number;
  failed: number;
}

export interface CycleReport {
  cycle: number;
  startedAt: Date;
  endedAt: Date;
  status: string;
  /** Why it failed. */
  reason: string | null;
  /** What moved; objects with nothing are left out. */
  moved: readonly Moved[];
  nextAt: Date | null;
}

const BAR = 24;

/** One line per object: bar, rows done of expected, rows a second, time left. */
export function loadLines(objects: readonly LoadProgress[]): string[] {
  const names = Math.max(0, ...objects.map(({ object }) => object.length));
  const counts = objects.map(({ done, expected }) => `${whole(done)} of ${whole(expected)}`);
  const width = Math.max(0, ...counts.map((text) => text.length));
  return objects.map(({ object, done, expected, rate, secondsLeft }, at) => {
    const share = expected ? Math.min(done / expected, 1) : expected === 0 ? 1 : 0;
    const full = Math.floor(share * BAR);
    const bar = '█'.repeat(full) + '░'.repeat(BAR - full);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    const speed = rate ? `  ${whole(Math.round(rate))} rows/s` : '';
    const finished = expected !== null && done >= expected;
    const left = !finished && secondsLeft !== null ? `  ${duration(secondsLeft * 1000)} left` : '';
    return `  ${object.padEnd(names)}  ${bar} ${percent} %  ${counts[at]!.padStart(width)}${speed}${left}`;
  });
}

/** One line per cycle: what moved each way, how long it took, when the next begins. */
export function cycleLine(report: CycleReport): string {
  const parts = (['pull', 'push'] as const).map((way) => {
    const moved = report.moved.filter((part) => part.way === way);
    if (moved.length === 0) return null;
    const counts = moved.map(({ object, count, failed }) =>
      failed > 0
        ? `${object} ${whole(count)} (${whole(failed)} failed)`
        : `${object} ${whole(count)}`,
    );
    return `${way === 'pull' ? 'from' : 'to'} Salesforce ${counts.join(', ')}`;
  });
  const what = parts.filter((text) => text !== null).join('; ') || 'nothing changed';
  const seconds = ((report.endedAt.getTime() - report.startedAt.getTime()) / 1000).toFixed(1);
  const ending = report.status === 'done' ? '' : ` ${report.status}`;
  const why = report.reason ? ` (${report.reason})` : '';
  const next = report.nextAt ? `, next at ${time(report.nextAt)}` : '';
  return `${time(report.endedAt)}  cycle ${report.cycle}${ending}${why}: ${what}; ${seconds} s${next}`;
}

const time = (at: Date) => at.toTimeString().slice(0, 8);
const whole = (count: number | null) => (count === null ? '?' : count.toLocaleString('en-US'));
