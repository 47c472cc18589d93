const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** Characters; far more than any field takes, and few enough to be quick. */
const LONGEST = 1000;

/**
 * Decimal text, E-notation included, rounded half away from zero to `scale` digits after the point
 * (null: as it is). Returns plain decimal text, or null when `text` is no number. Digits are never
 * passed through a float.
 */
export function roundDecimal(text: string, scale: number | null): string | null {
  if (text.length > LONGEST) return null;
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = whole + fraction;
  const decimals = fraction.length - Number(exponent);
  const wanted = scale ?? Math.max(decimals, 0);
  const scaled = shift(BigInt(digits), wanted - decimals);
  return `${sign === '-' && scaled !== 0n ? '-' : ''}${withPoint(scaled, wanted)}`;
}

function shift(value: bigint, places: number): bigint {
  if (places >= 0) return value * 10n ** BigInt(places);
  const divisor = 10n ** BigInt(-places);
  return (value + divisor / 2n) / divisor;
}

function withPoint(value: bigint, decimals: number): string {
  const digits = String(value).padStart(decimals + 1, '0');
  if (decimals === 0) return digits;
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return text.replace(/\.?0+$/, '');
}
