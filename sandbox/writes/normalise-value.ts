import {
  badPicklistValue,
  invalidEmail,
  invalidType,
  jsonParserError,
  numberOutsideRange,
  stringTooLong,
} from '../errors.ts';
import type { Field } from '../schema.ts';
import { storable } from '../storage.ts';
import { plainDecimal } from './plain-decimal.ts';

/**
 * One value of a request as it is stored: text in PostgreSQL's input form, or null. Strings are
 * trimmed and '' becomes null; times lose their milliseconds. Throws the SalesforceError of a value
 * that the field cannot take. References are not looked at.
 */
export function normaliseValue(field: Field, raw: unknown): string | null {
  if (typeof raw === 'object' && raw !== null) throw notScalar(field, raw);
  const text = raw === null || raw === undefined ? '' : clean(String(raw));
  if (text === '') {
    if (field.type === 'boolean') throw invalidType(field.label, field.name, '');
    return null;
  }
  return READERS[field.type]?.(field, text) ?? withinLength(field, text);
}

/** Of an integer field whose precision says nothing else. */
const DIGITS = 8;

type Reader = (field: Field, text: string) => string;

const READERS: Partial<Record<Field['type'], Reader>> = {
  boolean: readBoolean,
  int: (field, text) => readInteger(field, text, 10n ** BigInt(field.precision || DIGITS) - 1n),
  long: (field, text) => readInteger(field, text, 9_223_372_036_854_775_807n),
  double: readNumber,
  currency: readNumber,
  percent: readNumber,
  date: readDate,
  datetime: readDatetime,
  time: readTime,
  email: readEmail,
  picklist: (field, text) => withinLength(field, canonicalChoice(field, text)),
  multipicklist: readChoices,
};

const clean = (text: string) => storable(text).trim();

function notScalar(field: Field, raw: object): Error {
  const type = field.type === 'reference' ? 'reference' : field.type;
  return jsonParserError(
    Array.isArray(raw)
      ? `Cannot deserialize instance of ${type} from START_ARRAY value [line:1, column:1]`
      : `Cannot deserialize instance of ${type} from START_OBJECT value { or request may be missing a required field at [line:1, column:1]`,
  );
}

function withinLength(field: Field, text: string): string {
  if (field.length > 0 && text.length > field.length)
    throw stringTooLong(field.label, field.name, text, field.length);
  return text;
}

function readBoolean(field: Field, text: string): string {
  if (/^(true|1)$/i.test(text)) return 'true';
  if (/^(false|0)$/i.test(text)) return 'false';
  throw invalidType(field.label, field.name, text);
}

function readInteger(field: Field, text: string, largest: bigint): string {
  const whole = /^([+-]?\d{1,19})(?:\.0*)?$/.exec(text)?.[1];
  if (whole === undefined) throw invalidType(field.label, field.name, text);
  const value = BigInt(whole.replace('+', ''));
  if (value > largest || value < -largest) throw numberOutsideRange(field.label, field.name, text);
  return String(value);
}

/**
 * The API keeps decimals beyond the scale as far as a double holds them; only the user interface
 * rounds to the scale. Within the scale no digit is lost.
 */
function readNumber(field: Field, text: string): string {
  const exact = plainDecimal(text);
  if (exact === null) throw invalidType(field.label, field.name, text);
  const decimals = exact.split('.')[1]?.length ?? 0;
  const number = decimals > field.scale ? plainDecimal(String(Number(exact)))! : exact;
  const whole = /^-?0*(\d*)/.exec(number)?.[1] ?? '';
  if (field.precision > 0 && whole.length > field.precision - field.scale)
    throw numberOutsideRange(field.label, field.name, text);
  return number;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)/;

function isDate(text: string): boolean {
  const [, year = '', month, day] = DATE.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // Salesforce's calendar; Date rolls the 31st of February over into March.
  return year >= '1700' && year <= '4000' && date.getUTCDate() === Number(day);
}

function readDate(field: Field, text: string): string {
  const hasTime = /^.{10}T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text);
  if (!isDate(text) || (text.length > 10 && !hasTime))
    throw invalidType(field.label, field.name, text);
  return text.slice(0, 10);
}

function readDatetime(field: Field, text: string): string {
  const [, clock, zone] =
    /^\d{4}-\d\d-\d\d(?:T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d))?$/i.exec(text) ?? [];
  if (!isDate(text) || (text.length > 10 && clock === undefined))
    throw invalidType(field.label, field.name, text);
  if (clock === undefined) return `${text}T00:00:00Z`;
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const offset = (zone ?? 'Z').replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  const moment = new Date(`${text.slice(0, 10)}T${seconds}${offset}`);
  if (Number.isNaN(moment.getTime())) throw invalidType(field.label, field.name, text);
  return moment.toISOString().replace('.000Z', 'Z');
}

function readTime(field: Field, text: string): string {
  const clock = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(?=Z?$)/.exec(text)?.[0];
  if (clock === undefined) throw invalidType(field.label, field.name, text);
  return clock;
}

const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\.]+(\.[^\s@<>(),;:"[\]\\.]+)+$/;

function readEmail(field: Field, text: string): string {
  withinLength(field, text);
  const local = text.slice(0, text.indexOf('@'));
  if (!EMAIL.test(text) || /^\.|\.$|\.\./.test(local))
    throw invalidEmail(field.label, field.name, text);
  return text;
}

/** A restricted picklist takes its active values only, in any case, and keeps its own spelling. */
function canonicalChoice(field: Field, text: string): string {
  if (!field.restrictedPicklist) return text;
  const found = field.picklistValues.find(
    ({ value, active }) => active && value.toLowerCase() === text.toLowerCase(),
  );
  if (found === undefined) throw badPicklistValue(field.label, field.name, text);
  return found.value;
}

function readChoices(field: Field, text: string): string {
  const choices = text
    .split(';')
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '')
    .map((choice) => canonicalChoice(field, choice));
  return withinLength(field, [...new Set(choices)].join(';'));
}
