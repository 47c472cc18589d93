import { Readable } from 'node:stream';
import type { FieldMapping } from '../sync/field-map.ts';
import { objectSpec } from '../sync/objects.ts';
import type { RawValue } from '../sync/value.ts';
import {
  castStaged,
  differs,
  failsCast,
  pulledMappings,
  quote,
  stagingOf,
  tableOf,
} from './columns.ts';
import { copyPage, takeOver } from './csv-guard.ts';
import type { Database, Sql, Transaction } from './database.ts';
import { isLockTimeout, isRowError, StagingReplaced } from './errors.ts';
import { goByIndex } from './plans.ts';

export type StagedRow = Record<string, RawValue>;

/** Appends JSON rows to the object's staging table. `fields` are the columns; absent ones are null. */
export async function stageRows(
  sql: Sql,
  object: string,
  fields: readonly string[],
  rows: readonly StagedRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const lines = function* () {
    for (const row of rows) yield `${fields.map((field) => copyText(row[field])).join('\t')}\n`;
  };
  return sql.copyIn(
    `copy ${stagingOf(object)} (${list(fields)}) from stdin`,
    Readable.from(lines()),
  );
}

/**
 * Appends a CSV page to the object's staging table, unparsed. `fields` is the header in order;
 * `rows` the number that Salesforce announced, null when unknown.
 * @throws PageIncomplete other columns or another number of rows; nothing of the page is kept
 */
export async function stageCsv(
  db: Database,
  object: string,
  fields: readonly string[],
  csv: Readable,
  rows: number | null = null,
): Promise<number> {
  takeOver(csv);
  return db.transaction((tx) => stageCsvIn(tx, object, fields, csv, rows), { retry: false });
}

/** stageCsv within a transaction of the caller's. */
export async function stageCsvIn(
  tx: Transaction,
  object: string,
  fields: readonly string[],
  csv: Readable,
  rows: number | null,
): Promise<number> {
  return copyPage(
    tx,
    `copy ${stagingOf(object)} (${list(fields)}) from stdin
     (format csv, header match, force_null (${list(fields)}))`,
    fields,
    csv,
    rows,
  );
}

/**
 * Puts what `fill` appends in place of what was staged for the object, under the name `batch`, and drops
 * what says nothing new; one transaction, so that nobody meets a half of it (N6). Rows of a REST query
 * may be filled in again after a deadlock; a stream may not (`retry` false).
 */
export async function restage(
  db: Database,
  object: string,
  mappings: readonly FieldMapping[],
  batch: string,
  fill: (tx: Transaction) => Promise<unknown>,
  { retry }: { retry: boolean },
): Promise<{ remaining: number; skipped: number }> {
  return db.transaction(
    async (tx) => {
      await holdStaging(tx, object);
      await emptyStaging(tx, object);
      await fill(tx);
      await tx.query('update tandem.object set staged_batch = $2 where name = $1', [object, batch]);
      return discardIn(tx, object, mappings);
    },
    { retry },
  );
}

/** TRUNCATE leaves nothing to vacuum, but must not wait for a backup that reads the table. */
export async function emptyStaging(tx: Transaction, object: string): Promise<void> {
  const staging = stagingOf(object);
  const { rows } = await tx.query<{ filled: boolean }>(
    `select pg_relation_size('${staging}') > 0 as filled`,
  );
  if (!rows[0]!.filled) return;
  try {
    await tx.savepoint(async () => {
      await tx.query(`lock table ${staging} in access exclusive mode nowait`);
      await tx.query(`truncate ${staging}`);
    });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    await tx.query(`delete from ${staging}`);
  }
}

/** Nobody else works on the object's staged rows until this transaction ends. */
export async function holdStaging(tx: Transaction, object: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [stagingOf(object)]);
}

/**
 * Makes the staged rows ready for set-based work in this transaction: nobody else works on them,
 * each record stands once with its newest state, and plans go from them by index into the object's
 * table, so that the cost depends on the staged rows alone. Returns their number.
 * @throws StagingReplaced they are of another batch than the one given
 */
export async function prepareStaged(
  tx: Transaction,
  object: string,
  batch?: string,
): Promise<number> {
  const staging = stagingOf(object);
  await holdStaging(tx, object);
  if (batch !== undefined) await requireBatch(tx, object, batch);
  await goByIndex(tx);
  // An action wrote these records since, and read them after that (src/marketing/take-over.ts).
  await tx.query(
    `delete from ${staging} s using tandem.taken_over t
     where t.object = $1 and t.sfdc_id = s."Id" and s."SystemModstamp"::timestamptz < t.modstamp`,
    [object],
  );
  await tx.query(
    `delete from ${staging} s using (
       select ctid as place, row_number() over
         (partition by "Id" order by "SystemModstamp"::timestamptz desc nulls last, ctid desc) as age
       from ${staging}
       where "Id" in (select "Id" from ${staging} group by "Id" having count(*) > 1)
     ) older
     where s.ctid = older.place and older.age > 1`,
  );
  const { rows } = await tx.query<{ staged: number }>(
    `select count(*)::int as staged from ${staging}`,
  );
  const { staged } = rows[0]!;
  if (staged > 0) await tx.query(`analyze ${staging} ("Id")`);
  return staged;
}

