import type { StepCounts } from '../../src/ledger/cycles.ts';
import type { RecordCounts } from '../../src/marketing/database.ts';
import { alone } from '../../src/marketing/lock.ts';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { Outcome } from '../../src/salesforce/port.ts';
import type { FieldMapping } from '../../src/sync/field-map.ts';
import type { ConnectionDeps } from '../deps.ts';

/** Salesforce's bound on records in one write (trap 20). */
export const WRITE_AT_ONCE = 200;

/** What the parts of a push share. */
export interface Push extends ConnectionDeps {
  object: string;
  mappings: readonly FieldMapping[];
  /** Aborts when this attempt is given up. */
  signal: AbortSignal;
  /** Before each call: is this attempt still wanted, and is there budget left (M1)? */
  goOn(): void;
}

/**
 * Reads and writes people of the object with nobody else at it, cycle or action: what is read here is not
 * changed before it is written (trap 28). A push takes many turns, so that actions get theirs in between.
 */
export const turn = <T>(
  { db, object }: Pick<Push, 'db' | 'object'>,
  work: () => Promise<T>,
): Promise<T> => alone(db, `write to Salesforce: ${object}`, work);

export type Recorder = RecordCounts<StepCounts>;

/**
 * Salesforce refuses a whole call for one value that it cannot read, such as a date out of its range:
 * the call is halved until that record stands alone (N3).
 */
export async function eachOutcome<T>(
  items: readonly T[],
  send: (part: readonly T[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  try {
    return await send(items);
  } catch (error) {
    if (!(error instanceof SalesforceRejected) || error.code !== 'JSON_PARSER_ERROR') throw error;
    const { code, message } = error;
    if (items.length === 1) return [{ ok: false, id: null, code, message, fields: [] }];
    const middle = items.length >> 1;
    const left = await eachOutcome(items.slice(0, middle), send);
    return [...left, ...(await eachOutcome(items.slice(middle), send))];
  }
}

export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += WRITE_AT_ONCE) {
    yield items.slice(start, start + WRITE_AT_ONCE);
  }
}
