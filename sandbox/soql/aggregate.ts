import type { FieldFunctionExpression, Query } from 'soql-parser-js';
import { malformedQuery } from '../errors.ts';
import type { Field } from '../schema.ts';
import { compare } from './comparisons.ts';
import type { Source } from './failures.ts';
import { dateFunction, isDateFunction } from './functions.ts';
import type { Call, Comparison } from './logic.ts';
import { orderTerms, type Sorted } from './order.ts';
import type { Column, Scope } from './scope.ts';
import type { Columns, Shape } from './shape.ts';
import { textSql } from './values.ts';
import { logicSql, readLogic, resolve } from './where.ts';

const AGGREGATES = ['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX'];
const NUMBERS = ['double', 'currency', 'percent', 'int', 'long'];

export function isAggregate(query: Query): boolean {
  return (
    query.groupBy !== undefined ||
    (query.fields ?? []).some(
      (field) => field.type === 'FieldFunctionExpression' && isAggregateCall(field),
    )
  );
}

/** `SELECT COUNT() FROM …`, which answers with a number and no rows. */
export function isCountOnly(query: Query): boolean {
  const [field, ...more] = query.fields ?? [];
  return (
    more.length === 0 &&
    field?.type === 'FieldFunctionExpression' &&
    field.functionName.toUpperCase() === 'COUNT' &&
    field.parameters.length === 0
  );
}

function isAggregateCall({ functionName }: Call): boolean {
  return AGGREGATES.includes((functionName ?? '').toUpperCase());
}

/** What a query with aggregates adds to its statement. */
export interface Aggregated {
  shape: Shape;
  groupBy: string[];
  having: string | null;
  orderBy: string[];
}

export function aggregate(
  query: Query,
  scope: Scope,
  source: Source,
  columns: Columns,
): Aggregated {
  const { groupBy, grouped } = groups(query, scope, source);
  const shape: Shape = { type: 'AggregateResult', nameColumn: null, idColumn: null, entries: [] };
  const aliases = new Map<string, Column>();
  let unnamed = 0;
  for (const field of query.fields ?? []) {
    if (field.type === 'FieldSubquery' || field.type === 'FieldTypeof')
      throw source.unsupported('An inner query or TYPEOF beside aggregates');
    const isCall = field.type === 'FieldFunctionExpression';
    const alias = 'alias' in field ? field.alias : undefined;
    const column = isCall
      ? callColumn(field, scope, source)
      : resolve(pathOf(field), scope, source, 'SELECT');
    if (!(isCall && isAggregateCall(field)) && !grouped.has(column.sql))
      throw source.at(
        isCall ? (field.rawValue ?? '') : pathOf(field),
        'MALFORMED_QUERY',
        `Field must be grouped or aggregated: ${column.field.name}`,
      );
    const key = alias ?? (isCall ? `expr${unnamed++}` : column.field.name);
    if (shape.entries.some((entry) => entry.key === key))
      throw malformedQuery(`duplicate alias: ${key}`);
    aliases.set(key.toLowerCase(), column);
    shape.entries.push({
      kind: 'value',
      key,
      type: column.field.type,
      column: columns.add(textSql(column)),
    });
  }
  const sorted = (field: string | Call): Sorted => {
    const column =
      typeof field === 'string'
        ? (aliases.get(field.toLowerCase()) ?? resolve(field, scope, source, 'ORDER'))
        : callColumn(field, scope, source);
    if (typeof field === 'string' && !aliases.has(field.toLowerCase()) && !grouped.has(column.sql))
      throw source.at(
        field,
        'MALFORMED_QUERY',
        `Ordered field must be grouped or aggregated: ${column.field.name}`,
        'ORDER',
      );
    // A grouped text cannot be folded: the group knows only the text itself.
    return { sql: column.sql, type: column.field.type === 'int' ? 'int' : 'id', nillable: true };
  };
  return {
    shape,
    groupBy,
    having: havingSql(query, scope, source),
    orderBy: orderTerms(query, sorted),
  };
}

function pathOf(field: { field: string; rawValue?: string }): string {
  return field.rawValue ?? field.field;
}

function groups(
  query: Query,
  scope: Scope,
  source: Source,
): { groupBy: string[]; grouped: Set<string> } {
  const grouped = new Set<string>();
  const add = (column: Column, path: string) => {
    if (!column.field.groupable && column.field.type !== 'int')
      throw source.notAllowed(column.field.name, path, 'grouped', 'GROUP');
    grouped.add(column.sql);
    return column.sql;
  };
  const groupBy = [query.groupBy ?? []].flat().map((clause) => {
    if ('field' in clause) return add(resolve(clause.field, scope, source, 'GROUP'), clause.field);
    const call = clause.fn as Call;
    const name = (call.functionName ?? '').toUpperCase();
    if (name !== 'ROLLUP' && name !== 'CUBE')
      return add(dateFunction(call, scope, source, 'GROUP'), call.rawValue ?? '');
    const inner = (call.parameters ?? []).map((parameter) =>
      typeof parameter === 'string'
        ? add(resolve(parameter, scope, source, 'GROUP'), parameter)
        : add(dateFunction(parameter as Call, scope, source, 'GROUP'), ''),
    );
    return `${name}(${inner.join(', ')})`;
  });
  return { groupBy, grouped };
}

/** The column an aggregate or date function makes. */
function callColumn(call: Call | FieldFunctionExpression, scope: Scope, source: Source): Column {
  if (isDateFunction(call)) return dateFunction(call, scope, source, 'SELECT');
  if (!isAggregateCall(call)) throw source.unsupported(call.rawValue ?? 'This function');
  const name = (call.functionName ?? '').toUpperCase();
  const [inner] = call.parameters ?? [];
  if (inner === undefined) return result({ ...anyColumn(scope) }, 'count(*)', 'int');
  const path = typeof inner === 'string' ? inner : '';
  const column =
    typeof inner === 'string'
      ? resolve(path, scope, source, 'SELECT')
      : dateFunction(inner as Call, scope, source, 'SELECT');
  const { type } = column.field;
  const fits =
    name === 'COUNT' || name === 'COUNT_DISTINCT'
      ? column.parts === null
      : name === 'SUM' || name === 'AVG'
        ? NUMBERS.includes(type)
        : type !== 'boolean' && column.parts === null;
  if (!fits)
    throw source.at(
      path,
      'MALFORMED_QUERY',
      `field ${column.field.name} does not support aggregate operator ${name}`,
    );
  if (name === 'COUNT') return result(column, `count(${column.sql})`, 'int');
  if (name === 'COUNT_DISTINCT') return result(column, `count(DISTINCT ${column.sql})`, 'int');
  if (name === 'SUM' || name === 'AVG')
    return result(column, `${name.toLowerCase()}(${column.sql})`, 'double');
  return result(column, `${name.toLowerCase()}(${column.sql})`, type);
}

function anyColumn(scope: Scope): Column {
  return scope.columnOf(scope.root, 'Id');
}

function result(column: Column, sql: string, type: Field['type']): Column {
  return { ...column, sql, viaParent: true, field: { ...column.field, type, filterable: true } };
}

function havingSql(query: Query, scope: Scope, source: Source): string | null {
  if (query.having === undefined) return null;
  return logicSql(readLogic(query.having, source), (comparison: Comparison) => {
    const path = comparison.field ?? comparison.fn?.rawValue ?? '';
    const column =
      comparison.fn === undefined
        ? resolve(path, scope, source, 'HAVING')
        : callColumn(comparison.fn, scope, source);
    return compare(column, comparison, scope, source, path);
  });
}
