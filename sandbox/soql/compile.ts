import type { Query } from 'soql-parser-js';
import { malformedQuery, SalesforceError } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { aggregate, isAggregate, isCountOnly } from './aggregate.ts';
import { Source } from './failures.ts';
import { orderTerms, sortedField } from './order.ts';
import { parse } from './parse.ts';
import { type Column, type Context, Numbers, type Scope } from './scope.ts';
import { itemsOf, shapeOf } from './select.ts';
import { Columns, type Shape } from './shape.ts';
import { filtersOf, scopeOf } from './where.ts';

export type { Context } from './scope.ts';

/** `SELECT COUNT()`, rows of an object, or rows of aggregates. */
type Kind = 'count' | 'rows' | 'aggregate';

interface Part {
  sql: string;
  params: unknown[];
}

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
  idSql: string;
  /** The rows with certain ids, in the order of the ids, which are to be added as the last parameter. */
  byId: Part;
  /** `FROM … WHERE …` for another list of columns. */
  tail: string;
  query: Query;
}

const LARGEST_OFFSET = 2000;

/**
 * Turns SOQL into one SQL statement with parameters. Throws SalesforceErrors in Salesforce's words:
 * MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE, INVALID_QUERY_FILTER_OPERATOR, NUMBER_OUTSIDE_VALID_RANGE.
 */
export function compile(soql: string, context: Context): Compiled {
  const { query, allRows } = parse(soql);
  const source = new Source(soql);
  refuseUnsupported(query, source);
  const numbers = new Numbers();
  const outer = { numbers, context: { ...context, allRows: context.allRows || allRows } };
  const scope = scopeOf(query.sObject ?? '', query.sObjectAlias, outer, source);
  if (isCountOnly(query) && query.groupBy === undefined) return countOf(query, scope, source);
  return isAggregate(query) ? aggregates(query, scope, source) : rows(query, scope, source);
}

function refuseUnsupported(query: Query, source: Source): void {
  if (query.withDataCategory !== undefined) throw source.unsupported('WITH DATA CATEGORY');
  const scope = query.usingScope?.toLowerCase();
  if (scope !== undefined && scope !== 'everything')
    throw source.unsupported(`USING SCOPE ${query.usingScope}`);
  if ((query.offset ?? 0) > LARGEST_OFFSET)
    throw new SalesforceError(
      400,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `Maximum SOQL offset allowed is ${LARGEST_OFFSET}`,
    );
}

function countOf(query: Query, scope: Scope, source: Source): Compiled {
  if (query.orderBy !== undefined) throw malformedQuery('COUNT() does not allow ORDER BY');
  const where = whereClause(filtersOf(scope, query.where, source));
  const tail = `FROM ${scope.from()}${where}`;
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
  const where = whereClause(filtersOf(scope, query.where, source));
  const tail = `FROM ${scope.from()}${where}`;
  const clauses = [
    groupBy.length > 0 ? ` GROUP BY ${groupBy.join(', ')}` : '',
    having === null ? '' : ` HAVING ${having}`,
    orderBy.length > 0 ? ` ORDER BY ${orderBy.join(', ')}` : '',
  ].join('');
  const sql = `SELECT ${columns.sql.join(', ')} ${tail}${clauses}${boundsOf(query)}`;
  return whole('aggregate', query, scope, { sql, tail, shape });
}

function rows(query: Query, scope: Scope, source: Source): Compiled {
  if (query.having !== undefined) throw source.unsupported('HAVING without GROUP BY');
  const columns = new Columns();
  const items = itemsOf(query, scope, source);
  const shape = shapeOf(items, query, scope, source, columns);
  const order = orderTerms(query, sortedField(scope, source));
  const filters = filtersOf(scope, query.where, source);
  const list = columns.sql.join(', ');
  const tail = `FROM ${scope.from()}${whereClause(filters)}`;
  const orderBy = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  const limited = (most: number) =>
    `SELECT ${list} ${tail}${orderBy}${boundsOf({ ...query, limit: Math.min(most, query.limit ?? most) })}`;
  const from = scope
    .from()
    .replace(` ${scope.alias}`, ` ${scope.alias} ON ${scope.alias}."Id" = page.id`);
  const byId = renumbered(
    `SELECT ${list} FROM unnest($page::text[]) WITH ORDINALITY AS page(id, n) JOIN ${from} ORDER BY page.n`,
    scope.numbers.params,
  );
  return {
    ...whole('rows', query, scope, {
      sql: `SELECT ${list} ${tail}${orderBy}${boundsOf(query)}`,
      tail: `${tail}${orderBy}${boundsOf(query)}`,
      shape,
    }),
    selected: items.map(({ column }) => column),
    limited,
    idSql: `SELECT ${scope.alias}."Id" AS id ${tail}${orderBy}${boundsOf(query)}`,
    byId,
  };
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
    idSql: '',
    byId: { sql: '', params: [] },
    ...parts,
  };
}

/**
 * A part of a statement with the parameters it uses numbered from 1, and `$page` after them:
 * PostgreSQL refuses parameters that nothing uses.
 */
function renumbered(sql: string, params: unknown[]): Part {
  const used: number[] = [];
  const text = sql.replace(/'(?:[^']|'')*'|"[^"]*"|\$(\d+)/g, (whole, number?: string) => {
    if (number === undefined) return whole;
    if (!used.includes(Number(number))) used.push(Number(number));
    return `$${used.indexOf(Number(number)) + 1}`;
  });
  return {
    sql: text.replace('$page', `$${used.length + 1}`),
    params: used.map((number) => params[number - 1]),
  };
}

const whereClause = (terms: string[]) => (terms.length > 0 ? ` WHERE ${terms.join(' AND ')}` : '');

function boundsOf({ limit, offset }: Pick<Query, 'limit' | 'offset'>): string {
  return `${limit === undefined ? '' : ` LIMIT ${limit}`}${offset === undefined ? '' : ` OFFSET ${offset}`}`;
}
