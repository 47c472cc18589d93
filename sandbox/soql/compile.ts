import { malformedQuery, SalesforceError } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { aggregate, isAggregate, isCountOnly } from './aggregate.ts';
import type { Query } from './ast.ts';
import { byIdPart, type Part, renumbered } from './by-id.ts';
import { refuseManyLists } from './children.ts';
import { Source } from './failures.ts';
import { Numbers } from './numbers.ts';
import { orderTerms, sortedField } from './order.ts';
import { parse } from './parse.ts';
import { scopeCondition } from './record-scope.ts';
import { requireFilter } from './reified.ts';
import type { Column, Context, Scope } from './scope.ts';
import { itemsOf, shapeOf } from './select.ts';
import { Columns, type Shape } from './shape.ts';
import { filtersOf, scopeOf } from './where.ts';

export type { Context } from './scope.ts';

/** `SELECT COUNT()`, rows of an object, or rows of aggregates. */
type Kind = 'count' | 'rows' | 'aggregate';

/** A query as SQL, whole and in its parts. All parts share `params`. */
export interface Compiled {
  kind: Kind;
  object: SObject;
  /** The whole query, one statement. Each row is an array of texts; `shape` says what of. */
  sql: string;
  params: unknown[];
  shape: Shape;
  /** The selected fields in order, for CSV; empty for counts and aggregates. */
  selected: Column[];
  /** The same with another LIMIT if that is lower. */
  limited(rows: number): string;
  /** The ids of all rows in the query's order, LIMIT and OFFSET applied; one column `id`. */
  ids: Part;
  /** The rows with certain ids, in the order of the ids, which are to be added as the last parameter. */
  byId: Part;
  /** `FROM … WHERE …` for another list of columns. */
  tail: string;
  query: Query;
}

const LARGEST_OFFSET = 2000;
const ROWS_WITH_OFFSET = 2000;

/** Characters of a whole statement. */
const LONGEST = 100_000;

/**
 * Turns SOQL into one SQL statement with parameters. Throws SalesforceErrors in Salesforce's words:
 * MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE, INVALID_QUERY_FILTER_OPERATOR,
 * NUMBER_OUTSIDE_VALID_RANGE, QUERY_TOO_COMPLICATED.
 */
export function compile(soql: string, context: Context): Compiled {
  if (soql.length > LONGEST)
    throw new SalesforceError(
      400,
      'QUERY_TOO_COMPLICATED',
      `SOQL statement cannot be longer than ${LONGEST} characters.`,
    );
  const query = parse(soql);
  const source = new Source(soql);
  if ((query.offset ?? 0) > LARGEST_OFFSET)
    throw new SalesforceError(
      400,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `Maximum SOQL offset allowed is ${LARGEST_OFFSET}`,
    );
  const numbers = new Numbers();
  const outer = { numbers, context: { ...context, allRows: context.allRows || query.allRows } };
  const scope = scopeOf(query.from, query.aliases, outer, source);
  requireFilter(scope.object.name, query.where);
  if (isCountOnly(query) && query.groupBy === null) return countOf(query, scope, source);
  return isAggregate(query) ? aggregates(query, scope, source) : rows(query, scope, source);
}

function countOf(query: Query, scope: Scope, source: Source): Compiled {
  const [field] = query.fields;
  if (field?.kind === 'value' && field.alias !== null)
    throw source.malformed(field.alias, `unexpected token: '${field.alias.text}'`);
  if (query.having !== null)
    throw source.malformed({ offset: query.clauses.get('HAVING')! }, "unexpected token: 'HAVING'");
  if (query.orderBy.length > 0) throw malformedQuery('COUNT() does not allow ORDER BY');
  const tail = `FROM ${fromWhere(query, scope, source)}`;
  const bounds = boundsOf(query);
  const sql =
    bounds === ''
      ? `SELECT count(*)::text ${tail}`
      : `SELECT count(*)::text FROM (SELECT ${tail}${bounds}) counted`;
  const shape: Shape = { type: null, nameColumn: null, idColumn: null, entries: [] };
  return whole('count', query, scope, { sql, tail, shape });
}

