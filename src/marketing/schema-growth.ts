import { wantBackfill } from '../ledger/backfills.ts';
import type { FieldMapping, HeldColumn } from '../sync/field-map.ts';
import { isCustom, objectSpec } from '../sync/objects.ts';
import { compileCapture } from './capture.ts';
import { quote, stagingOf } from './columns.ts';
import type { Database, Sql, Transaction } from './database.ts';
import { ColumnTypeDiffers } from './errors.ts';
import { type Freshness, storeFieldMap } from './field-store.ts';
import { keepPersonDetails } from './person-details.ts';

export interface Growth {
  /** Fields that got a column in marketing now; their old values are to be backfilled (J1). */
  added: { object: string; field: string; column: string }[];
  /** Fields the sync user no longer sees since last time: columns and data stay (J2). */
  gone: { object: string; field: string }[];
  /** Fields whose column is filled from now on, of objects known before: their old values are missing here. */
  fresh: { object: string; field: string; why: Freshness }[];
}

const LOCK = 7_263_019_841_154n;

/** What format_type() calls the types that J6 uses under another name. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
};

const SHORT_NAMES = new Map(Object.entries(LONG_NAMES).map(([short, long]) => [long, short]));

/** Never staged: they have parts of their own, or are binary (J6). */
const UNSTAGED = ['address', 'location', 'base64'];

/**
 * Fits tables, staging tables, capture functions and view to the field map of all objects, and
 * stores the map in tandem.object and tandem.field: a field that is not in it is gone. Nothing is dropped; run again it
 * changes nothing. `tell` keeps what there is to tell of it in the same transaction: run again it is no news.
 * @throws ColumnTypeDiffers a column exists with another type (J2)
 */
export async function growSchema(
  db: Database,
  mappings: readonly FieldMapping[],
  tell?: (tx: Transaction, growth: Growth) => Promise<void>,
): Promise<Growth> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const objects = [...new Set(mappings.map((mapping) => mapping.object))];
    const added: Growth['added'] = [];
    for (const object of objects) {
      const own = mappings.filter((mapping) => mapping.object === object);
      added.push(...(await growTable(tx, object, own)));
      await growStaging(tx, object, own);
    }
    const { gone, fresh } = await storeFieldMap(tx, objects, mappings);
    await compileCapture(tx, mappings);
    await keepPersonDetails(tx);
    await tell?.(tx, { added, gone, fresh });
    await wantBackfill(tx, fresh);
    return { added, gone, fresh };
  });
}

/** The columns of the objects' tables as they are, by table; none of a table that is still to be made. */
export async function heldColumns(
  sql: Sql,
  objects: readonly string[],
): Promise<Map<string, HeldColumn[]>> {
  const held = new Map<string, HeldColumn[]>();
  for (const table of new Set(objects.map((name) => objectSpec(name).table))) {
    const columns = [...(await columnTypes(sql, 'marketing', table))];
    held.set(
      table,
      columns.map(([column, type]) => ({
        ...{ object: table, field: column, column, direction: 'pull' },
        columnType: SHORT_NAMES.get(type) ?? type,
      })),
    );
  }
  return held;
}

async function growTable(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<Growth['added']> {
  const { table } = objectSpec(object);
  if (isCustom(object)) await createTable(tx, table);
  const existing = await columnTypes(tx, 'marketing', table);
  const wanted = mappings.filter((mapping) => mapping.direction !== 'off');
  const clashes = wanted.filter(({ column, columnType }) => {
    const type = existing.get(column);
    return type !== undefined && type !== (LONG_NAMES[columnType] ?? columnType);
  });
  if (clashes.length > 0) {
    const list = clashes.map(
      ({ field, column, columnType }) =>
        `${object}.${field} needs marketing.${table}.${column} as ${columnType}, which is ${existing.get(column)}`,
    );
    throw new ColumnTypeDiffers(
      `Columns have another type than their fields: ${list.join('; ')}. ` +
        'Give the field another column in tandem.yaml (objects.<object>.fields.<field>.column), or switch it off there (way: off).',
    );
  }
  const missing = wanted.filter(({ column }) => !existing.has(column));
  await addColumns(
    tx,
    `marketing.${quote(table)}`,
    missing.map(({ column, columnType }) => [column, columnType]),
  );
  return missing.map(({ field, column }) => ({ object, field, column }));
}

/** A custom object's own table (G1); the other objects' come with the migrations. */
async function createTable(tx: Transaction, table: string): Promise<void> {
  await tx.query(`create table if not exists marketing.${quote(table)} (
    sfdc_id text primary key,
    sfdc_is_deleted boolean not null default false,
    sfdc_out_of_scope boolean not null default false,
    sfdc_created_at timestamptz
  )`);
}

async function growStaging(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<void> {
  const name = `staged_${objectSpec(object).name.toLowerCase()}`;
  const existing = await columnTypes(tx, 'tandem', name);
  if (existing.size === 0) {
    await tx.query(`create table ${stagingOf(object)} ("Id" text not null, "SystemModstamp" text)`);
    await tx.query(`create index on ${stagingOf(object)} ("Id")`);
    existing.set('Id', 'text').set('SystemModstamp', 'text');
  }
  const fields = mappings
    .filter(({ type, field }) => !UNSTAGED.includes(type) && !existing.has(field))
    .map(({ field }): [string, string] => [field, 'text']);
  await addColumns(tx, stagingOf(object), fields);
}

async function addColumns(
  tx: Transaction,
  table: string,
  columns: [name: string, type: string][],
): Promise<void> {
  if (columns.length === 0) return;
  const clauses = columns.map(([name, type]) => `add column ${quote(name)} ${type}`);
  await tx.query(`alter table ${table} ${clauses.join(', ')}`);
}

/** Column → type as format_type() writes it. */
async function columnTypes(tx: Sql, schema: string, table: string): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass(quote_ident($1) || '.' || quote_ident($2))
       and attnum > 0 and not attisdropped`,
    [schema, table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}
