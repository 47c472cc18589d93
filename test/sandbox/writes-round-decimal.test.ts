import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundDecimal } from '../../sandbox/writes/round-decimal.ts';

describe('decimals are rounded in digits, never through a float', () => {
  it.each([
    ['12.345', 2, '12.35'],
    ['-12.345', 2, '-12.35'],
    ['0.5', 0, '1'],
    ['-0.4', 0, '0'],
    ['9.1E8', 0, '910000000'],
    ['1e+21', 0, '1000000000000000000000'],
    ['1.5e-3', 4, '0.0015'],
    ['1e-30', 2, '0'],
    ['100.00', 2, '100'],
    ['.5', 1, '0.5'],
    ['7.', 1, '7'],
    ['0.1000', null, '0.1'],
    ['12345678901234567.89', 2, '12345678901234567.89'],
  ])('%s to %s places is %s', (text, scale, expected) => {
    expect(roundDecimal(text, scale)).toBe(expected);
  });

  it.each(['', '.', 'abc', '1,5', '1e', '0x10', 'NaN', 'Infinity', '1 2'])(
    '%j is no number',
    (text) => {
      expect(roundDecimal(text, 2)).toBeNull();
    },
  );

  it('a whole number of hundredths stays what it is at any scale from two up', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 15n), 10n ** 15n),
        fc.integer({ min: 2, max: 8 }),
        (n, scale) => {
          const digits = String(n < 0n ? -n : n).padStart(3, '0');
          const text = `${n < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
          const rounded = roundDecimal(text, scale)!;
          expect(Number(rounded) * 100).toBeCloseTo(Number(n), 0);
          expect(roundDecimal(rounded, scale)).toBe(rounded);
        },
      ),
    );
  });

  it('takes no text so long that reading it would hold up the server', () => {
    expect(roundDecimal('9'.repeat(1001), 2)).toBeNull();
    expect(roundDecimal('9'.repeat(1000), 0)).toBe('9'.repeat(1000));
  });
});
