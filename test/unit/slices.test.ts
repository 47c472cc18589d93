import { expect, it } from 'vitest';
import { halve, type Slice, WHOLE } from '../../src/sync/slices.ts';

const NOW = new Date('2026-05-01T00:00:00Z');

it('trap 5: halves follow each other without a gap, and the last keeps no upper bound', () => {
  const [older, later] = halve(WHOLE, NOW)!;
  expect(older.after).toBeNull();
  expect(later).toEqual({ after: older.until, until: null });
  expect(older.until).toMatch(/^2012-.*:\d\d\.000Z$/);
});

it('trap 5: halving ends at a time that no query can take too long for', () => {
  let slice: Slice = WHOLE;
  let times = 0;
  for (let halves = halve(slice, NOW); halves !== null; halves = halve(slice, NOW)) {
    slice = halves[1];
    times += 1;
  }
  expect(times).toBeLessThan(30);
  expect(NOW.getTime() - Date.parse(slice.after!)).toBeLessThan(120_000);
});
