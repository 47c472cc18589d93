import { malformedQuery, SalesforceError } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import type { FieldType } from '../schema.ts';
import { type Days, dayIn, daysOf } from './date-literals.ts';
import type { Source } from './failures.ts';
import { numberOf, TIME_OF_DAY, textOf } from './literals.ts';
import type { Comparison } from './logic.ts';
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

export interface Literal {
  /** STRING, INTEGER, DECIMAL, BOOLEAN, NULL, DATETIME, DATE, DATE_LITERAL or DATE_N_LITERAL. */
  type: string;
  text: string;
  n: number;
}

/** The literals of a comparison, one or a list. */
export function literalsOf({ value, literalType, dateLiteralVariable }: Comparison): Literal[] {
  return [value ?? ''].flat().map((text, i) => ({
    text,
    type:
      text.toUpperCase() === 'NULL'
        ? 'NULL'
        : ((Array.isArray(literalType) ? literalType[i] : literalType) ?? 'STRING'),
    n: (Array.isArray(dateLiteralVariable) ? dateLiteralVariable[i] : dateLiteralVariable) ?? 0,
  }));
}

/** A comparison's left side, and what it takes to read its right side. */
export interface Tool {
  column: Column;
  family: Family;
  scope: Scope;
  source: Source;
  path: string;
}

/** The n of `LAST_N_DAYS:n` and the like must leave a date that there is. */
const LARGEST_N = 9999;

/** The days a date literal stands for; undefined for any other literal. */
export function dayRange(tool: Tool, literal: Literal): Days | undefined {
  if (literal.type !== 'DATE_LITERAL' && literal.type !== 'DATE_N_LITERAL') return undefined;
  if (tool.family !== 'date' && tool.family !== 'datetime') throw wrongType(tool);
  const { userTimeZone, now } = tool.scope.context;
  if (literal.n > LARGEST_N) throw malformedQuery(`Number out of range: ${literal.text}`);
  const days = daysOf(literal.text, literal.n, dayIn(userTimeZone, now));
  if (days === undefined) throw malformedQuery(`unexpected token: ${literal.text}`);
  return days;
}

/** The literal as PostgreSQL reads it; refuses one of another type than the field's. */
export function readLiteral(tool: Tool, { type, text }: Literal): string {
  const { family } = tool;
  if (family === 'number' && /^(INTEGER|DECIMAL)/.test(type)) return numberOf(text);
  if (family === 'boolean' && type === 'BOOLEAN') return text.toLowerCase();
  if (family === 'date' && type === 'DATE') return validDay(text);
  if (family === 'datetime' && type === 'DATETIME') return validInstant(text);
  if (family === 'time' && type === 'DATETIME' && text.startsWith(TIME_OF_DAY))
    return text.slice(TIME_OF_DAY.length);
  if (type === 'STRING' && text.startsWith("'")) {
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
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text)
    throw malformedQuery(`invalid date: ${text}`);
  return text;
}

function validInstant(text: string): string {
  if (Number.isNaN(new Date(text).getTime())) throw malformedQuery(`invalid dateTime: ${text}`);
  return text;
}

export function wrongType({ column, family, source, path }: Tool): SalesforceError {
  const quoted = family === 'text' || family === 'id' || family === 'multipicklist';
  const type = column.field.type === 'int' ? 'int' : CRITERION[family];
  const reason = `value of filter criterion for field '${column.field.name}' must be of type ${type} and should ${quoted ? '' : 'not '}be enclosed in quotes`;
  return source.at(path, 'INVALID_FIELD', reason, 'WHERE');
}
