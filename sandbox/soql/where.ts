import type { Alias, Call, Comparison, Logic, Name, Path } from './ast.ts';
import { compare } from './comparisons.ts';
import type { Source } from './failures.ts';
import { expressionColumn } from './functions.ts';
import { type Column, type JoinedRow, Scope } from './scope.ts';
import { refuseMisplacedJoins, semiJoin } from './semi-join.ts';

/** SOQL knows two truth values, not three: whatever is negated counts null as false first. */
export function logicSql(logic: Logic, leaf: (comparison: Comparison) => string): string {
  if (logic.kind === 'comparison') return leaf(logic.comparison);
  if (logic.kind === 'not') return `(${logicSql(logic.term, leaf)}) IS NOT TRUE`;
  const terms = logic.terms.map((term) => logicSql(term, leaf));
  return `(${terms.join(logic.kind === 'and' ? ' AND ' : ' OR ')})`;
}

function comparisonSql(comparison: Comparison, scope: Scope, source: Source): string {
  const { left, operator, query } = comparison;
  if (left.kind === 'literal') throw source.malformed(left, `unexpected token: '${left.text}'`);
  const column = filterColumn(left, scope, source);
  if (query !== null) return semiJoin(left, column, operator, query, scope, source);
  if (left.kind === 'call' && left.name === 'DISTANCE' && operator !== '<' && operator !== '>')
    throw source.at(left, 'INVALID_QUERY_FILTER_OPERATOR', 'invalid operator');
  return compare(column, comparison, scope, source, left);
}

function filterColumn(left: Path | Call, scope: Scope, source: Source): Column {
  if (left.kind === 'path') {
    const column = resolve(left, scope, source);
    if (!column.field.filterable || column.parts !== null)
      throw source.notAllowed(column.field.name, left, 'filtered');
    return column;
  }
  if (left.name === 'FORMAT' || left.name === 'CONVERTCURRENCY')
    throw source.malformed(left, `unexpected token: '${left.text.replace(/\s*\(.*/s, '')}'`);
  return expressionColumn(left, scope, source);
}

export function resolve(path: Name, scope: Scope, source: Source): Column {
  try {
    return scope.column(path.text);
  } catch (error) {
    throw source.unresolved(error, path);
  }
}

/** An object's FROM clause; refuses an object this user cannot see. */
export function scopeOf(
  name: Name,
  aliases: Alias[],
  outer: Pick<Scope, 'numbers' | 'context'>,
  source: Source,
): Scope {
  const object = outer.context.schema.object(name.text);
  if (object === undefined || !object.queryable || !outer.context.access.canRead(object.name))
    throw source.unknownObject(name);
  const scope = new Scope(object, aliases, outer.numbers, outer.context);
  for (const { path } of aliases) if (path !== null) rowAt(path, scope, source);
  return scope;
}

/** The row that a path of relationships leads to. */
export function rowAt(path: Name, scope: Scope, source: Source): JoinedRow {
  try {
    return scope.rowAt(path.text);
  } catch (error) {
    throw source.unresolved(error, path);
  }
}

/**
 * The WHERE clause's terms, and those that every query of an object has: deleted rows and archived
 * activities are hidden unless the query asks for all rows, and rows that are not shared always are.
 */
export function filtersOf(scope: Scope, where: Logic | null, source: Source): string[] {
  const { schema, allRows, sharing } = scope.context;
  const terms: string[] = [];
  if (where !== null) {
    refuseMisplacedJoins(where, scope, source);
    terms.push(logicSql(where, (comparison) => comparisonSql(comparison, scope, source)));
  }
  for (const hiding of ['IsDeleted', 'IsArchived'])
    if (!allRows && schema.field(scope.object, hiding))
      terms.push(`NOT ${scope.alias}."${hiding}"`);
  const shared = sharing?.(scope.object, scope.alias) ?? null;
  return shared === null ? terms : [...terms, shared];
}
