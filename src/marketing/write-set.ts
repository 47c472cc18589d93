import type { FieldMapping } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { castStaged, fingerprint, pulledMappings, quote, stagingOf, tableOf } from './columns.ts';
import type { Transaction } from './database.ts';
import { anyDifference, endedRecords } from './staging.ts';

export interface SetCounts {
  new: number;
  updated: number;
  deleted: number;
  undeleted: number;
}

/**
 * Inserts and updates the object's rows from staging, only where something differs (N4): all staged
 * rows, or those with the given ids. The rows to be updated are locked by the caller.
 */
export async function writeSet(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  ids: readonly string[] | null,
): Promise<SetCounts> {
  const changed = await updateSet(tx, spec, mappings, ids);
  return { ...changed, new: await insertSet(tx, spec, mappings, ids) };
}

function value(mapping: FieldMapping): string {
  const cast = castStaged(mapping, `s.${quote(mapping.field)}`);
  return mapping.field === 'IsDeleted' ? `coalesce(${cast}, false)` : cast;
}

const CHOSEN = `($1::text[] is null or s."Id" = any($1))`;

async function updateSet(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  ids: readonly string[] | null,
): Promise<Omit<SetCounts, 'new'>> {
  const own = pulledMappings(spec.name, mappings);
  if (own.length === 0) return { updated: 0, deleted: 0, undeleted: 0 };
  const table = tableOf(spec.name);
  const sets = [
    ...own.map((mapping) => `${quote(mapping.column)} = ${value(mapping)}`),
    'sfdc_out_of_scope = false',
  ];
  const { rows } = await tx.query<Omit<SetCounts, 'new'>>(
    `with written as (
       update ${table} w set ${sets.join(', ')}
       from ${stagingOf(spec.name)} s
       join ${table} t on t.sfdc_id = s."Id"
       where w.sfdc_id = s."Id" and ${CHOSEN} and (${anyDifference(spec.name, mappings)})
       returning t.sfdc_is_deleted as was, w.sfdc_is_deleted as now
     )
     select count(*) filter (where was = now)::int as updated,
       count(*) filter (where now and not was)::int as deleted,
       count(*) filter (where was and not now)::int as undeleted
     from written`,
    [ids === null ? null : [...ids]],
  );
  return rows[0]!;
}

async function insertSet(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  ids: readonly string[] | null,
): Promise<number> {
  const own = pulledMappings(spec.name, mappings);
  const [staging, table] = [stagingOf(spec.name), tableOf(spec.name)];
  const conditions = [CHOSEN, `not exists (select from ${table} t where t.sfdc_id = s."Id")`];
  for (const ended of endedRecords(spec.name, mappings)) conditions.push(`(${ended}) is not true`);
  if (spec.table === 'person') conditions.push(`not ${staysGone(own)}`);
  const { rowCount } = await tx.query(
    `insert into ${table} (sfdc_id${own.map(({ column }) => `, ${quote(column)}`).join('')})
     select s."Id"${own.map((mapping) => `, ${value(mapping)}`).join('')}
     from ${staging} s where ${conditions.join(' and ')}
     on conflict (sfdc_id) do nothing`,
    [ids === null ? null : [...ids]],
  );
  if (rowCount > 0 && spec.table === 'person') {
    await tx.query(
      `delete from tandem.person_deletion d using ${staging} s
       where d.sfdc_id = s."Id" and exists (select from ${table} t where t.sfdc_id = s."Id")`,
    );
  }
  return rowCount;
}

/** C14: the person was deleted here, and its record has not changed in Salesforce since, or must not return. */
function staysGone(mappings: readonly FieldMapping[]): string {
  const print = fingerprint(
    mappings.map((mapping) => ({ columnType: mapping.columnType, value: value(mapping) })),
  );
  return `exists (
    select from tandem.person_deletion d
    where d.sfdc_id = s."Id" and (d.policy <> 'keep'
      or (select on_delete from tandem.connection) = 'forget'
      or s."SystemModstamp"::timestamptz <= d.watermark
      or ${print} = d.fingerprint))`;
}
