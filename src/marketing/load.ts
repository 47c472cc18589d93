import type { Readable } from 'node:stream';
import { advanceLoad, holdCursor } from '../ledger/loads.ts';
import { moveWatermark } from '../ledger/watermarks.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { logWhatCameBeforeLoad } from './adopt.ts';
import { writeStagedIn } from './apply.ts';
import { quote, tableOf } from './columns.ts';
import { copyPage, takeOver } from './csv-guard.ts';
import type { Database, Transaction } from './database.ts';
import { DatabaseBusy, isRowError, PageIncomplete, PageRefused } from './errors.ts';
import { emptyStaging, stageCsvIn } from './staging.ts';

export interface LoadPage {
  spec: ObjectSpec;
  mappings: readonly FieldMapping[];
  jobId: string;
  /** The page's own locator; null for the first. */
  from: string | null;
  /** The next page's; null when this is the last. */
  next: string | null;
  /** The job's time: the watermark when all is loaded. */
  serverTime: Date;
  csv: Readable;
  /** Rows that Salesforce announced for the page; null when unknown. */
  rows: number | null;
}

export interface LoadedPage {
  rows: number;
  /** False when this page had been loaded before: nothing was written. */
  written: boolean;
  failed: number;
}

/** The fields to query for a load by COPY, in the CSV's order: Id and every pulled field. */
export function loadFields(object: string, mappings: readonly FieldMapping[]): string[] {
  const pulled = mappings
    .filter((mapping) => mapping.object === object && isPulled(mapping) && mapping.field !== 'Id')
    .map(({ field }) => field);
  return ['Id', ...pulled];
}

/**
 * Copies a page of loadFields() straight into the object's table, in one transaction with the load's
 * cursor: a page is there whole, once, or not at all (A2).
 * @throws PageRefused the rows do not go in as they are (seen before, or a value does not cast):
 *   fetch the page again and give it to loadPageByStaging
 * @throws PageIncomplete the stream is not the whole page: fetch it again
 */
export async function loadPage(db: Database, page: LoadPage): Promise<LoadedPage> {
  const { spec, mappings } = page;
  const fields = loadFields(spec.name, mappings);
  const columnOf = new Map(
    mappings
      .filter((mapping) => mapping.object === spec.name)
      .map(({ field, column }) => [field, column]),
  );
  const columns = fields.map((field) => quote(field === 'Id' ? 'sfdc_id' : columnOf.get(field)!));
  const list = columns.join(', ');
  return inPage(db, page, async (tx) => {
    try {
      const rows = await copyPage(
        tx,
        `copy ${tableOf(spec.name)} (${list}) from stdin
         (format csv, header true, force_null (${list}))`,
        fields,
        page.csv,
        page.rows,
      );
      return { rows, failed: 0 };
    } catch (error) {
      if (error instanceof PageIncomplete || !isRowError(error)) throw error;
      throw new PageRefused(
        `COPY refused a page of ${spec.name}; it is loaded by staging instead.`,
        { cause: error },
      );
    }
  });
}

/**
 * Loads a page row by row where rows need it: those seen before are compared, values that do not
 * cast are that record's error. Same fields, cursor and transaction as loadPage; the page's query
 * may hold the External ID field as well, after the others.
 */
export async function loadPageByStaging(
  db: Database,
  page: LoadPage & { externalIdField: string | null },
): Promise<LoadedPage> {
  const { spec, mappings, externalIdField } = page;
  const fields = loadFields(spec.name, mappings);
  if (externalIdField !== null) fields.push(externalIdField);
  return inPage(db, page, async (tx) => {
    await emptyStaging(tx, spec.name);
    const rows = await stageCsvIn(tx, spec.name, fields, page.csv, page.rows);
    const counts = await writeStagedIn(tx, {
      spec,
      mappings,
      externalIdField,
      serverTime: null,
      firstCopy: true,
    });
    if (counts.postponed > 0) {
      // No later window would bring these rows back, so the page must not count as done.
      throw new DatabaseBusy(
        `${counts.postponed} rows of ${spec.name} are locked by another session. The page is loaded again; look for long transactions in pg_stat_activity.`,
      );
    }
    return { rows, failed: counts.failed };
  });
}

async function inPage(
  db: Database,
  page: LoadPage,
  write: (tx: Transaction) => Promise<{ rows: number; failed: number }>,
): Promise<LoadedPage> {
  const { spec, jobId, from, next } = page;
  takeOver(page.csv);
  try {
    const loaded = await db.syncTransaction(
      async (tx) => {
        if (!(await holdCursor(tx, spec.name, { jobId, from }))) {
          return { rows: 0, written: false, failed: 0, done: false };
        }
        const { rows, failed } = await write(tx);
        const { done } = await advanceLoad(tx, spec.name, { jobId, from, next, rows });
        if (done) await moveWatermark(tx, spec.name, page.serverTime);
        if (done && spec.table === 'person') await logWhatCameBeforeLoad(tx, spec.name);
        return { rows, written: true, failed, done };
      },
      { retry: false },
    );
    // The cycles that follow plan with these statistics; autovacuum would come too late.
    const { done, ...result } = loaded;
    if (done) await db.query(`analyze ${tableOf(spec.name)}`);
    return result;
  } finally {
    page.csv.destroy();
  }
}
