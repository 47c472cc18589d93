import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  compareCursors,
  cursorAt,
  lowerBound,
  pullWindow,
  type Watermark,
} from '../../src/sync/watermark.ts';

const instants = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const marks: fc.Arbitrary<Watermark> = fc.record({
  modstamp: instants.map((date) => date.toISOString()),
  lastId: fc.option(
    fc.constantFrom('00Q000000000001AAA', '00Q000000000002AAA', '00Q00000000000aAAA'),
  ),
});

describe('the window', () => {
  it('trap 11: without a watermark everything is read', () => {
    expect(lowerBound(null, 600_000)).toBeNull();
  });

  it('N5: begins the overlap before the watermark and ends at the clock of Salesforce', () => {
    const watermark = { modstamp: '2026-03-01T12:00:00.000Z', lastId: null };
    expect(pullWindow(watermark, new Date('2026-03-01T12:05:00Z'), 600_000)).toEqual({
      after: '2026-03-01T11:50:00.000Z',
      until: '2026-03-01T12:05:00.000Z',
    });
  });

  it('trap 3: never begins at the watermark itself, whose second may not be over', () => {
    const watermark = { modstamp: '2026-03-01T12:00:00.000Z', lastId: null };
    expect(lowerBound(watermark, 0)).toBe('2026-03-01T11:59:59.000Z');
  });

  it('N1: what a window leaves behind is inside the next one', () => {
    fc.assert(
      fc.property(instants, instants, fc.nat(3_600_000), (first, second, overlap) => {
        const watermark = advance(null, first);
        const after = Date.parse(lowerBound(watermark, overlap)!);
        expect(after).toBeLessThan(first.getTime());
        const next = advance(watermark, second);
        expect(Date.parse(lowerBound(next, overlap)!)).toBeLessThan(Date.parse(next.modstamp));
      }),
    );
  });
});

describe('the next watermark', () => {
  it('N5: is the time of Salesforce, and never goes backwards', () => {
    fc.assert(
      fc.property(fc.option(marks), instants, (before, serverTime) => {
        const next = advance(before, serverTime);
        expect(Date.parse(next.modstamp)).toBe(
          Math.max(serverTime.getTime(), before ? Date.parse(before.modstamp) : 0),
        );
        if (before) expect(compareCursors(next, before)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the order (modstamp, id)', () => {
  it('trap 4: is total', () => {
    fc.assert(
      fc.property(marks, marks, marks, (a, b, c) => {
        expect(Math.sign(compareCursors(a, b))).toBe(-Math.sign(compareCursors(b, a)) + 0);
        expect(compareCursors(a, a)).toBe(0);
        if (compareCursors(a, b) <= 0 && compareCursors(b, c) <= 0) {
          expect(compareCursors(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('rows of one instant come by id, and the instant is covered only behind them all', () => {
    const at = (id: string) => cursorAt({ modstamp: '2026-03-01T12:00:00.000+0000', id });
    const covered = { modstamp: '2026-03-01T12:00:00.000Z', lastId: null };
    expect(compareCursors(at('00QB'), at('00Qa'))).toBeLessThan(0);
    expect(compareCursors(at('00Qz'), covered)).toBeLessThan(0);
  });
});
