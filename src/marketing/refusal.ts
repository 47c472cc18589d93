import type { RecordError } from '../ledger/sync-errors.ts';
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
