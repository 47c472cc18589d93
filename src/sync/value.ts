/** A field's value as normalised text, in the same form whichever side it comes from; null is empty (rule J6). */
export type Value = string | null;

/** What Salesforce's JSON, its CSV or PostgreSQL's `::text` may hold. */
export type RawValue = string | number | boolean | null | undefined;

/**
 * Brings a raw value to the one form in which both sides are compared and merged:
 * - text: NUL removed, every line end `\n`, trimmed as Salesforce trims (characters up to U+0020), '' → null;
 * - numbers: plain decimal text, without exponent, leading or trailing zeros;
 * - booleans: `true`, `false`;
 * - datetime: `YYYY-MM-DDThh:mm:ssZ`, cut to the second; date: `YYYY-MM-DD`; time: `hh:mm:ss[.fff]`;
 * - id, reference: 18 characters (trap 16).
 * A value that does not have its type's form stays trimmed text: whoever stores it says what is wrong with it.
 */
export function normalise(type: string, raw: RawValue): Value {
  if (raw === null || raw === undefined) return null;
  const text = trim(String(raw));
  if (text === '') return null;
  switch (type) {
    case 'boolean':
      return normaliseBoolean(text);
    case 'int':
    case 'long':
    case 'double':
    case 'currency':
    case 'percent':
      return normaliseNumber(text);
    case 'datetime':
      return normaliseDatetime(text);
    case 'date':
      return /^(\d{4,}-\d\d-\d\d)([T ].*)?$/.exec(text)?.[1] ?? text;
    case 'time':
      return normaliseTime(text);
    case 'id':
    case 'reference':
      return id18(text);
    default:
      return text;
  }
}

/**
 * The JSON form for a write to Salesforce. A boolean knows no null there: empty is false.
 * A number that a double cannot hold exactly travels as text, which Salesforce reads as well.
 */
export function toSalesforce(type: string, value: Value): string | number | boolean | null {
  const normalised = normalise(type, value);
  if (type === 'boolean') {
    if (normalised === null) return false;
    if (normalised === 'true' || normalised === 'false') return normalised === 'true';
    return normalised;
  }
  if (normalised === null) return null;
  switch (type) {
    case 'int':
    case 'long':
    case 'double':
    case 'currency':
    case 'percent': {
      const number = Number(normalised);
      const exact = Number.isFinite(number) && normaliseNumber(String(number)) === normalised;
      // NaN and Infinity travel as text too: JSON would make them null, and empty the field.
      return exact ? number : normalised;
    }
    case 'datetime':
      return normalised.replace(/(:\d\d)Z$/, '$1.000Z');
    case 'time':
      return salesforceTime(normalised);
    default:
      return normalised;
  }
}

/** A 15-character id with its checksum (trap 16); anything else as it is. */
export function id18(id: string): string {
  if (!/^[A-Za-z0-9]{15}$/.test(id)) return id;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
  let suffix = '';
  for (let start = 0; start < 15; start += 5) {
    let bits = 0;
    for (let offset = 0; offset < 5; offset += 1) {
      if (/[A-Z]/.test(id[start + offset]!)) bits |= 1 << offset;
    }
    suffix += letters[bits];
  }
  return id + suffix;
}

/** Trims as Salesforce does, and brings what PostgreSQL or a form may add to one form. */
function trim(text: string): string {
  const clean = text.replaceAll('\u0000', '').replace(/\r\n?/g, '\n');
  let start = 0;
  let end = clean.length;
  while (start < end && clean.charCodeAt(start) <= 0x20) start += 1;
  while (end > start && clean.charCodeAt(end - 1) <= 0x20) end -= 1;
  return clean.slice(start, end);
}

function normaliseBoolean(text: string): string {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 't' || lower === '1') return 'true';
  if (lower === 'false' || lower === 'f' || lower === '0') return 'false';
  return text;
}

/** By text only: 18 digits do not fit into a double. */
function normaliseNumber(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (!match || (!match[2] && !match[3])) return text;
  const whole = match[2] ?? '';
  const digits = whole + (match[3] ?? '');
  const point = whole.length + Number(match[4] ?? 0);
  const padded = point > digits.length ? digits.padEnd(point, '0') : digits;
  const shifted = point < 0 ? '0'.repeat(-point) + padded : padded;
  const split = Math.max(point, 0);
  const integer = shifted.slice(0, split).replace(/^0+/, '') || '0';
  const fraction = shifted.slice(split).replace(/0+$/, '');
  const unsigned = fraction === '' ? integer : `${integer}.${fraction}`;
  return match[1] === '-' && unsigned !== '0' ? `-${unsigned}` : unsigned;
}

function normaliseDatetime(text: string): string {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):?(\d\d)?(?::?(\d\d))?)?$/.exec(
      text,
    );
  if (!match) return text;
  const [, year, month, day, hour, minute, second, sign, zoneHour, zoneMinute, zoneSecond] = match;
  const local = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  const offset =
    (Number(zoneHour ?? 0) * 3600 + Number(zoneMinute ?? 0) * 60 + Number(zoneSecond ?? 0)) * 1000;
  const utc = new Date(sign === '-' ? local + offset : local - offset);
  return `${utc.toISOString().slice(0, -5)}Z`;
}

function normaliseTime(text: string): string {
  const match = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|[+-]00(?::?00)?)?$/.exec(text);
  if (!match) return text;
  const fraction = (match[2] ?? '').slice(0, 3).replace(/0+$/, '');
  return fraction === '' ? match[1]! : `${match[1]}.${fraction}`;
}

function salesforceTime(text: string): string {
  const match = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(3, '0')}Z` : text;
}
