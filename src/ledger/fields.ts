import type { Sql } from '../marketing/database.ts';
import type { FieldMapping } from '../sync/field-map.ts';

/** The field map as schema sync last stored it, without the fields that are gone (J5). */
export async function readFieldMap(sql: Sql): Promise<FieldMapping[]> {
  return read(sql, 'where gone_at is null');
}

/** With the fields that are gone, as they were: their columns are still there (J2). */
export async function readKnownFields(sql: Sql): Promise<FieldMapping[]> {
  return read(sql, '');
}

async function read(sql: Sql, where: string): Promise<FieldMapping[]> {
  const { rows } = await sql.query<FieldMapping>(
    `select object, field, column_name as "column", type, column_type as "columnType", direction,
       reason, conflict, createable, updateable, calculated, length, scale
     from tandem.field ${where} order by object, field`,
  );
  return rows;
}
