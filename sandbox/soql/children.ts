import { malformedQuery } from '../errors.ts';
import { quote } from '../storage.ts';
import type { Name, Query } from './ast.ts';
import { byIdPart } from './by-id.ts';
import { CUSTOM_RELATIONSHIP, type Source } from './failures.ts';
import { orderTerms, sortedField } from './order.ts';
import { Scope } from './scope.ts';
import { itemsOf, shapeOf } from './select.ts';
import { Columns, type Entry } from './shape.ts';
import { filtersOf } from './where.ts';

/** The most lists of children in one query. */
const MOST_LISTS = 20;

/** Up to this version children could have no children of their own. */
const LAST_FLAT_VERSION = 57;

/** How far below the query's own rows children may be. */
const DEEPEST = 4;

/**
 * An inner query over the children of each row, `(SELECT Id FROM Contacts)`: one column that holds
 * an array of rows, each an array of texts.
 */
export function childrenSql(query: Query, parent: Scope, source: Source, columns: Columns): Entry {
  refuse(query, parent, source);
  const { schema, access } = parent.context;
  const name = withoutParent(query.from, parent);
  const relationship = schema
    .childRelationships(parent.object)
    .find(({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase());
  const child = relationship && schema.object(relationship.childSObject);
  if (!child || !access.canRead(child.name) || !access.canReadField(child.name, relationship.field))
    throw source.at(
      query.from,
      'INVALID_TYPE',
      `Didn't understand relationship '${name}' in FROM part of query call. ${CUSTOM_RELATIONSHIP}`,
    );
  const scope = new Scope(
    child,
    [...query.aliases, { alias: relationship.relationshipName!, path: null }],
    parent.numbers,
    parent.context,
  );
  scope.depth = parent.depth + 1;
  const inner = new Columns();
  const shape = shapeOf(itemsOf(query, scope, source), query, scope, source, inner);
  const order = orderTerms(query, sortedField(scope, source));
  const link = `${scope.alias}.${quote(relationship.field)} = ${parent.alias}."Id"`;
  const conditions = [link, ...filtersOf(scope, query.where, source)].join(' AND ');
  const orderBy = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  const limit = query.limit === null ? '' : ` LIMIT ${query.limit}`;
  const rows = `SELECT ARRAY[${inner.sql.map((sql) => `(${sql})::text`).join(', ')}] AS row FROM ${scope.from()} WHERE ${conditions}${orderBy}${limit}`;
  const column = columns.add(`(SELECT json_agg(rows.row)::text FROM (${rows}) rows)`);
  const list = { byId: byIdPart(scope, inner.sql) };
  return { kind: 'children', key: relationship.relationshipName!, shape, column, list };
}

/** Refuses a query with too many lists of children, however they are nested. */
export function refuseManyLists(query: Query): void {
  if (listsIn(query) > MOST_LISTS)
    throw malformedQuery(
      `SOQL statements cannot query more than ${MOST_LISTS} different child types.`,
    );
}

function listsIn(query: Query): number {
  return query.fields.reduce(
    (sum, field) => (field.kind === 'children' ? sum + 1 + listsIn(field.query) : sum),
    0,
  );
}

function refuse(query: Query, parent: Scope, source: Source): void {
  const { apiVersion = LAST_FLAT_VERSION + 1 } = parent.context;
  const deepest = apiVersion > LAST_FLAT_VERSION ? DEEPEST : 1;
  if (parent.depth >= deepest)
    throw malformedQuery(
      `SOQL statements cannot query aggregate relationships more than ${deepest} level${deepest === 1 ? '' : 's'} away from the root entity object.`,
    );
  if (query.groupBy !== null || query.having !== null)
    throw source.malformed(query.from, 'only root queries support aggregate expressions');
  const calls = query.fields.flatMap((field) => (field.kind === 'value' ? [field.expression] : []));
  for (const call of calls)
    if (
      call.kind === 'call' &&
      /^(?:COUNT|COUNT_DISTINCT|SUM|AVG|MIN|MAX|GROUPING)$/.test(call.name)
    )
      throw source.malformed(call, 'only root queries support aggregate expressions');
  for (const clause of ['OFFSET', 'ALL', 'USING']) {
    const offset = query.clauses.get(clause);
    if (offset !== undefined) throw source.malformed({ offset }, `unexpected token: '${clause}'`);
  }
}

/** `Account.Contacts` and `a.Contacts` name the same list as `Contacts`. */
function withoutParent({ text }: Name, parent: Scope): string {
  const dot = text.indexOf('.');
  return dot > 0 && parent.isNamed(text.slice(0, dot)) ? text.slice(dot + 1) : text;
}
