import { malformedQuery, SalesforceError } from '../errors.ts';
import type { Field } from '../schema.ts';
import type { Call, Query, Selected } from './ast.ts';
import { childrenSql } from './children.ts';
import type { Source } from './failures.ts';
import { callColumn } from './functions.ts';
import { idSql, objectNameSql } from './row-sql.ts';
import type { Column, JoinedRow, Scope } from './scope.ts';
import type { Columns, Entry, Shape } from './shape.ts';
import { typeofEntry } from './typeof.ts';
import { textSql } from './values.ts';
import { resolve } from './where.ts';

/** The most rows a query with FIELDS(ALL) or FIELDS(CUSTOM) may ask for. */
const FIELDS_LIMIT = 200;

/** One selected value, before it is placed in a record. */
export interface Item {
  column: Column;
  /** Its value as text. */
  sql: string;
  type: Field['type'] | 'json';
  /** The key in the record; the field's own name without an alias. */
  key: string;
}

/** The selected fields of a query without aggregates, in order. Inner queries are left to shapeOf. */
export function itemsOf(query: Query, scope: Scope, source: Source): Item[] {
  return query.fields.flatMap((field) => itemOf(field, query, scope, source));
}

function itemOf(selected: Selected, query: Query, scope: Scope, source: Source): Item[] {
  if (selected.kind !== 'value') return [];
  const { expression, alias } = selected;
  if (expression.kind === 'path') {
    if (alias !== null) throw malformedQuery('only aggregate expressions use field aliasing');
    return [plain(resolve(expression, scope, source))];
  }
  if (expression.name === 'FIELDS') return fieldsItems(expression, query, scope, source);
  const item = plain(callColumn(expression, scope, source));
  const unnamed = expression.name === 'DISTANCE' ? 'expr0' : item.key;
  return [{ ...item, key: alias?.text ?? unnamed }];
}

function plain(column: Column): Item {
  const type = column.parts === null ? column.field.type : 'json';
  return { column, sql: textSql(column), type, key: column.path.at(-1) ?? column.field.name };
}

function fieldsItems(call: Call, query: Query, scope: Scope, source: Source): Item[] {
  const group = call.args[0]?.text.toUpperCase() ?? '';
  if (call.args.length !== 1 || !['ALL', 'STANDARD', 'CUSTOM'].includes(group))
    throw source.malformed(
      call.args[0] ?? call,
      `unexpected token: '${call.args[0]?.text ?? ')'}'`,
    );
  if (group !== 'STANDARD' && (query.limit === null || query.limit > FIELDS_LIMIT))
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
    const whole = path.join('.');
    if (seen.has(whole.toLowerCase()))
      throw new SalesforceError(400, 'INVALID_FIELD', `duplicate field selected: ${whole}`);
    seen.add(whole.toLowerCase());
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
  for (const field of query.fields) {
    if (field.kind === 'value') continue;
    const entry =
      field.kind === 'children'
        ? childrenSql(field.query, scope, source, columns)
        : typeofEntry(field, scope, source, columns);
    if (shape.entries.some(({ key }) => key === entry.key))
      throw new SalesforceError(400, 'INVALID_FIELD', `duplicate field selected: ${entry.key}`);
    shape.entries.push(entry);
  }
  return shape;
}

export function rowShape(row: JoinedRow, columns: Columns): Shape {
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
