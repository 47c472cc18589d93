import { describe, expect, it } from 'vitest';
import { cycleLine, loadLines } from '../../src/dev/progress.ts';

describe('progress', () => {
  it('A2: shows of each object a bar, rows done of expected, rows a second and time left', () => {
    const lines = loadLines([
      { object: 'Account', done: 200, expected: 200, rate: 900, secondsLeft: 0 },
      { object: 'Lead', done: 12_000, expected: 24_000, rate: 1_234, secondsLeft: 90 },
      { object: 'Contact', done: 0, expected: null, rate: null, secondsLeft: null },
    ]);
    expect(lines).toEqual([
      '  Account  ████████████████████████ 100 %        200 of 200  900 rows/s',
      '  Lead     ████████████░░░░░░░░░░░░  50 %  12,000 of 24,000  1,234 rows/s  1 min 30 s left',
      '  Contact  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %            0 of ?',
    ]);
  });

  it.each([
    [0, 0, '100 %'],
    [30, 20, '100 %'],
    [999, 1_000, ' 99 %'],
  ])('A2: %i rows of %i expected are %s', (done, expected, share) => {
    const [line] = loadLines([{ object: 'Lead', done, expected, rate: 1, secondsLeft: 0 }]);
    expect(line).toContain(` ${share}`);
  });

  const cycle = {
    cycle: 12,
    startedAt: new Date(2026, 0, 2, 3, 4, 5),
    endedAt: new Date(2026, 0, 2, 3, 4, 6, 540),
    status: 'done',
    reason: null,
    moved: [],
    nextAt: new Date(2026, 0, 2, 3, 9, 6),
  };

  it('K2: says of a cycle what moved each way, its seconds and when the next begins', () => {
    const moved = [
      { object: 'Lead', way: 'pull', count: 1_200, failed: 0 },
      { object: 'Contact', way: 'pull', count: 3, failed: 0 },
      { object: 'Lead', way: 'push', count: 7, failed: 2 },
    ] as const;
    expect(cycleLine({ ...cycle, moved })).toBe(
      '03:04:06  cycle 12: from Salesforce Lead 1,200, Contact 3; to Salesforce Lead 7 (2 failed); 1.5 s, next at 03:09:06',
    );
  });

  it('K2: says so when nothing changed, and why a cycle failed', () => {
    expect(cycleLine({ ...cycle, nextAt: null })).toBe(
      '03:04:06  cycle 12: nothing changed; 1.5 s',
    );
    expect(cycleLine({ ...cycle, status: 'failed', reason: 'no answer' })).toContain(
      'cycle 12 failed (no answer): nothing changed',
    );
  });
});
