import { type RecordError, recordErrors, resolveErrors } from '../ledger/sync-errors.ts';
import { tableOf } from './columns.ts';
import type { Database } from './database.ts';
import { errorCode } from './errors.ts';

/** The database refused a pulled record: a constraint, a trigger, a value out of range. */
export function refusal(sfdcId: string, error: unknown): RecordError {
  const { message, constraint } = error as { message: string; constraint?: string };
  return {
    record: sfdcId,
    personId: null,
    sfdcId,
    code: `DATABASE_${errorCode(error)}`,
    message: `${message}${constraint ? ` (constraint ${constraint})` : ''}. Change the value in Salesforce, or the rule in the database.`,
    fields: [],
  };
}

/** Values of a pulled record do not fit their columns' types. */
export function uncastable(sfdcId: string, fields: readonly string[]): RecordError {
  return {
    record: sfdcId,
    personId: null,
    sfdcId,
    code: 'VALUE_DOES_NOT_FIT',
    message: `The values of ${fields.join(', ')} do not fit the types of their columns. Change them in Salesforce, or switch the fields off in tandem.yaml.`,
    fields,
  };
}

/**
 * Salesforce does not show these records any more, whose pull failed before: with a row here the error
 * stays, and is tried again later; one that marketing never had is gone, and its error with it (C8, N3).
 */
export async function settleUnseen(
  db: Database,
  object: string,
  sfdcIds: readonly string[],
): Promise<void> {
  if (sfdcIds.length === 0) return;
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{ sfdc_id: string }>(
      `select sfdc_id from ${tableOf(object)} where sfdc_id = any($1)`,
      [[...sfdcIds]],
    );
    const held = new Set(rows.map(({ sfdc_id }) => sfdc_id));
    const gone = sfdcIds.filter((id) => !held.has(id));
    await resolveErrors(tx, object, 'pull updates', gone);
    await recordErrors(tx, object, 'pull updates', [...held].map(unseen));
  });
}

function unseen(sfdcId: string): RecordError {
  return {
    record: sfdcId,
    personId: null,
    sfdcId,
    code: 'NOT_VISIBLE',
    message:
      'Salesforce does not show this record to the sync user: it is deleted, or sharing hides it. Share it with the sync user, or leave it so.',
    fields: [],
  };
}
