import type { Query } from 'soql-parser-js';
import { compare } from './comparisons.ts';
import type { Source } from './failures.ts';
import { dateFunction, isDateFunction } from './functions.ts';
import { labelSql } from './labels.ts';
import { type Call, type Comparison, type Logic, logicOf, MixedOperators } from './logic.ts';
import { type Column, Scope } from './scope.ts';

/**
 * SQL for a WHERE clause. SOQL knows two truth values, not three: whatever is negated counts null
 * as false first.
 */
function whereSql(clause: NonNullable<Query['where']>, scope: Scope, source: Source): string {
  return logicSql(readLogic(clause, source), (comparison) =>
    comparisonSql(comparison, scope, source),
  );
}

/** The clause as a tree; refuses AND beside OR without parentheses. */
export function readLogic(clause: Parameters<typeof logicOf>[0], source: Source): Logic {
  try {
    return logicOf(clause);
  } catch (error) {
    if (!(error instanceof MixedOperators)) throw error;
    throw source.at(
      error.operator,
      'MALFORMED_QUERY',
      `unexpected token: '${error.operator}'`,
      'WHERE',
    );
  }
}

export function logicSql(logic: Logic, leaf: (comparison: Comparison) => string): string {
  if (logic.kind === 'comparison') return leaf(logic.comparison);
  if (logic.kind === 'not') return `(${logicSql(logic.term, leaf)}) IS NOT TRUE`;
  const terms = logic.terms.map((term) => logicSql(term, leaf));
  return `(${terms.join(logic.kind === 'and' ? ' AND ' : ' OR ')})`;
}

function comparisonSql(comparison: Comparison, scope: Scope, source: Source): string {
  const { fn, valueQuery } = comparison;
  if (fn !== undefined) {
    if (fn.functionName?.toUpperCase() === 'TOLABEL')
      return compare(labelled(fn, scope, source), comparison, scope, source, fn.rawValue ?? '');
    if (!isDateFunction(fn)) throw source.unsupported(`${fn.rawValue} in WHERE`);
    return compare(
      dateFunction(fn, scope, source, 'WHERE'),
      comparison,
      scope,
      source,
      fn.rawValue ?? '',
    );
  }
  const path = comparison.field ?? '';
  const column = resolve(path, scope, source, 'WHERE');
  if (!column.field.filterable || column.parts !== null)
    throw source.notAllowed(column.field.name, path, 'filtered', 'WHERE');
  if (valueQuery !== undefined)
    return semiJoin(column.sql, comparison.operator, valueQuery, scope, source);
  return compare(column, comparison, scope, source, path);
}

/** `toLabel(Status)`: the field, compared by its values' labels. */
function labelled(fn: Call, scope: Scope, source: Source): Column {
  const [path] = fn.parameters ?? [];
  const column = resolve(typeof path === 'string' ? path : '', scope, source, 'WHERE');
  return { ...column, sql: labelSql(column) };
}

export function resolve(path: string, scope: Scope, source: Source, clause: string) {
  try {
    return scope.column(path);
  } catch (error) {
    throw source.unresolved(error, path, clause);
  }
}

function semiJoin(
  left: string,
  operator: string,
  query: Query,
  scope: Scope,
  source: Source,
): string {
  if (operator !== 'IN' && operator !== 'NOT IN')
    throw source.unsupported(`A query on the right of ${operator}`);
  const inner = scopeOf(query.sObject ?? '', query.sObjectAlias, scope, source);
  const [field, ...more] = query.fields ?? [];
  if (
    field === undefined ||
    more.length > 0 ||
    (field.type !== 'Field' && field.type !== 'FieldRelationship')
  )
    throw source.unsupported('An inner query that does not select exactly one field');
  const path = field.type === 'Field' ? field.field : (field.rawValue ?? field.field);
  const column = resolve(path, inner, source, 'WHERE');
  const filters = filtersOf(inner, query.where, source);
  const conditions = [`${column.sql} IS NOT NULL`, ...filters].join(' AND ');
  return `${operator === 'NOT IN' ? `(${left} IS NULL OR ` : ''}${left} ${operator} (SELECT ${column.sql} FROM ${inner.from()} WHERE ${conditions})${operator === 'NOT IN' ? ')' : ''}`;
}

/** An object's FROM clause; refuses an object this user cannot see. */
export function scopeOf(
  name: string,
  alias: string | undefined,
  outer: Pick<Scope, 'numbers' | 'context'>,
  source: Source,
): Scope {
  const object = outer.context.schema.object(name);
  if (object === undefined || !object.queryable || !outer.context.access.canRead(object.name))
    throw source.unknownObject(name);
  return new Scope(object, alias, outer.numbers, outer.context);
}

/** What a query leaves out unless it asks for all rows. */
const HIDDEN = ['IsDeleted', 'IsArchived'];

/** The WHERE clause's terms, with deleted and archived rows hidden unless the query asks for all rows. */
export function filtersOf(scope: Scope, where: Query['where'], source: Source): string[] {
  const terms = where === undefined ? [] : [whereSql(where, scope, source)];
  if (scope.context.allRows) return terms;
  const hidden = HIDDEN.filter((name) => scope.context.schema.field(scope.object, name));
  return [...terms, ...hidden.map((name) => `NOT ${scope.alias}."${name}"`)];
}
