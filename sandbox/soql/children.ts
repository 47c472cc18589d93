import type { Query, Subquery } from 'soql-parser-js';
import { quote } from '../storage.ts';
import type { Source } from './failures.ts';
import { orderTerms, sortedField } from './order.ts';
import { Scope } from './scope.ts';
import { itemsOf, shapeOf } from './select.ts';
import { Columns, type Entry } from './shape.ts';
import { filtersOf } from './where.ts';

const CUSTOM_RELATIONSHIP =
  "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.";

/**
 * An inner query over the children of each row, `(SELECT Id FROM Contacts)`: one column that holds
 * an array of rows, each an array of texts.
 */
export function childrenSql(
  query: Subquery,
  parent: Scope,
  source: Source,
  columns: Columns,
): Entry {
  const { schema, access } = parent.context;
  const wanted = query.relationshipName.toLowerCase();
  const relationship = schema
    .childRelationships(parent.object)
    .find(({ relationshipName }) => relationshipName?.toLowerCase() === wanted);
  const child = relationship && schema.object(relationship.childSObject);
  if (!child || !access.canRead(child.name) || !access.canReadField(child.name, relationship.field))
    throw source.at(
      query.relationshipName,
      'INVALID_TYPE',
      `Didn't understand relationship '${query.relationshipName}' in FROM part of query call. ${CUSTOM_RELATIONSHIP}`,
      'FROM',
    );
  if (query.groupBy !== undefined || query.having !== undefined || query.offset !== undefined)
    throw source.unsupported('GROUP BY, HAVING or OFFSET in an inner query');
  const scope = new Scope(child, query.sObjectAlias, parent.numbers, parent.context);
  const inner = new Columns();
  const asQuery = query as unknown as Query;
  const shape = shapeOf(itemsOf(asQuery, scope, source), asQuery, scope, source, inner);
  const order = orderTerms(asQuery, sortedField(scope, source));
  const link = `${scope.alias}.${quote(relationship.field)} = ${parent.alias}."Id"`;
  const conditions = [link, ...filtersOf(scope, query.where, source)].join(' AND ');
  const orderBy = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  const limit = query.limit === undefined ? '' : ` LIMIT ${query.limit}`;
  const rows = `SELECT ARRAY[${inner.sql.map((sql) => `(${sql})::text`).join(', ')}] AS row FROM ${scope.from()} WHERE ${conditions}${orderBy}${limit}`;
  const column = columns.add(`(SELECT json_agg(rows.row)::text FROM (${rows}) rows)`);
  return { kind: 'children', key: relationship.relationshipName!, shape, column };
}
