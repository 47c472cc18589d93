import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { createOrgMeta } from './org-meta.ts';
import type { Field, FieldType, Schema, SObject } from './schema.ts';

/**
 * The org's rows in PostgreSQL: schema `org`, a table per object and a column per stored field, both
 * named by the quoted canonical API name. Times are whole seconds, as Salesforce's are: cut a
 * fraction off before writing it, or PostgreSQL rounds it up into the future.
 */
export type Database = Pick<Pool, 'query'>;

const NUMERIC = 'numeric';
const KEY = 'text COLLATE "C"';

const COLUMN_TYPES: Partial<Record<FieldType, string>> = {
  id: KEY,
  reference: KEY,
  boolean: 'boolean NOT NULL DEFAULT false',
  int: 'integer',
  long: 'bigint',
  double: NUMERIC,
  currency: NUMERIC,
  percent: NUMERIC,
  date: 'date',
  datetime: 'timestamptz(0)',
  time: 'time(3)',
  base64: 'bytea',
};

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Text as PostgreSQL can hold it: without NUL and halves of surrogate pairs. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '');

/** The table of an object, ready for SQL. */
export const tableSql = (object: SObject): string => `org.${quote(object.name)}`;

/** Whether a field has a column of its own; the others are computed by `columnSql`. */
export const isStored = (field: Field): boolean =>
  field.formula === null && field.type !== 'address' && field.type !== 'location';

/** Type, default and collation of a stored field's column. */
export const columnType = (field: Field): string => COLUMN_TYPES[field.type] ?? 'text';

/**
 * The SQL expression that reads any field of a row, formulas and compound fields included. With
 * `alias`, the row is that of the table so named in FROM. An address is jsonb, null when all its
 * parts are.
 */
export function columnSql(object: SObject, field: Field, alias?: string): string {
  if (field.formula !== null) return `(${qualify(object, field.formula, alias)})`;
  if (field.type === 'address' || field.type === 'location') return compound(object, field, alias);
  return alias === undefined ? quote(field.name) : `${quote(alias)}.${quote(field.name)}`;
}

/** Puts the expression of each field that a formula names in its place; text in quotes stays. */
function qualify(object: SObject, formula: string, alias: string | undefined): string {
  return formula.replace(/'(?:[^']|'')*'|"([^"]+)"/g, (whole, name: string | undefined) => {
    const field = object.fields.find((candidate) => candidate.name === name);
    return field === undefined ? whole : columnSql(object, field, alias);
  });
}

function compound(object: SObject, field: Field, alias: string | undefined): string {
  const prefix = field.name.replace(/Address$/, '');
  const parts = object.fields.filter((part) => part.compoundFieldName === field.name);
  if (parts.length === 0) return 'NULL::jsonb';
  const columns = parts.map((part) => columnSql(object, part, alias));
  const pairs = parts.map((part, i) => {
    const key = part.name.slice(prefix.length);
    return `'${key[0]!.toLowerCase()}${key.slice(1)}', ${columns[i]}`;
  });
  return `CASE WHEN num_nonnulls(${columns.join(', ')}) > 0 THEN jsonb_build_object(${pairs.join(', ')}) END`;
}

/** Makes what is missing of the storage: org_meta, and each object's table with its indexes. */
export async function createStorage(db: Database, schema: Schema): Promise<void> {
  await createOrgMeta(db);
  await createTables(db, schema);
  await createIndexes(db, schema);
}

/** The tables alone, so that a great many rows can be put in before the indexes are built. */
export async function createTables(db: Database, schema: Schema): Promise<void> {
  await db.query('CREATE SCHEMA IF NOT EXISTS org');
  for (const object of schema.objects()) await createTable(db, object);
}

export async function createIndexes(db: Database, schema: Schema): Promise<void> {
  for (const object of schema.objects()) await createObjectIndexes(db, schema, object);
}

/** The sequence that an object's ids are numbered by. */
export const sequenceSql = (object: SObject): string => `org_meta.${quote(`${object.name}_id`)}`;

/** A table without indexes. Its Id defaults to the object's next one. */
export async function createTable(db: Database, object: SObject): Promise<void> {
  if (!/^[A-Za-z0-9]{3}$/.test(object.keyPrefix ?? '')) {
    throw new Error(`sandbox storage: object ${object.name} needs a keyPrefix of three characters`);
  }
  const sequence = sequenceSql(object);
  await db.query(`CREATE SEQUENCE IF NOT EXISTS ${sequence}`);
  const columns = object.fields.filter(isStored).map((field) => {
    const definition = `${quote(field.name)} ${columnType(field)}`;
    return field.type === 'id'
      ? `${definition} NOT NULL DEFAULT org_meta.make_id('${object.keyPrefix}', nextval('${sequence}'))`
      : definition;
  });
  await db.query(`CREATE TABLE IF NOT EXISTS ${tableSql(object)} (${columns.join(', ')})`);
}

/** The indexes of one object: its key, the cursor of replication, and those of its fields. */
export async function createObjectIndexes(
  db: Database,
  schema: Schema,
  object: SObject,
): Promise<void> {
  await createIndex(db, object, 'Id', 'UNIQUE', '("Id")');
  if (schema.field(object, 'SystemModstamp')) {
    await createIndex(db, object, 'SystemModstamp', '', '("SystemModstamp", "Id")');
  }
  for (const field of object.fields) await createFieldIndex(db, schema, object, field);
}

