const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** Characters; far more than any field takes, and few enough to be quick. */
const LONGEST = 1000;

/**
 * Decimal text, E-notation included, as plain decimal text without zeros at its end; null when it is
 * no number. Digits are never passed through a float.
 */
export function plainDecimal(text: string): string | null {
  if (text.length > LONGEST) return null;
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const decimals = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * 10n ** BigInt(Math.max(-decimals, 0));
  return `${sign === '-' && digits !== 0n ? '-' : ''}${withPoint(digits, Math.max(decimals, 0))}`;
}

function withPoint(value: bigint, decimals: number): string {
  const digits = String(value).padStart(decimals + 1, '0');
  if (decimals === 0) return digits;
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return text.replace(/\.?0+$/, '');
}
