import { malformedQuery } from '../errors.ts';
import type { Comparison, Literal, Name } from './ast.ts';
import { dayRange, type Family, familyOf, readLiteral, type Tool, wrongType } from './criteria.ts';
import { corporateSql, rateOf } from './currency.ts';
import type { Days } from './date-literals.ts';
import type { Source } from './failures.ts';
import { currencyOf, IllegalEscape, patternOf, textOf } from './literals.ts';
import type { Column, Scope } from './scope.ts';

/**
 * SQL for one comparison of a field with literals. It may be null where SOQL says false; whoever
 * negates it has to mind that. Throws SalesforceErrors.
 */
export function compare(
  column: Column,
  { operator, literals }: Pick<Comparison, 'operator' | 'literals'>,
  scope: Scope,
  source: Source,
  left: Name,
): string {
  const family = familyOf(column.field.type);
  const refuse = (reason: string) => source.at(left, 'INVALID_QUERY_FILTER_OPERATOR', reason);
  try {
    const tool = { column, family, scope, source, left };
    if (operator === 'INCLUDES' || operator === 'EXCLUDES') {
      if (family !== 'multipicklist') throw refuse('invalid operator');
      return includes(tool, literals, operator === 'EXCLUDES');
    }
    if (operator === 'LIKE') {
      if (family !== 'text')
        throw refuse(family === 'id' ? 'invalid operator on id field' : 'invalid operator');
      return like(tool, literals[0]!);
    }
    if (operator === 'IN' || operator === 'NOT IN')
      return within(tool, literals, operator === 'NOT IN');
    const ordered = operator !== '=' && operator !== '!=';
    if (ordered && (family === 'boolean' || family === 'multipicklist'))
      throw refuse('invalid operator');
    return binary(tool, operator, literals[0]!);
  } catch (error) {
    if (error instanceof IllegalEscape) throw malformedQuery(error.message);
    throw error;
  }
}

function binary(tool: Tool, operator: string, literal: Literal): string {
  const { column, family, scope } = tool;
  if (isNull(literal, family)) return nullTest(tool, operator);
  const days = dayRange(tool, literal);
  if (days !== undefined) return inDays(tool, operator, days);
  const value = readLiteral(tool, literal);
  // Where the index is on lower(…), the comparison has to be too.
  if (isFolded(column, family)) {
    const right = `lower(${scope.numbers.bind(value)})`;
    const left = `lower(${column.sql})`;
    return operator === '!=' ? `${left} IS DISTINCT FROM ${right}` : `${left} ${operator} ${right}`;
  }
  if (family === 'boolean') {
    const left = column.viaParent ? `COALESCE(${column.sql}, false)` : column.sql;
    return (value === 'true') === (operator === '=') ? left : `NOT ${left}`;
  }
  const money = inCurrency(tool, literal);
  const right = `${scope.numbers.bind(value)}${CAST[family]}${money?.right ?? ''}`;
  const left = money?.left ?? column.sql;
  if (operator === '!=') return `${left} IS DISTINCT FROM ${right}`;
  return `${left} ${operator} ${right}`;
}

/** `USD5000` beside a currency field of an org with several currencies: both as corporate amounts. */
function inCurrency(
  { column, scope }: Tool,
  { text }: Literal,
): { left: string; right: string } | null {
  const iso = currencyOf(text);
  const { currencies } = scope.context;
  if (iso === null || !currencies || column.field.type !== 'currency') return null;
  return { left: corporateSql(column, currencies), right: ` / ${rateOf(iso, currencies)}` };
}

const isFolded = (column: Column, family: Family) =>
  (family === 'text' || family === 'multipicklist') && !column.field.caseSensitive;

/** Lowered by PostgreSQL, as the fields are: JavaScript knows a final sigma, PostgreSQL does not. */
const lowered = (list: string) =>
  `(SELECT array_agg(lower(value)) FROM unnest(${list}) value)::text[]`;

const CAST: Record<Family, string> = {
  text: '::text',
  id: '::text',
  number: '::numeric',
  boolean: '::boolean',
  date: '::date',
  datetime: '::timestamptz',
  time: '::time',
  multipicklist: '::text',
};