async function createFieldIndex(db: Database, schema: Schema, object: SObject, field: Field) {
  const column = quote(field.name);
  if (!isStored(field) || field.type === 'id') return;
  if (field.unique || field.externalId || field.type === 'email') {
    const key = isText(field) && !field.caseSensitive ? `(lower(${column}))` : `(${column})`;
    // A row in the recycle bin does not keep its value from others.
    const live = schema.field(object, 'IsDeleted') ? ' AND NOT "IsDeleted"' : '';
    const filter = field.unique ? ` WHERE ${column} IS NOT NULL${live}` : '';
    await createIndex(db, object, field.name, field.unique ? 'UNIQUE' : '', key + filter);
  } else if (
    field.onDelete !== 'SetNull' ||
    field.referenceTo.some((target) => schema.object(target)?.deletable)
  ) {
    // Whoever deletes the row referred to looks here for those that refer to it.
    const filter = field.nillable ? ` WHERE ${column} IS NOT NULL` : '';
    await createIndex(db, object, field.name, '', `(${column})${filter}`);
  }
}

const isText = (field: Field) => columnType(field) === 'text';

async function createIndex(
  db: Database,
  object: SObject,
  field: string,
  kind: '' | 'UNIQUE',
  rest: string,
): Promise<void> {
  const name = quote(indexName(object.name, field));
  await db.query(`CREATE ${kind} INDEX IF NOT EXISTS ${name} ON ${tableSql(object)} ${rest}`);
}

/** PostgreSQL cuts names at 63 bytes, and two long API names may differ only after that. */
function indexName(object: string, field: string): string {
  const name = `${object}_${field}_idx`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 50)}_${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}

/** Makes the index of a field whose flags have changed. Fails with 23505 when a unique one cannot be. */
export async function rebuildFieldIndex(
  db: Database,
  schema: Schema,
  object: SObject,
  field: Field,
): Promise<void> {
  if (!isStored(field) || field.type === 'id') return;
  await db.query(`DROP INDEX IF EXISTS org.${quote(indexName(object.name, field.name))}`);
  await createFieldIndex(db, schema, object, field);
}

/** Adds a new field's column, with its index; nothing for a field that is computed. */
export async function addColumn(
  db: Database,
  schema: Schema,
  object: SObject,
  field: Field,
): Promise<void> {
  if (!isStored(field)) return;
  const column = `${quote(field.name)} ${columnType(field)}`;
  await db.query(`ALTER TABLE ${tableSql(object)} ADD COLUMN IF NOT EXISTS ${column}`);
  await createFieldIndex(db, schema, object, field);
}

export async function dropColumn(db: Database, object: SObject, field: Field): Promise<void> {
  await db.query(`ALTER TABLE ${tableSql(object)} DROP COLUMN IF EXISTS ${quote(field.name)}`);
}

/** Gives a stored field's column its new API name; the values stay. */
export async function renameColumn(
  db: Database,
  object: SObject,
  field: Field,
  name: string,
): Promise<void> {
  if (!isStored(field)) return;
  await db.query(
    `ALTER TABLE ${tableSql(object)} RENAME COLUMN ${quote(field.name)} TO ${quote(name)}`,
  );
  await db.query(
    `ALTER INDEX IF EXISTS org.${quote(indexName(object.name, field.name))}
       RENAME TO ${quote(indexName(object.name, name))}`,
  );
}

/** Would a text cast to a type? PostgreSQL has such a function of its own from 16 on. */
const CASTS = `
  CREATE OR REPLACE FUNCTION org_meta.casts(value text, type text) RETURNS boolean
  LANGUAGE plpgsql STABLE AS $$
  BEGIN
    EXECUTE format('SELECT %L::%s', value, type);
    RETURN true;
  EXCEPTION WHEN data_exception THEN
    RETURN false;
  END
  $$`;

/**
 * Gives a column the type of `to`. Values that the new type cannot hold become null, as they do in
 * Salesforce; the field's index is made anew.
 */
export async function retypeColumn(
  db: Database,
  schema: Schema,
  object: SObject,
  from: Field,
  to: Field,
): Promise<void> {
  const [table, old, column] = [tableSql(object), quote(`${from.name} (old)`), quote(to.name)];
  if (!isStored(from)) return addColumn(db, schema, object, to);
  await db.query(CASTS);
  await db.query(`DROP INDEX IF EXISTS org.${quote(indexName(object.name, from.name))}`);
  if (!isStored(to)) return dropColumn(db, object, from);
  const bare = columnType(to).split(' ')[0]!;
  const rest = columnType(to).includes('NOT NULL') ? 'false' : 'NULL';
  await db.query(`ALTER TABLE ${table} RENAME COLUMN ${quote(from.name)} TO ${old}`);
  await db.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${columnType(to)}`);
  await db.query(
    `UPDATE ${table} SET ${column} =
       CASE WHEN org_meta.casts(${old}::text, '${bare}') THEN ${old}::text::${bare} ELSE ${rest} END
     WHERE ${old} IS NOT NULL`,
  );
  await db.query(`ALTER TABLE ${table} DROP COLUMN ${old}`);
  await createFieldIndex(db, schema, object, to);
}
