import type { FieldMapping } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { type WriteCounts, writeStagedIn } from './apply.ts';
import { stagingOf, tableOf } from './columns.ts';
import type { Database, Transaction } from './database.ts';
import { DatabaseBusy } from './errors.ts';
import { emptyStaging, holdStaging, type StagedRow, stageRows } from './staging.ts';

export interface TakeOverInput {
  spec: ObjectSpec;
  mappings: readonly FieldMapping[];
  externalIdField: string | null;
  /** The fields that were read; each row has Id and SystemModstamp. */
  fields: readonly string[];
  rows: readonly StagedRow[];
}

/** A cycle's rows are older than an action's for as long as a Bulk pull may take. */
const REMEMBERED = '1 day';

/**
 * Writes rows that were read right after an action wrote them, by the way that all of Salesforce's rows
 * go: merged with local edits, only where they differ. What a cycle has staged meanwhile stays staged,
 * without what is older than these rows. The watermark stays as it is. One transaction.
 * @throws DatabaseBusy somebody holds a row
 */
export async function takeOverRows(
  db: Database,
  input: TakeOverInput,
): Promise<WriteCounts | null> {
  const { spec, mappings, externalIdField, fields, rows } = input;
  if (rows.length === 0) return null;
  return db.syncTransaction(async (tx) => {
    const staging = stagingOf(spec.name);
    await supersede(tx, spec.name, rows);
    await tx.query(`create temp table set_aside on commit drop as table ${staging}`);
    await emptyStaging(tx, spec.name);
    await stageRows(tx, spec.name, fields, rows);
    const counts = await writeStagedIn(tx, { spec, mappings, externalIdField, serverTime: null });
    await tx.query(`insert into ${staging} select * from pg_temp.set_aside`);
    if (counts.postponed > 0) {
      throw new DatabaseBusy(`Another session holds a row of ${spec.table}; it is tried again.`);
    }
    return counts;
  });
}

/**
 * Drops what is staged of these records and not newer; what is staged from now on is dropped when it is
 * older (prepareStaged). Modstamps have whole seconds: within one, what is staged already was read first.
 */
async function supersede(
  tx: Transaction,
  object: string,
  rows: readonly StagedRow[],
): Promise<void> {
  await holdStaging(tx, object);
  const read = JSON.stringify(
    rows.map(({ Id, SystemModstamp }) => ({ id: Id, modstamp: SystemModstamp })),
  );
  const records = 'jsonb_to_recordset($1) as r(id text, modstamp timestamptz)';
  await tx.query(
    `delete from ${stagingOf(object)} s using ${records}
     where s."Id" = r.id and s."SystemModstamp"::timestamptz <= r.modstamp`,
    [read],
  );
  await tx.query(
    `insert into tandem.taken_over as t (object, sfdc_id, modstamp)
     select $2, id, modstamp from ${records}
     on conflict (object, sfdc_id) do update set at = excluded.at,
       modstamp = greatest(t.modstamp, excluded.modstamp)`,
    [read, object],
  );
  await tx.query(`delete from tandem.taken_over where at < now() - interval '${REMEMBERED}'`);
}

export interface Gone {
  sfdcId: string;
  /** Salesforce id of the record it was merged into; null otherwise. */
  masterId: string | null;
  modstamp: string;
}

/** Marks records that are deleted in Salesforce (C8), and whom they were merged into (C9). */
export async function markGone(
  db: Database,
  spec: ObjectSpec,
  gone: readonly Gone[],
): Promise<void> {
  if (gone.length === 0) return;
  await db.syncTransaction(async (tx) => {
    const master =
      spec.table === 'person' ? ', master_record_id = coalesce(g.master, t.master_record_id)' : '';
    await supersede(
      tx,
      spec.name,
      gone.map(({ sfdcId, modstamp }) => ({ Id: sfdcId, SystemModstamp: modstamp })),
    );
    await tx.query(
      `update ${tableOf(spec.name)} t set sfdc_is_deleted = true${master}
       from jsonb_to_recordset($1) as g(id text, master text)
       where t.sfdc_id = g.id and (not t.sfdc_is_deleted or g.master is not null)`,
      [JSON.stringify(gone.map(({ sfdcId, masterId }) => ({ id: sfdcId, master: masterId })))],
    );
  });
}
