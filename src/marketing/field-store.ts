import type { FieldMapping } from '../sync/field-map.ts';
import { objectSpec } from '../sync/objects.ts';
import type { Transaction } from './database.ts';

/** Why a field's old values are not here: never seen before, seen again, in another column than before, or switched on. */
export type Freshness = 'new' | 'visible' | 'moved' | 'on';

interface FieldName {
  object: string;
  field: string;
}

/** Columns of tandem.field that the map fills, with their types. */
const COLUMNS = {
  object: 'text',
  field: 'text',
  column_name: 'text',
  type: 'text',
  column_type: 'text',
  direction: 'text',
  reason: 'text',
  conflict: 'text',
  createable: 'boolean',
  updateable: 'boolean',
  calculated: 'boolean',
  length: 'integer',
  scale: 'integer',
};

/**
 * Keeps the map in tandem.object and tandem.field: a field that is not in it is gone (J2). Returns what
 * went, and what is filled from now on of objects that were known before.
 */
export async function storeFieldMap(
  tx: Transaction,
  objects: readonly string[],
  mappings: readonly FieldMapping[],
): Promise<{ gone: FieldName[]; fresh: (FieldName & { why: Freshness })[] }> {
  await tx.query(
    `insert into tandem.object (name, table_name)
     select name, table_name from jsonb_to_recordset($1) as t(name text, table_name text)
     on conflict (name) do update set table_name = excluded.table_name, updated_at = now()
     where object.table_name is distinct from excluded.table_name`,
    [JSON.stringify(objects.map((name) => ({ name, table_name: objectSpec(name).table })))],
  );
  const given = JSON.stringify(
    mappings.map(({ column, columnType, ...rest }) => ({
      ...rest,
      column_name: column,
      column_type: columnType,
    })),
  );
  const fresh = await freshFields(tx, given);
  await upsert(tx, given);
  const { rows: gone } = await tx.query<FieldName>(
    `update tandem.field f set gone_at = now(), backfill_since = null
     where f.gone_at is null
       and not exists (select from ${records('$1')} where t.object = f.object and t.field = f.field)
     returning f.object, f.field`,
    [given],
  );
  return { gone, fresh };
}

const records = (parameter: string) =>
  `jsonb_to_recordset(${parameter}) as t(${Object.entries(COLUMNS)
    .map((column) => column.join(' '))
    .join(', ')})`;

async function freshFields(tx: Transaction, given: string) {
  const { rows } = await tx.query<FieldName & { why: Freshness }>(
    `select t.object, t.field,
       case when f.field is null then 'new' when f.gone_at is not null then 'visible'
         when f.column_name <> t.column_name then 'moved' else 'on' end as why
     from ${records('$1')}
     left join tandem.field f on f.object = t.object and f.field = t.field
     where t.direction in ('both', 'pull') and t.field <> 'Id'
       and exists (select from tandem.field known where known.object = t.object)
       and (f.field is null or f.gone_at is not null or f.direction in ('off', 'push')
         or f.column_name <> t.column_name)
     order by t.object, t.field`,
    [given],
  );
  return rows;
}

async function upsert(tx: Transaction, given: string): Promise<void> {
  const all = Object.keys(COLUMNS);
  const facts = all.filter((column) => column !== 'object' && column !== 'field');
  const sets = facts.map((column) => `${column} = excluded.${column}`);
  const [held, next] = [facts.map((column) => `f.${column}`), facts.map((c) => `excluded.${c}`)];
  await tx.query(
    `insert into tandem.field as f (${all.join(', ')})
     select ${all.join(', ')} from ${records('$1')}
     on conflict (object, field) do update set ${sets.join(', ')}, gone_at = null
     where (${held.join(', ')}, f.gone_at) is distinct from (${next.join(', ')}, null)`,
    [given],
  );
}
