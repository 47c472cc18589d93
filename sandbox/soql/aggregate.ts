import { malformedQuery } from '../errors.ts';
import { aggregateColumn as columnOf, holdsAggregate, isAggregateCall } from './aggregate-call.ts';
import type { Call, Path, Query } from './ast.ts';
import { compare } from './comparisons.ts';
import type { Source } from './failures.ts';
import { isDateFunction, onlyArgument } from './functions.ts';
import { orderTerms, type Sorted } from './order.ts';
import type { Column, Scope } from './scope.ts';
import type { Columns, Shape } from './shape.ts';
import { textSql } from './values.ts';
import { logicSql } from './where.ts';

/** The most fields of a ROLLUP or CUBE. */
const MOST_SUBTOTALS = 3;

export function isAggregate(query: Query): boolean {
  return (
    query.groupBy !== null ||
    query.having !== null ||
    query.fields.some((field) => field.kind === 'value' && holdsAggregate(field.expression))
  );
}

/** `SELECT COUNT() FROM …`, which answers with a number and no rows. */
export function isCountOnly(query: Query): boolean {
  const [field, ...more] = query.fields;
  return more.length === 0 && field?.kind === 'value' && isBareCount(field.expression);
}

function isBareCount(expression: Path | Call): boolean {
  return expression.kind === 'call' && expression.name === 'COUNT' && expression.args.length === 0;
}

/** What a query with aggregates adds to its statement. */
export interface Aggregated {
  shape: Shape;
  groupBy: string | null;
  having: string | null;
  orderBy: string[];
}

export function aggregate(
  query: Query,
  scope: Scope,
  source: Source,
  columns: Columns,
): Aggregated {
  refuse(query, source);
  const grouped = groups(query, scope, source);
  const names = new Set(grouped);
  const shape: Shape = { type: 'AggregateResult', nameColumn: null, idColumn: null, entries: [] };
  const aliases = new Map<string, Column>();
  let unnamed = 0;
  for (const field of query.fields) {
    if (field.kind !== 'value')
      throw malformedQuery('Grouped query cannot use child relationships in the SELECT list');
    const { expression, alias } = field;
    if (expression.kind === 'call' && expression.name === 'FIELDS')
      throw malformedQuery('The SOQL FIELDS function is not supported with GROUP BY');
    const column = groupedColumn(expression, scope, source, names);
    if (!isAggregated(expression) && !names.has(column.sql) && !names.has(innerSql(expression)))
      throw source.malformed(expression, `Field must be grouped or aggregated: ${expression.text}`);
    const key =
      alias?.text ?? (expression.kind === 'call' ? `expr${unnamed++}` : column.path.at(-1)!);
    if (shape.entries.some((entry) => entry.key.toLowerCase() === key.toLowerCase()))
      throw malformedQuery(`duplicate alias: ${key}`);
    aliases.set(key.toLowerCase(), column);
    const type = column.parts === null ? column.field.type : 'json';
    // In a subtotal every field can be null, even a checkbox.
    const sql = textSql({ ...column, viaParent: true });
    shape.entries.push({ kind: 'value', key, type, column: columns.add(sql) });
  }

  /** The SQL of the field that toLabel() and the like stand around. */
  function innerSql(expression: Path | Call): string {
    if (expression.kind === 'path' || isDateFunction(expression)) return '';
    const [inner] = expression.args;
    return inner === undefined || inner.kind === 'literal'
      ? ''
      : columnOf(inner, scope, source).sql;
  }

  const sorted = (expression: Path | Call): Sorted => {
    const alias = expression.kind === 'path' ? aliases.get(expression.text.toLowerCase()) : null;
    const column = alias ?? groupedColumn(expression, scope, source, names);
    if (!alias && !isAggregated(expression) && !names.has(column.sql))
      throw source.malformed(
        expression,
        `Ordered field must be grouped or aggregated: ${expression.text}`,
      );
    return { sql: column.sql, field: column.field, nillable: true };
  };
  return {
    shape,
    groupBy: groupByOf(query, grouped),
    having: havingSql(query, scope, source, names),
    orderBy: orderTerms(query, sorted),
  };
}

function isAggregated(expression: Path | Call): boolean {
  if (expression.kind === 'path' || isDateFunction(expression)) return false;
  if (isAggregateCall(expression)) return true;
  return expression.args.some((arg) => arg.kind !== 'literal' && isAggregated(arg));
}

function refuse(query: Query, source: Source): void {
  const bare = query.fields.find(
    (field) => field.kind === 'value' && isBareCount(field.expression),
  );
  if (bare?.kind === 'value' && query.fields.length > 1)
    throw source.malformed(bare.expression, "unexpected token: 'COUNT'");
  if (query.groupBy !== null) return;
  const having = query.clauses.get('HAVING');
  if (having !== undefined)
    throw source.malformed({ offset: having }, "unexpected token: 'HAVING'");
  for (const clause of ['LIMIT', 'OFFSET'])
    if (query.clauses.has(clause))
      throw malformedQuery(
        `Non-grouped query that uses overall aggregate functions cannot also use ${clause}`,
      );
}

function groups(query: Query, scope: Scope, source: Source): string[] {
  const { mode, expressions } = query.groupBy ?? { mode: 'plain', expressions: [] };
  if (mode !== 'plain' && expressions.length > MOST_SUBTOTALS)
    throw malformedQuery(`GROUP BY ${mode} must contain ${MOST_SUBTOTALS} fields or less`);
  const found: string[] = [];
  for (const expression of expressions) {
    if (expression.kind === 'call' && !isDateFunction(expression))
      throw source.malformed(
        expression,
        `unexpected token: '${expression.text.replace(/\s*\(.*/s, '')}'`,
      );
    const { sql, field, parts } = columnOf(expression, scope, source);
    if (!field.groupable || parts !== null)
      throw source.notAllowed(field.name, expression, 'grouped');
    if (found.includes(sql))
      throw source.malformed(expression, `duplicate grouping expression: ${expression.text}`);
    found.push(sql);
  }
  return found;
}

/** An expression's column; GROUPING() is refused for what the query does not group by. */
function groupedColumn(
  expression: Path | Call,
  scope: Scope,
  source: Source,
  grouped: Set<string>,
): Column {
  const column = columnOf(expression, scope, source);
  if (expression.kind === 'call' && expression.name === 'GROUPING') {
    const argument = onlyArgument(expression, source);
    if (!grouped.has(columnOf(argument, scope, source).sql))
      throw source.malformed(argument, `Field must be grouped: ${argument.text}`);
  }
  return column;
}

function groupByOf({ groupBy }: Query, grouped: string[]): string | null {
  if (groupBy === null) return null;
  return groupBy.mode === 'plain' ? grouped.join(', ') : `${groupBy.mode}(${grouped.join(', ')})`;
}

function havingSql(
  { having }: Query,
  scope: Scope,
  source: Source,
  grouped: Set<string>,
): string | null {
  if (having === null) return null;
  return logicSql(having, (comparison) => {
    const { left, query } = comparison;
    if (left.kind === 'literal' || query !== null)
      throw source.malformed(left, 'Semi join sub-selects are not allowed in HAVING clauses');
    const column = groupedColumn(left, scope, source, grouped);
    if (!isAggregated(left) && !grouped.has(column.sql))
      throw source.malformed(left, `Field must be grouped or aggregated: ${left.text}`);
    return compare(column, comparison, scope, source, left);
  });
}