function aggregates(query: Query, scope: Scope, source: Source): Compiled {
  const columns = new Columns();
  const { shape, groupBy, having, orderBy } = aggregate(query, scope, source, columns);
  const tail = `FROM ${fromWhere(query, scope, source)}`;
  const clauses = [
    groupBy === null ? '' : ` GROUP BY ${groupBy}`,
    having === null ? '' : ` HAVING ${having}`,
    orderBy.length > 0 ? ` ORDER BY ${orderBy.join(', ')}` : '',
  ].join('');
  const sql = `SELECT ${columns.sql.join(', ')} ${tail}${clauses}${boundsOf(query)}`;
  return whole('aggregate', query, scope, { sql, tail, shape });
}

function rows(asked: Query, scope: Scope, source: Source): Compiled {
  // With OFFSET there are no further pages.
  const query =
    asked.offset === null
      ? asked
      : { ...asked, limit: Math.min(asked.limit ?? ROWS_WITH_OFFSET, ROWS_WITH_OFFSET) };
  refuseManyLists(query);
  refuseLocking(query);
  const columns = new Columns();
  const items = itemsOf(query, scope, source);
  const shape = shapeOf(items, query, scope, source, columns);
  const order = orderTerms(query, sortedField(scope, source));
  const list = columns.sql.join(', ');
  const tail = `FROM ${fromWhere(query, scope, source)}`;
  const orderBy = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  const limited = (most: number) =>
    `SELECT ${list} ${tail}${orderBy}${boundsOf({ ...query, limit: Math.min(most, query.limit ?? most) })}`;
  return {
    ...whole('rows', query, scope, {
      sql: `SELECT ${list} ${tail}${orderBy}${boundsOf(query)}`,
      tail: `${tail}${orderBy}${boundsOf(query)}`,
      shape,
    }),
    selected: items.map(({ column }) => column),
    limited,
    ids: renumbered(
      `SELECT ${scope.alias}."Id" AS id ${tail}${orderBy}${boundsOf(query)}`,
      scope.numbers.params,
    ),
    byId: byIdPart(scope, columns.sql),
  };
}

function refuseLocking({ clauses }: Query): void {
  if (!clauses.has('FOR UPDATE')) return;
  if (clauses.has('ORDER'))
    throw malformedQuery('Explicit ORDER BY not allowed when locking rows (Id order is implied)');
  if (clauses.has('OFFSET'))
    throw malformedQuery('FOR UPDATE cannot be used in conjunction with the OFFSET clause');
}

function whole(
  kind: Kind,
  query: Query,
  scope: Scope,
  parts: Pick<Compiled, 'sql' | 'tail' | 'shape'>,
): Compiled {
  const none = () => {
    throw new Error(`compile.ts: a ${kind} query has no rows of its own: run its sql`);
  };
  return {
    kind,
    query,
    object: scope.object,
    params: scope.numbers.params,
    selected: [],
    limited: none,
    ids: { sql: '', params: [] },
    byId: { sql: '', params: [] },
    ...parts,
  };
}

/** The FROM clause without its keyword, and the WHERE clause. */
function fromWhere(query: Query, scope: Scope, source: Source): string {
  const terms = filtersOf(scope, query.where, source);
  if (query.scope !== null) terms.push(...scopeCondition(query.scope, scope, source));
  return `${scope.from()}${terms.length > 0 ? ` WHERE ${terms.join(' AND ')}` : ''}`;
}

function boundsOf({ limit, offset }: Pick<Query, 'limit' | 'offset'>): string {
  return `${limit === null ? '' : ` LIMIT ${limit}`}${offset === null ? '' : ` OFFSET ${offset}`}`;
}
