import type { Readable } from 'node:stream';
import { advanceComparison, countRepairs, holdComparison } from '../ledger/comparisons.ts';
import { wantRereads } from '../ledger/rereads.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { quote, tableOf } from './columns.ts';
import { copyPage, takeOver } from './csv-guard.ts';
import type { Database, Sql, Transaction } from './database.ts';

export interface IdPage {
  jobId: string | null;
  /** The page's own locator; null for the first. */
  from: string | null;
  /** The next page's; null when this is the last. */
  next: string | null;
}

/** Keeps a page of ids, with the comparison's cursor in one transaction; once, however often it comes (N6). */
export async function keepIds(
  db: Database,
  object: string,
  page: IdPage & ({ ids: readonly string[] } | { csv: Readable; rows: number }),
): Promise<void> {
  const { next } = page;
  if ('csv' in page) takeOver(page.csv);
  try {
    await db.transaction(
      async (tx) => {
        if (!(await holdComparison(tx, object, page))) return;
        const rows = 'csv' in page ? await copyIds(tx, page) : await insertIds(tx, page.ids);
        await tx.query(
          `insert into tandem.compared_id (object, sfdc_id) select $1, sfdc_id from pg_temp.id_page`,
          [object],
        );
        await advanceComparison(tx, object, { next, rows });
      },
      { retry: false },
    );
  } finally {
    if ('csv' in page) page.csv.destroy();
  }
}

const PAGE = 'create temp table id_page (sfdc_id text) on commit drop';

async function copyIds(
  tx: Transaction,
  { csv, rows }: { csv: Readable; rows: number },
): Promise<number> {
  await tx.query(PAGE);
  const copy = 'copy pg_temp.id_page (sfdc_id) from stdin (format csv, header true)';
  return copyPage(tx, copy, ['Id'], csv, rows);
}

async function insertIds(tx: Transaction, ids: readonly string[]): Promise<number> {
  await tx.query(PAGE);
  await tx.query('insert into pg_temp.id_page select unnest($1::text[])', [[...ids]]);
  return ids.length;
}

/** Ids that are kept; fewer than were listed when the server crashed meanwhile. */
export async function keptIds(sql: Sql, object: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    'select count(*)::float8 as count from tandem.compared_id where object = $1',
    [object],
  );
  return rows[0]!.count;
}

/**
 * Ids that Salesforce has and that are not here, or are marked here as deleted or left out (C12), behind `after`.
 * Left out are people who were deleted here (C14), leads whose people are here as their contacts (C10), and
 * records that stand as errors already (C7).
 */
export async function missingHere(
  sql: Sql,
  spec: ObjectSpec,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql.query<{ sfdc_id: string }>(
    `select i.sfdc_id from tandem.compared_id i
     where i.object = $1 and i.sfdc_id > $2
       and not exists (select from ${tableOf(spec.name)} t
         where t.sfdc_id = i.sfdc_id and not t.sfdc_is_deleted and not t.sfdc_out_of_scope)
       and not exists (select from marketing.person_merge m
         join marketing.person p on p.id = m.person_id and p.sfdc_type = 'Contact'
         where m.merged_sfdc_id = i.sfdc_id and left(i.sfdc_id, 3) = '00Q')
       and not exists (select from tandem.person_deletion d where d.sfdc_id = i.sfdc_id)
       and not exists (select from tandem.sync_error e
         where e.object = $1 and e.operation = 'pull updates' and e.record = i.sfdc_id
           and e.resolved_at is null)
     order by i.sfdc_id limit $3`,
    [spec.name, after, limit],
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

/**
 * Ids of live rows here that Salesforce did not list, behind `after`. Rows without what holds them, in
 * column `heldBy`, are no part of the list (H1).
 */
export async function notListed(
  sql: Sql,
  spec: ObjectSpec,
  heldBy: string | null,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql.query<{ sfdc_id: string }>(
    `select t.sfdc_id from ${tableOf(spec.name)} t
     where t.sfdc_id > $2 and not t.sfdc_is_deleted and ${ofObject(spec)}
       ${heldBy === null ? '' : `and t.${quote(heldBy)} is not null`}
       and not exists (select from tandem.compared_id i where i.object = $1 and i.sfdc_id = t.sfdc_id)
     order by t.sfdc_id limit $3`,
    [spec.name, after, limit],
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

/** SQL over row `t` of a table that objects may share: it is one of this object's, inside its scope (C12). */
function ofObject({ keyPrefix }: ObjectSpec): string {
  const inside = 'not t.sfdc_out_of_scope';
  return keyPrefix === null ? inside : `left(t.sfdc_id, 3) = '${keyPrefix}' and ${inside}`;
}

/** Has records read again that were missed; counts those that nobody had asked for (N6). */
export async function repairMissing(
  db: Database,
  object: string,
  ids: readonly string[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await countRepairs(tx, object, { missing: await wantRereads(tx, object, ids) });
  });
}

/** Marks what was purged in Salesforce as deleted: the row stays, nothing more is pushed to it (C8). */
export async function repairGone(
  db: Database,
  spec: ObjectSpec,
  ids: readonly string[],
): Promise<void> {
  await db.syncTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      `with held as materialized (
         select sfdc_id from ${tableOf(spec.name)} where sfdc_id = any($1)
         order by sfdc_id for no key update)
       update ${tableOf(spec.name)} t set sfdc_is_deleted = true
       from held where t.sfdc_id = held.sfdc_id and not t.sfdc_is_deleted`,
      [[...ids]],
    );
    await countRepairs(tx, spec.name, { gone: rowCount });
  });
}
