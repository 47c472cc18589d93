import type { PoolClient } from 'pg';
import { rolledBack, SalesforceError, tooManyRecords, unableToLock } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { inTransaction } from '../transaction.ts';
import type { Draft, RecordResult, SaveOptions, WriteContext } from './types.ts';

/** Thrown to have a batch run again, because another writer's commit came between its statements. */
export class RaceLost extends Error {
  readonly code = '40001';

  constructor() {
    super('another writer was faster: the batch has to look again');
  }
}

/** unique_violation, deadlock_detected, serialization_failure: somebody was faster, look again. */
const RACE_LOST = new Set(['23505', '40P01', '40001']);
const LOCK_NOT_AVAILABLE = '55P03';
/** How long Salesforce waits for what another transaction holds; then UNABLE_TO_LOCK_ROW. */
const LOCK_WAIT = '10s';
const MAX_TRIES = 5;

/** The state of one record at the end of a try; the id is kept only where one can be told. */
export interface Outcome {
  index: number;
  id: string | null;
  created?: boolean;
  errors: SalesforceError[];
}

/**
 * Runs one batch in a transaction, again when it lost a race against another writer. `work` is given
 * the errors that the fault `row-lock` asks for, by index, and must start from scratch each time.
 */
export async function runBatch(
  context: WriteContext,
  object: SObject,
  count: number,
  options: SaveOptions,
  work: (client: PoolClient, isStruck: (index: number) => boolean) => Promise<Outcome[]>,
): Promise<RecordResult[]> {
  const struck = Array.from({ length: count }, () => context.org.faults.rowLocked(object.name));
  return allOrNone(context, options.allOrNone ?? false, async (inner) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await inTransaction(inner.db, async (client) => {
          await client.query(`SET LOCAL lock_timeout = '${LOCK_WAIT}'`);
          return toResults(await work(client, (index) => struck[index]!));
        });
      } catch (error) {
        const code = (error as { code?: string }).code ?? '';
        if (RACE_LOST.has(code) && tries < MAX_TRIES) continue;
        if (code !== LOCK_NOT_AVAILABLE && !RACE_LOST.has(code)) throw error;
        return Array.from({ length: count }, () => ({
          id: null,
          success: false,
          errors: [unableToLock([])],
        }));
      }
    }
  });
}

/**
 * Runs a write of one record that takes several statements. A failure half-way, which `work` throws,
 * undoes them all. `read` makes the draft anew at each try.
 */
export async function runWhole(
  context: WriteContext,
  object: SObject,
  read: () => Draft,
  work: (client: PoolClient, context: WriteContext, draft: Draft) => Promise<void>,
): Promise<RecordResult> {
  const options = { allOrNone: true };
  const [result] = await runBatch(context, object, 1, options, async (client, isStruck) => {
    const draft = read();
    if (isStruck(0)) draft.errors.push(unableToLock([draft.id ?? '']));
    if (draft.errors.length === 0)
      await refusing([draft], () => work(client, { ...context, db: client }, draft));
    return [draft];
  });
  return result!;
}

/** Runs requests one after the other. Throws EXCEEDED_ID_LIMIT for more than `most`. */
export async function oneByOne<T, R>(
  requests: T[],
  most: number,
  run: (request: T) => Promise<R>,
): Promise<R[]> {
  if (requests.length > most) throw tooManyRecords(most);
  const results: R[] = [];
  for (const request of requests) results.push(await run(request));
  return results;
}

/** What `work` returns; an error of Salesforce's that it throws becomes one of each draft, and null is returned. */
export async function refusing<T>(drafts: Draft[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    for (const draft of drafts) draft.errors.push(error);
    return null;
  }
}

function toResults(outcomes: Outcome[]): RecordResult[] {
  const results: RecordResult[] = [];
  for (const { index, id, created, errors } of outcomes) {
    const success = errors.length === 0;
    results[index] = {
      id: success || created !== true ? id : null,
      success,
      ...(created === undefined ? {} : { created: success && created }),
      errors,
    };
  }
  return results;
}

/** Carries the results out of a transaction that is being rolled back. */
class RolledBack extends Error {
  readonly results: RecordResult[];

  constructor(results: RecordResult[]) {
    super('rolled back: not all records were valid');
    this.results = results;
  }
}

/** With `wanted`, undoes all that `run` wrote when one of its results is a failure. */
export async function allOrNone(
  context: WriteContext,
  wanted: boolean,
  run: (context: WriteContext) => Promise<RecordResult[]>,
): Promise<RecordResult[]> {
  if (!wanted) return run(context);
  try {
    return await inTransaction(context.db, async (client) => {
      const results = await run({ ...context, db: client });
      if (results.some(({ success }) => !success)) throw new RolledBack(results);
      return results;
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    return error.results.map((result) =>
      result.success ? { ...result, id: null, success: false, errors: [rolledBack()] } : result,
    );
  }
}

/** Marks the records that the fault `row-lock` strikes. */
export function strike(drafts: Draft[], isStruck: (index: number) => boolean): void {
  for (const draft of drafts) {
    if (!isStruck(draft.index)) continue;
    draft.errors.unshift(unableToLock(draft.id === null ? [] : [draft.id]));
  }
}

export const unharmed = <T extends Outcome>(outcomes: T[]): T[] =>
  outcomes.filter(({ errors }) => errors.length === 0);
