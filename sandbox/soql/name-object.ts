import type { Schema } from '../schema.ts';
import { columnSql, typeField, typeSql } from './row-sql.ts';
import type { Column, JoinedRow } from './scope.ts';
import { Unresolved } from './unresolved.ts';

/** Fields of the pseudo-object Name, through which a lookup to several objects is read. */
const NAME_FIELDS = [
  'Alias',
  'Email',
  'FirstName',
  'Id',
  'IsActive',
  'LastName',
  'Name',
  'Phone',
  'ProfileId',
  'Title',
  'UserRoleId',
  'UserType',
  'Username',
];

/** A field of whichever object the lookup points at; null where that object lacks it. */
export function nameColumn(source: JoinedRow, name: string, schema: Schema): Column {
  const wanted = name.toLowerCase();
  const path = [...source.path];
  const owner = source.targets[0]!.object;
  if (wanted === 'type') {
    const field = typeField(owner);
    return {
      field,
      owner,
      sql: typeSql(source),
      path: [...path, 'Type'],
      viaParent: true,
      parts: null,
      currency: null,
    };
  }
  const found = NAME_FIELDS.some((known) => known.toLowerCase() === wanted)
    ? source.targets.flatMap(({ object, alias }) => {
        const field =
          schema.field(object, name) ??
          (wanted === 'name' ? object.fields.find(({ nameField }) => nameField) : undefined);
        return field ? [{ field, sql: columnSql(object, field, alias), object }] : [];
      })
    : [];
  const [first] = found;
  if (first === undefined) throw new Unresolved({ kind: 'field', entity: 'Name', name });
  const sql =
    found.length === 1 ? first.sql : `COALESCE(${found.map((one) => one.sql).join(', ')})`;
  return {
    field: first.field,
    owner,
    sql,
    path: [...path, NAME_FIELDS.find((known) => known.toLowerCase() === wanted)!],
    viaParent: true,
    parts: null,
    currency: null,
  };
}