async function requireBatch(tx: Transaction, object: string, batch: string): Promise<void> {
  const { rowCount } = await tx.query(
    'select from tandem.object where name = $1 and staged_batch = $2',
    [object, batch],
  );
  if (rowCount === 1) return;
  throw new StagingReplaced(
    `Another attempt at ${object} has put its rows in place of these. Nothing was written; the next cycle reads them again.`,
  );
}

/**
 * Drops the staged rows that say nothing new: equal to what marketing holds apart from form (J6),
 * or of a deleted, converted or nobody's record that marketing never had (C8, C10, H1). Overlaps and echoes
 * end here, without a write to `marketing` (N4, N5). Returns what is left.
 */
async function discardIn(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<{ remaining: number; skipped: number }> {
  const staged = await prepareStaged(tx, object);
  if (staged === 0) return { remaining: 0, skipped: 0 };
  const skipped = await tx
    .savepoint(() => deleteUnchanged(tx, object, mappings))
    .catch((error) => {
      // A value that does not cast: writeStaged finds the record and reports it.
      if (isRowError(error)) return 0;
      throw error;
    });
  if (skipped === staged) await emptyStaging(tx, object);
  return { remaining: staged - skipped, skipped };
}

async function deleteUnchanged(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<number> {
  const staging = stagingOf(object);
  const ended = endedRecords(object, mappings);
  const unknown =
    ended.length > 0
      ? await tx.query(
          `delete from ${staging} s
           where (${ended.join(' or ')})
             and not exists (select from ${tableOf(object)} t where t.sfdc_id = s."Id")`,
        )
      : { rowCount: 0 };
  const { rows } = await tx.query<{ skipped: number }>(
    `with gone as (
       delete from ${staging} s using ${tableOf(object)} t
       where t.sfdc_id = s."Id" and not (${anyDifference(object, mappings)})
       returning s."Id" as id
     ), resolved as (
       update tandem.sync_error e set resolved_at = now() from gone
       where e.object = $1 and e.operation = 'pull updates' and e.record = gone.id
         and e.resolved_at is null
     )
     select count(*)::int as skipped from gone`,
    [object],
  );
  return unknown.rowCount + rows[0]!.skipped;
}

/**
 * SQL over staged row `s`, each true for a record that gets no row here when there is none: it belongs to
 * nobody (H1); it is deleted (C8), unless somebody here became it by a conversion or a merge (C9, C10); or
 * it is the lead of somebody who is here as the contact it was converted to (C10).
 */
export function endedRecords(object: string, mappings: readonly FieldMapping[]): string[] {
  const has = (field: string) =>
    mappings.some((mapping) => mapping.object === object && mapping.field === field);
  const { heldBy } = objectSpec(object);
  return [
    ...(heldBy !== null && has(heldBy) ? [`s.${quote(heldBy)} is null`] : []),
    ...(has('IsDeleted')
      ? [
          `(s."IsDeleted" = 'true' and not exists (
             select from tandem.conversion c join marketing.person l on l.id = c.person_id
             where l.converted_contact_id = s."Id")
             and not exists (select from marketing.person l
               where l.sfdc_is_deleted and l.master_record_id = s."Id"))`,
        ]
      : []),
    ...(has('IsConverted')
      ? [
          `(s."IsConverted" = 'true' and exists (
             select from marketing.person_merge m where m.merged_sfdc_id = s."Id"))`,
        ]
      : []),
  ];
}

/** SQL that is true when row `t` of the object's table differs from staged row `s`, which is inside the scope (C12). */
export function anyDifference(object: string, mappings: readonly FieldMapping[]): string {
  const tests = pulledMappings(object, mappings).map((mapping) =>
    differs(
      mapping.columnType,
      `t.${quote(mapping.column)}`,
      castStaged(mapping, `s.${quote(mapping.field)}`),
    ),
  );
  return [...tests, 't.sfdc_out_of_scope'].join(' or ');
}

/** Takes the staged rows with a value that does not cast out of staging; their ids and fields. */
export async function removeUncastable(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
): Promise<{ id: string; fields: string[] }[]> {
  const tests = pulledMappings(object, mappings).flatMap((mapping) => {
    const staged = `s.${quote(mapping.field)}`;
    const fails = failsCast(mapping, staged);
    return fails ? [`case when ${staged} <> '' and ${fails} then '${mapping.field}' end`] : [];
  });
  if (tests.length === 0) return [];
  const { rows } = await tx.query<{ id: string; fields: string[] }>(
    `with checked as materialized (
       select s."Id" as id, array_remove(array[${tests.join(', ')}], null) as fields
       from ${stagingOf(object)} s
     )
     delete from ${stagingOf(object)} s using checked c
     where c.id = s."Id" and cardinality(c.fields) > 0
     returning c.id, c.fields`,
  );
  return rows;
}

function list(fields: readonly string[]): string {
  return fields.map(quote).join(', ');
}

/** A value in COPY's text format; NUL is dropped (trap 13). */
function copyText(value: RawValue): string {
  if (value === null || value === undefined) return '\\N';
  const text = String(value);
  if (!/[\\\n\r\t\0]/.test(text)) return text;
  return text.replace(/[\\\n\r\t\0]/g, (character) => COPY_ESCAPES[character]!);
}

const COPY_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '',
};
