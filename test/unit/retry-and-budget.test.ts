import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiBudget } from '../../src/sync/budget.ts';
import { errorKind, nextTry } from '../../src/sync/retry.ts';

const now = new Date('2026-03-01T12:00:00Z');
const delay = (code: string, tries: number, spread?: number) =>
  (nextTry({ code, tries, now, ...(spread !== undefined && { spread }) }).getTime() -
    now.getTime()) /
  1_000;

describe('N3: the next try of an error', () => {
  it('trap 22: of a lock comes within seconds, then minutes', () => {
    expect([1, 2, 3, 4, 50].map((tries) => delay('UNABLE_TO_LOCK_ROW', tries))).toEqual([
      5, 10, 20, 40, 300,
    ]);
  });

  it('of a rule that somebody has to change comes within minutes, then six hours', () => {
    const code = 'FIELD_CUSTOM_VALIDATION_EXCEPTION';
    expect([1, 2, 3, 50].map((tries) => delay(code, tries))).toEqual([120, 240, 480, 21_600]);
  });

  it('a code nobody knows is not taken for a passing one', () => {
    expect(errorKind('SOMETHING_NEW')).toBe('lasting');
  });

  it('always comes, later with each try, by at most a quarter early', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true }), (tries, spread) => {
        const plain = delay('REQUIRED_FIELD_MISSING', tries);
        expect(plain).toBeLessThanOrEqual(delay('REQUIRED_FIELD_MISSING', tries + 1));
        const early = delay('REQUIRED_FIELD_MISSING', tries, spread);
        expect(early).toBeLessThanOrEqual(plain);
        expect(early).toBeGreaterThanOrEqual(plain * 0.75 - 0.001);
      }),
    );
  });
});

describe('M1: the budget of API calls', () => {
  const at = (used: number, share = 0.8, pauseMs = 300_000) =>
    apiBudget({ used, limit: 100_000 }, share, pauseMs);

  it('is fine up to nine tenths, then slows down, then waits for the window to roll', () => {
    expect(at(0)).toEqual({ state: 'ok', budget: 80_000, waitMs: 300_000, reason: null });
    expect(at(71_999).state).toBe('ok');
    expect(at(72_000).state).toBe('slow');
    expect(at(79_999).state).toBe('slow');
    expect(at(80_000).state).toBe('spent');
    expect(at(80_000).waitMs).toBe(900_000);
  });

  it('says so with the numbers', () => {
    expect(at(76_000).reason).toMatch(/slowed down: 76000 of 80000 .* limit is 100000/);
    expect(at(99_000).reason).toMatch(/99000 of 80000/);
  });

  it('is fine before the first response', () => {
    expect(apiBudget(null, 0.8, 5_000)).toMatchObject({ state: 'ok', waitMs: 5_000 });
  });

  it('waits the longer the more is used, never less than the pause', () => {
    const part = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(part, part, fc.integer({ min: 1_000, max: 80_000 }), (a, b, pauseMs) => {
        const [less, more] = a <= b ? [a, b] : [b, a];
        expect(at(less, 0.8, pauseMs).waitMs).toBeGreaterThanOrEqual(pauseMs);
        expect(at(less, 0.8, pauseMs).waitMs).toBeLessThanOrEqual(at(more, 0.8, pauseMs).waitMs);
      }),
    );
  });
});
