import type { Path, Typeof } from './ast.ts';
import type { Source } from './failures.ts';
import type { JoinedRow, Scope } from './scope.ts';
import { rowShape } from './select.ts';
import type { Columns, Entry, Shape } from './shape.ts';
import { textSql } from './values.ts';
import { rowAt } from './where.ts';

/** The version that brought TYPEOF. */
const SINCE = 46;

/**
 * `TYPEOF What WHEN Account THEN Phone ELSE Name END`: a parent whose fields depend on the object it
 * is of. A parent of no object named is read through the pseudo-object Name, or is null without ELSE.
 */
export function typeofEntry(
  { path, cases, otherwise }: Typeof,
  scope: Scope,
  source: Source,
  columns: Columns,
): Entry {
  if ((scope.context.apiVersion ?? SINCE) < SINCE)
    throw source.malformed(path, "unexpected token: 'TYPEOF'");
  const row = rowAt(path, scope, source);
  if (row.path.length !== 1 || row.name !== 'Name')
    throw source.malformed(
      path,
      `TYPEOF can only be used with polymorphic relationship fields, cannot use: '${path.text}'`,
    );
  const shapes = cases.map(({ object, fields }) => {
    const target = row.targets.find(
      (one) => one.object.name.toLowerCase() === object.text.toLowerCase(),
    );
    if (target === undefined)
      throw scope.context.schema.object(object.text) === undefined
        ? source.unknownObject(object)
        : source.malformed(
            object,
            `WHEN clause operand [${object.text}] is not a valid type for TYPEOF ${path.text}`,
          );
    const typed = { name: target.object.name, targets: [target], path: row.path };
    return fieldsShape(typed, fields, scope, source, columns);
  });
  const rest = otherwise === null ? null : fieldsShape(row, otherwise, scope, source, columns);
  return { kind: 'typeof', key: row.path[0]!, cases: shapes, otherwise: rest };
}

function fieldsShape(
  row: JoinedRow,
  fields: Path[],
  scope: Scope,
  source: Source,
  columns: Columns,
): Shape {
  const shape = rowShape(row, columns);
  for (const field of fields) {
    if (field.text.includes('.'))
      throw source.malformed(field, `Relationship fields are not allowed in TYPEOF: ${field.text}`);
    const column = columnOf(row, field, scope, source);
    const type = column.parts === null ? column.field.type : 'json';
    shape.entries.push({
      kind: 'value',
      key: column.path.at(-1) ?? field.text,
      type,
      column: columns.add(textSql(column)),
    });
  }
  return shape;
}

function columnOf(row: JoinedRow, field: Path, scope: Scope, source: Source) {
  try {
    return scope.columnFrom(row, [field.text]);
  } catch (error) {
    throw source.unresolved(error, field);
  }
}
