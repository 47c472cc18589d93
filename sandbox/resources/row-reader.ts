import type { Executor, Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { columnSql, quote, tableSql } from '../storage.ts';
import { toJson } from '../values.ts';
import { isLive } from '../writes/fields.ts';

/** All fields of the object that the caller may read, compound ones included. */
export const readableFields = ({ access }: Session, object: SObject): Field[] =>
  object.fields.filter((field) => access.canReadField(object.name, field.name));

export const rowPath = (version: string, object: SObject, id: string) =>
  `/services/data/v${version}/sobjects/${object.name}/${id}`;

/** The alias of the table in a condition `seen`. */
export const ROW = 'shown';

/** Live rows as REST shows them, by id; of them those that the caller sees, by `seen` (see sharing.ts). Written by JSON.stringify only; see values.ts. */
export async function readRows(
  db: Executor,
  object: SObject,
  fields: Field[],
  ids: string[],
  version: string,
  seen: string | null,
): Promise<Map<string, Record<string, unknown>>> {
  const columns = fields.map((field) => `, ${columnSql(object, field)} AS ${quote(field.name)}`);
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT "Id" AS " id"${columns.join('')} FROM ${tableSql(object)} AS ${ROW}
      WHERE "Id" = ANY($1) AND ${isLive(object)}${seen === null ? '' : ` AND ${seen}`}`,
    [ids],
  );
  return new Map(
    rows.map((row) => {
      const id = String(row[' id']);
      const values = fields.map((field) => [field.name, toJson(field, row[field.name])]);
      const attributes = { type: object.name, url: rowPath(version, object, id) };
      return [id, { attributes, ...Object.fromEntries(values) }];
    }),
  );
}
