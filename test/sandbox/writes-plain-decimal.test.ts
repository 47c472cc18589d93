import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainDecimal } from '../../sandbox/writes/plain-decimal.ts';

describe('decimals are read in digits, never through a float', () => {
  it.each([
    ['12.345', '12.345'],
    ['-0.0', '0'],
    ['+7', '7'],
    ['9.1E8', '910000000'],
    ['1e+21', '1000000000000000000000'],
    ['1.5e-3', '0.0015'],
    ['100.00', '100'],
    ['.5', '0.5'],
    ['7.', '7'],
    ['0.1000', '0.1'],
    ['12345678901234567.89', '12345678901234567.89'],
  ])('%s is %s', (text, expected) => {
    expect(plainDecimal(text)).toBe(expected);
  });

  it.each(['', '.', 'abc', '1,5', '1e', '0x10', 'NaN', 'Infinity', '1 2'])(
    '%j is no number',
    (text) => {
      expect(plainDecimal(text)).toBeNull();
    },
  );

  it('any number in JavaScript’s notation is the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const plain = plainDecimal(String(number))!;
        expect(plain).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        expect(Number(plain)).toBe(number === 0 ? 0 : number);
      }),
    );
  });

  it('takes no text so long that reading it would hold up the server', () => {
    expect(plainDecimal('9'.repeat(1001))).toBeNull();
    expect(plainDecimal('9'.repeat(1000))).toBe('9'.repeat(1000));
  });
});
