import { recordErrors, resolveErrors } from '../ledger/sync-errors.ts';
import type { Database, RecordCounts } from './database.ts';

export interface Deletion {
  personId: string;
  sfdcId: string;
}

export interface DeletionResult extends Deletion {
  outcome: { ok: true } | { ok: false; code: string; message: string; fields?: readonly string[] };
}

/** Salesforce says so of a record that is gone already: what was wanted. */
const GONE = new Set(['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY', 'NOT_FOUND']);

/**
 * People deleted here while the policy was `delete`, whose records are to go in Salesforce too, due
 * ones only (C14). Deletions made under another policy never come here, nor people put back since.
 */
export async function takeDeletes(
  db: Database,
  { object, limit }: { object: string; limit: number },
): Promise<Deletion[]> {
  const { rows } = await db.query<Deletion>(
    `select d.person_id as "personId", d.sfdc_id as "sfdcId"
     from tandem.person_deletion d
     where d.policy = 'delete' and d.pushed_at is null and d.object = $1
       and not exists (select from marketing.person p where p.sfdc_id = d.sfdc_id)
       and not exists (
         select from tandem.sync_error e
         where e.object = $1 and e.operation = 'push deletes' and e.record = d.person_id::text
           and e.resolved_at is null and e.next_try > now())
     order by d.at limit $2`,
    [object, limit],
  );
  return rows;
}

/** Keeps what became of each deletion; a record that was gone already counts as deleted. */
export async function settleDeletes(
  db: Database,
  { object, results }: { object: string; results: readonly DeletionResult[] },
  record?: RecordCounts<{ deleted: number; failed: number }>,
): Promise<{ deleted: number; failed: number }> {
  return db.syncTransaction(async (tx) => {
    const done = results.filter(({ outcome }) => outcome.ok || GONE.has(outcome.code));
    const failures = results.flatMap(({ personId, sfdcId, outcome }) =>
      outcome.ok || GONE.has(outcome.code)
        ? []
        : [
            {
              record: personId,
              personId: null,
              sfdcId,
              code: outcome.code,
              message: outcome.message,
              fields: outcome.fields ?? [],
            },
          ],
    );
    await tx.query(
      `update tandem.person_deletion set pushed_at = clock_timestamp()
       where sfdc_id = any($1) and pushed_at is null`,
      [done.map(({ sfdcId }) => sfdcId)],
    );
    await resolveErrors(
      tx,
      object,
      'push deletes',
      done.map(({ personId }) => personId),
    );
    await recordErrors(tx, object, 'push deletes', failures);
    const counts = { deleted: done.length, failed: failures.length };
    await record?.(tx, counts);
    return counts;
  });
}
