import { malformedQuery, SalesforceError } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import type { FieldType } from '../schema.ts';
import type { Literal, Name } from './ast.ts';
import { type Days, dayIn, daysOf } from './date-literals.ts';
import type { Source } from './failures.ts';
import { numberOf, textOf } from './literals.ts';
import type { Column, Scope } from './scope.ts';

/** How values of a type compare. */
export type Family =
  | 'text'
  | 'id'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'multipicklist';

/** The type's name in the refusal of a literal of another one. */
const CRITERION: Record<Family, string> = {
  text: 'string',
  id: 'reference',
  number: 'double',
  boolean: 'boolean',
  date: 'date',
  datetime: 'dateTime',
  time: 'time',
  multipicklist: 'string',
};

export function familyOf(type: FieldType): Family {
  if (type === 'id' || type === 'reference') return 'id';
  if (['double', 'currency', 'percent', 'int', 'long'].includes(type)) return 'number';
  if (['boolean', 'date', 'datetime', 'time', 'multipicklist'].includes(type))
    return type as Family;
  return 'text';
}

/** A comparison's left side, and what it takes to read its right side. */
export interface Tool {
  column: Column;
  family: Family;
  scope: Scope;
  source: Source;
  left: Name;
}

/** The n of `LAST_N_DAYS:n` and the like must leave a date that there is. */
const LARGEST_N = 9999;

/** The days a date literal stands for; undefined for any other literal. */
export function dayRange(tool: Tool, literal: Literal): Days | undefined {
  if (literal.type !== 'DATE_LITERAL') return undefined;
  if (tool.family !== 'date' && tool.family !== 'datetime') throw wrongType(tool);
  const { userTimeZone, now, fiscalYearStart } = tool.scope.context;
  if (literal.n > LARGEST_N) throw malformedQuery(`Number out of range: ${literal.n}`);
  const name = literal.text.replace(/:.*/, '');
  return daysOf(name, literal.n, dayIn(userTimeZone, now), fiscalYearStart);
}

/** The literal as PostgreSQL reads it; refuses one of another type than the field's. */
export function readLiteral(tool: Tool, { type, text }: Literal): string {
  const { family } = tool;
  if (family === 'number' && type === 'NUMBER') return numberOf(text);
  if (family === 'boolean' && type === 'BOOLEAN') return text.toLowerCase();
  if (family === 'date' && type === 'DATE') return validDay(text);
  if (family === 'datetime' && type === 'DATETIME') return validInstant(text);
  if (family === 'time' && type === 'TIME') return validTime(text);
  if (type === 'STRING') {
    if (family === 'text' || family === 'multipicklist') return textOf(text);
    if (family === 'id') return idOf(textOf(text));
  }
  throw wrongType(tool);
}

function idOf(text: string): string {
  const id = canonicalId(text.trim());
  if (id === null)
    throw new SalesforceError(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`);
  return id;
}

function validDay(text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  const wrong = Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text;
  if (wrong || text.startsWith('0000')) throw malformedQuery(`invalid date: ${text}`);
  return text;
}

/** In UTC, whatever the offset: PostgreSQL takes smaller ones than Salesforce. */
function validInstant(text: string): string {
  const instant = new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  const wrong = Number.isNaN(instant.getTime()) || /T24|:60/.test(text);
  const iso = wrong ? '' : instant.toISOString();
  if (!/^(?!0000)\d{4}-/.test(iso) || !hasDay(text.slice(0, 10)))
    throw malformedQuery(`invalid dateTime: ${text}`);
  return iso;
}

function hasDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;
}

function validTime(text: string): string {
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/.test(text))
    throw malformedQuery(`invalid time: ${text}`);
  return text;
}

export function wrongType({ column, family, source, left }: Tool): SalesforceError {
  const quoted = family === 'text' || family === 'id' || family === 'multipicklist';
  const type = column.field.type === 'int' ? 'int' : CRITERION[family];
  const reason = `value of filter criterion for field '${column.field.name}' must be of type ${type} and should ${quoted ? '' : 'not '}be enclosed in quotes`;
  return source.at(left, 'INVALID_FIELD', reason);
}
