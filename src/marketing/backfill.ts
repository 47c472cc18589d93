import type { Readable } from 'node:stream';
import { advanceBackfill, type BackfilledPage, holdBackfill } from '../ledger/backfills.ts';
import { recordErrors } from '../ledger/sync-errors.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { castStaged, differs, failsCast, quote, tableOf } from './columns.ts';
import { copyPage, takeOver } from './csv-guard.ts';
import type { Database, Transaction } from './database.ts';
import { isRowError } from './errors.ts';
import { goByIndex } from './plans.ts';
import { uncastable } from './refusal.ts';

export interface BackfillPage extends Omit<BackfilledPage, 'rows'> {
  spec: ObjectSpec;
  /** Of the fields in the page, in the CSV's order behind Id. */
  mappings: readonly FieldMapping[];
  csv: Readable;
  /** Rows that Salesforce announced; null when unknown. */
  rows: number | null;
}

/** A place of its own: cycles go on with the object's staging table meanwhile. */
const PAGE = 'pg_temp.backfill_page';

/**
 * Fills the columns of a page's fields in the rows that are here, in one transaction with the run's
 * cursor. A value edited here and not yet pushed stays: its push settles it (C3). Values that do not
 * cast are that record's error. Done again it changes nothing (N6).
 * @throws PageIncomplete the stream is not the whole page: fetch it again
 */
export async function writeBackfillPage(db: Database, page: BackfillPage): Promise<void> {
  const { spec, mappings, jobId, from, next, csv } = page;
  takeOver(csv);
  try {
    await db.syncTransaction(
      async (tx) => {
        if (!(await holdBackfill(tx, spec.name, { jobId, from }))) return;
        const rows = await copyIn(tx, page);
        await goByIndex(tx);
        try {
          await tx.savepoint(() => fill(tx, spec, mappings));
        } catch (error) {
          if (!isRowError(error)) throw error;
          await refuseUncastable(tx, spec, mappings);
          await fill(tx, spec, mappings);
        }
        await advanceBackfill(tx, spec.name, { jobId, from, next, rows });
      },
      { retry: false },
    );
  } finally {
    csv.destroy();
  }
}

async function copyIn(tx: Transaction, { mappings, csv, rows }: BackfillPage): Promise<number> {
  const fields = ['Id', ...mappings.map(({ field }) => field)];
  const columns = fields.map((field) => `${quote(field)} text`);
  await tx.query(`create temp table backfill_page (${columns.join(', ')}) on commit drop`);
  const list = fields.map(quote).join(', ');
  const copy = `copy ${PAGE} (${list}) from stdin (format csv, header match, force_null (${list}))`;
  const copied = await copyPage(tx, copy, fields, csv, rows);
  await tx.query(`analyze ${PAGE}`);
  return copied;
}

async function fill(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
): Promise<void> {
  const values = mappings.map((mapping) => {
    const column = quote(mapping.column);
    const value = castStaged(mapping, `s.${quote(mapping.field)}`);
    const edited =
      spec.table === 'person'
        ? `exists (select from tandem.pending_change c
             where c.person_id = t.id and c.old ? '${mapping.column.replaceAll("'", "''")}')`
        : 'false';
    return { column, value, mapping, edited };
  });
  const sets = values.map(
    ({ column, value, edited }) =>
      `${column} = case when ${edited} then t.${column} else ${value} end`,
  );
  const changed = values.map(
    ({ column, value, mapping, edited }) =>
      `(${differs(mapping.columnType, `t.${column}`, value)} and not ${edited})`,
  );
  const table = tableOf(spec.name);
  // Locked first, in the order of the keys: a local edit made meanwhile is then seen as pending.
  await tx.query(
    `with held as materialized (
       select t.sfdc_id from ${PAGE} s join ${table} t on t.sfdc_id = s."Id"
       order by t.sfdc_id for no key update of t)
     select count(*) from held`,
  );
  // Old values are no change in Salesforce, and no news for anybody's log.
  await tx.query(`select set_config('tandem.filling', 'on', true)`);
  await tx.query(
    `update ${table} t set ${sets.join(', ')} from ${PAGE} s
     where t.sfdc_id = s."Id" and (${changed.join(' or ')})`,
  );
  await tx.query(`select set_config('tandem.filling', '', true)`);
}

async function refuseUncastable(
  tx: Transaction,
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
): Promise<void> {
  const tests = mappings.flatMap((mapping) => {
    const staged = `s.${quote(mapping.field)}`;
    const fails = failsCast(mapping, staged);
    return fails ? [`case when ${staged} <> '' and ${fails} then '${mapping.field}' end`] : [];
  });
  const { rows } = await tx.query<{ id: string; fields: string[] }>(
    `with checked as materialized (
       select s."Id" as id, array_remove(array[${tests.join(', ')}]::text[], null) as fields from ${PAGE} s)
     delete from ${PAGE} s using checked c
     where c.id = s."Id" and cardinality(c.fields) > 0 returning c.id, c.fields`,
  );
  const errors = rows.map(({ id, fields }) => uncastable(id, fields));
  await recordErrors(tx, spec.name, 'pull updates', errors);
}
