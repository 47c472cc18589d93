import type { FieldFunctionExpression, Query, FieldType as Selected } from 'soql-parser-js';
import { malformedQuery } from '../errors.ts';
import type { Field } from '../schema.ts';
import { childrenSql } from './children.ts';
import type { Source } from './failures.ts';
import { formatSql, labelSql } from './labels.ts';
import { idSql, objectNameSql } from './row-sql.ts';
import type { Column, JoinedRow, Scope } from './scope.ts';
import type { Columns, Entry, Shape } from './shape.ts';
import { textSql } from './values.ts';
import { resolve } from './where.ts';

/** The most rows a query with FIELDS(ALL) or FIELDS(CUSTOM) may ask for. */
const FIELDS_LIMIT = 200;

/** One selected value, before it is placed in a record. */
export interface Item {
  column: Column;
  /** Its own SQL when a function is put around the field. */
  sql: string;
  type: Field['type'] | 'json';
  /** The key in the record; the field's own name without an alias. */
  key: string;
}

/** The selected fields of a query without aggregates, in order. Inner queries are left to shapeOf. */
export function itemsOf(query: Query, scope: Scope, source: Source): Item[] {
  return (query.fields ?? []).flatMap((field) => itemOf(field, query, scope, source));
}

function itemOf(selected: Selected, query: Query, scope: Scope, source: Source): Item[] {
  if (selected.type === 'FieldSubquery') return [];
  if (selected.type === 'FieldTypeof') throw source.unsupported('TYPEOF');
  if (selected.type === 'FieldFunctionExpression') return callItems(selected, query, scope, source);
  if ('alias' in selected && selected.alias !== undefined)
    throw malformedQuery('only aggregate expressions use field aliasing');
  const path = selected.type === 'Field' ? selected.field : (selected.rawValue ?? selected.field);
  return [plain(resolve(path, scope, source, 'SELECT'))];
}

function plain(column: Column): Item {
  const type = column.parts === null ? column.field.type : 'json';
  return { column, sql: textSql(column), type, key: column.field.name };
}

function callItems(
  call: FieldFunctionExpression,
  query: Query,
  scope: Scope,
  source: Source,
): Item[] {
  const name = call.functionName.toUpperCase();
  if (name === 'FIELDS') return fieldsItems(String(call.parameters[0]).toUpperCase(), query, scope);
  const column = resolve(innermost(call), scope, source, 'SELECT');
  const key = call.alias ?? column.field.name;
  if (name === 'CONVERTCURRENCY') return [{ ...plain(column), key }];
  if (name === 'TOLABEL') return [{ column, sql: labelSql(column), type: 'string', key }];
  if (name === 'FORMAT')
    return [{ column, sql: formatSql(column, scope.context), type: 'string', key }];
  throw source.unsupported(call.rawValue ?? name);
}

function innermost(call: FieldFunctionExpression): string {
  const [inner] = call.parameters;
  return typeof inner === 'object' ? innermost(inner) : (inner ?? '');
}

function fieldsItems(group: string, query: Query, scope: Scope): Item[] {
  if (group !== 'STANDARD' && (query.limit === undefined || query.limit > FIELDS_LIMIT))
    throw malformedQuery(`The SOQL FIELDS function must have a LIMIT of at most ${FIELDS_LIMIT}`);
  return scope
    .readableFields()
    .filter(({ custom }) => group === 'ALL' || custom === (group === 'CUSTOM'))
    .map(({ name }) => plain(scope.columnOf(scope.root, name)));
}

/** Places the items, each parent's in an object of its own, and gives the statement its columns. */
export function shapeOf(
  items: Item[],
  query: Query,
  scope: Scope,
  source: Source,
  columns: Columns,
): Shape {
  const shape = rowShape(scope.root, columns);
  const seen = new Set<string>();
  for (const item of items) {
    const path = [...item.column.path.slice(0, -1), item.key];
    const whole = path.join('.').toLowerCase();
    if (seen.has(whole))
      throw source.at(whole, 'INVALID_FIELD', `duplicate field selected: ${path.join('.')}`);
    seen.add(whole);
    const at = path
      .slice(0, -1)
      .reduce(
        (place, name, i) => parentIn(place, name, path.slice(0, i + 1), scope, columns),
        shape,
      );
    at.entries.push({
      kind: 'value',
      key: item.key,
      type: item.type,
      column: columns.add(item.sql),
    });
  }
  for (const field of query.fields ?? [])
    if (field.type === 'FieldSubquery')
      shape.entries.push(childrenSql(field.subquery, scope, source, columns));
  return shape;
}

function rowShape(row: JoinedRow, columns: Columns): Shape {
  const polymorphic = row.name === 'Name';
  return {
    type: row.name,
    nameColumn: polymorphic ? columns.add(objectNameSql(row)) : null,
    idColumn: columns.add(idSql(row)),
    entries: [],
  };
}

function parentIn(
  place: Shape,
  name: string,
  path: string[],
  scope: Scope,
  columns: Columns,
): Shape {
  const known = place.entries.find(
    (entry): entry is Entry & { kind: 'parent' } => entry.kind === 'parent' && entry.key === name,
  );
  if (known !== undefined) return known.shape;
  const shape = rowShape(scope.source(path), columns);
  place.entries.push({ kind: 'parent', key: name, shape });
  return shape;
}
