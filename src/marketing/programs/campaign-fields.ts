import { recordErrors, resolveErrors } from '../../ledger/sync-errors.ts';
import type { ChannelStatus } from '../../sync/program-status.ts';
import type { Database, Sql } from '../database.ts';
import { waits } from './due.ts';
import { STATUSES } from './links.ts';

/** A linked program of which something is to be written to its campaign (E2). */
export interface DueProgram {
  programId: string;
  campaignId: string;
  channel: string;
  statuses: ChannelStatus[];
  /** The sum of its period costs, as PostgreSQL writes numbers. */
  cost: string;
  /** Which parts are due. */
  what: ('channel' | 'cost' | 'statuses')[];
  /** The changes that this covers. */
  dueIds: string[];
}

export async function duePrograms(db: Database, limit: number): Promise<DueProgram[]> {
  // What is due of programs that are gone or unlinked is done with.
  await db.query(
    `delete from tandem.program_due d where not exists (
       select from marketing.program p where p.id = d.program_id and p.linked_at is not null)`,
  );
  const { rows } = await db.query<DueProgram>(
    `select p.id as "programId", p.salesforce_campaign_id as "campaignId", p.channel,
       ${STATUSES} as statuses,
       (select coalesce(sum(amount), 0)::text from marketing.program_cost c
        where c.program_id = p.id) as cost,
       d.what, d.ids as "dueIds"
     from (
       select program_id, array_agg(distinct what) as what, array_agg(id::text) as ids
       from tandem.program_due group by program_id
     ) d join marketing.program p on p.id = d.program_id
     where not ${waits('Campaign', 'push updates', 'p.id::text')}
     order by p.id limit $1`,
    [limit],
  );
  return rows;
}

export interface ProgramResult extends DueProgram {
  outcome: { ok: true } | { ok: false; code: string; message: string; fields: readonly string[] };
}

/** Done: exactly what was read is no longer due. Refused: it stays, with a sync error and its next try (N3). */
export async function settlePrograms(
  db: Database,
  results: readonly ProgramResult[],
  record: (sql: Sql, counts: { failed: number }) => Promise<void>,
): Promise<void> {
  if (results.length === 0) return;
  await db.syncTransaction(async (tx) => {
    const done = results.filter(({ outcome }) => outcome.ok);
    await tx.query('delete from tandem.program_due where id = any($1::bigint[])', [
      done.flatMap(({ dueIds }) => dueIds),
    ]);
    await resolveErrors(
      tx,
      'Campaign',
      'push updates',
      done.map(({ programId }) => programId),
    );
    const errors = results.flatMap(({ programId, campaignId, outcome }) =>
      outcome.ok
        ? []
        : [
            {
              ...{ record: programId, personId: null, sfdcId: campaignId },
              ...{ code: outcome.code, message: outcome.message, fields: outcome.fields },
            },
          ],
    );
    await recordErrors(tx, 'Campaign', 'push updates', errors);
    await record(tx, { failed: errors.length });
  });
}