/** '' is what a text has that has nothing: null. */
function isNull(literal: Literal, family: Family): boolean {
  if (literal.type === 'NULL') return true;
  return (
    literal.type === 'STRING' &&
    literal.text === "''" &&
    (family === 'text' || family === 'id' || family === 'multipicklist')
  );
}

function nullTest({ column, family }: Tool, operator: string): string {
  // A checkbox is never null, not even a missing parent's.
  if (family === 'boolean') return operator === '!=' ? 'TRUE' : 'FALSE';
  if (operator === '=') return `${column.sql} IS NULL`;
  if (operator === '!=') return `${column.sql} IS NOT NULL`;
  return 'FALSE';
}

function like(tool: Tool, literal: Literal): string {
  const { column, scope } = tool;
  if (literal.type === 'NULL') return 'FALSE';
  if (literal.type !== 'STRING') throw wrongType(tool);
  return `lower(${column.sql}) LIKE lower(${scope.numbers.bind(patternOf(literal.text))})`;
}

function within(tool: Tool, literals: Literal[], negated: boolean): string {
  const { column, family, scope } = tool;
  const operator = negated ? '!=' : '=';
  const ranges = literals.filter((one) => one.type === 'DATE_LITERAL');
  const plain = literals.filter((one) => !isNull(one, family) && one.type !== 'DATE_LITERAL');
  const terms: string[] = [];
  if (plain.length + ranges.length < literals.length) terms.push(nullTest(tool, operator));
  terms.push(...ranges.map((one) => binary(tool, operator, one)));
  if (family === 'boolean') terms.push(...plain.map((one) => binary(tool, operator, one)));
  else if (plain.length > 0) {
    if (plain.some((one) => inCurrency(tool, one) !== null))
      return `(${[...terms, ...plain.map((one) => binary(tool, operator, one))].join(negated ? ' AND ' : ' OR ')})`;
    const values = plain.map((one) => readLiteral(tool, one));
    const folded = isFolded(column, family);
    const left = folded ? `lower(${column.sql})` : column.sql;
    const list = `${scope.numbers.bind(values)}${CAST[family]}[]`;
    const right = folded ? lowered(list) : list;
    terms.push(negated ? `(${left} = ANY(${right})) IS NOT TRUE` : `${left} = ANY(${right})`);
  }
  return terms.length === 1 ? terms[0]! : `(${terms.join(negated ? ' AND ' : ' OR ')})`;
}

/** Each literal is a set of values, joined by semicolons, that must all be there; one literal is enough. */
function includes(tool: Tool, literals: Literal[], negated: boolean): string {
  const { column, scope } = tool;
  const held = `string_to_array(lower(${column.sql}), ';')`;
  const terms = literals.map((literal) => {
    if (literal.type !== 'STRING') throw wrongType(tool);
    const values = textOf(literal.text)
      .split(';')
      .map((value) => value.trim());
    return `${held} @> ${lowered(`${scope.numbers.bind(values)}::text[]`)}`;
  });
  const any = `(${terms.join(' OR ')})`;
  return negated ? `${any} IS NOT TRUE` : any;
}

function inDays({ column, family, scope }: Tool, operator: string, { from, to }: Days): string {
  const zone = scope.context.userTimeZone;
  const edge = (day: string) =>
    family === 'date'
      ? `${scope.numbers.bind(day)}::date`
      : `(${scope.numbers.bind(day)}::timestamp AT TIME ZONE ${scope.numbers.bind(zone)}::text)`;
  const { sql } = column;
  if (operator === '<') return `${sql} < ${edge(from)}`;
  if (operator === '<=') return `${sql} < ${edge(to)}`;
  if (operator === '>') return `${sql} >= ${edge(to)}`;
  if (operator === '>=') return `${sql} >= ${edge(from)}`;
  const inside = `(${sql} >= ${edge(from)} AND ${sql} < ${edge(to)})`;
  return operator === '!=' ? `${inside} IS NOT TRUE` : inside;
}
