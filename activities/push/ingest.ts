import { setTimeout as delay } from 'node:timers/promises';
import {
  dropIngest,
  type IngestedOperation,
  type IngestRecord,
  keepIngest,
  type OpenIngest,
  openIngests,
} from '../../src/ledger/ingest-jobs.ts';
import type { Sql } from '../../src/marketing/database.ts';
import { csvLines } from '../../src/salesforce/csv.ts';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { IngestJob, IngestOperation, Outcome, Row } from '../../src/salesforce/port.ts';
import type { Push } from './push.ts';

/**
 * Rows of a job: one internal batch of Salesforce's, which it writes in their order, so that rows of one
 * account do not lock each other out (traps 21, 22).
 */
export const ROWS_OF_A_JOB = 10_000;
/** Under Salesforce's 100 MB of CSV, reckoned by its JSON, which is longer. */
export const BYTES_OF_A_JOB = 90_000_000;

const FIRST_LOOK_MS = 250;
const LATER_LOOKS = 1.5;
const SLOWEST_LOOK_MS = 10_000;

/** In smaller batches, right after, it mostly passes (trap 22): collections take it up. */
const LOCKED = 'UNABLE_TO_LOCK_ROW';

export interface Ingested extends IngestRecord {
  outcome: Outcome;
}

export interface Ingest {
  operation: IngestedOperation;
  how: IngestOperation;
  keyField: string;
  /** Keeps outcomes; `drop` belongs into its transaction. Rows that were not tried are not among them. */
  settle(results: Ingested[], drop: (sql: Sql) => Promise<void>): Promise<void>;
}

/** A job that is kept, and what it is to hold. */
export interface Begun extends OpenIngest {
  rows: readonly Row[];
}

/**
 * Makes a job for rows, within the turn that read them. Its id is kept before the upload: after a crash, or
 * an answer that was lost, finishIngests goes on with the same job (N2, N6); and actions leave its people
 * alone until it is settled. Null when Salesforce takes no such job.
 */
export async function begin(
  push: Push,
  { how, keyField, operation }: Ingest,
  records: IngestRecord[],
  rows: readonly Row[],
): Promise<Begun | null> {
  const { db, object, salesforce, goOn } = push;
  goOn();
  let jobId: string;
  try {
    jobId = await salesforce.openIngest(object, how);
  } catch (error) {
    // No Bulk API for this object or user, or its own daily limit: collections do the same.
    if (error instanceof SalesforceRejected) return null;
    throw error;
  }
  const job = { jobId, keyField, records };
  await keepIngest(db, { ...job, object, operation });
  return { ...job, rows };
}

/** Uploads a job that was begun, and settles its results when Salesforce has done it. */
export async function complete(push: Push, job: Begun, settle: Ingest['settle']): Promise<void> {
  const { salesforce, goOn } = push;
  goOn();
  await salesforce.uploadIngest(job.jobId, () => csvLines(job.rows, job.keyField));
  goOn();
  await salesforce.closeIngest(job.jobId);
  await finish(push, job, settle);
}

/**
 * Settles the jobs of an attempt that did not see their end. One that is still open there has written
 * nothing, and what it holds may be out of date: it is ended, and its people are read and merged anew.
 */
export async function finishIngests(
  push: Push,
  { operation, settle }: Pick<Ingest, 'operation' | 'settle'>,
): Promise<void> {
  const { db, object, salesforce, goOn } = push;
  for (const job of await openIngests(db, object, operation)) {
    goOn();
    const known = await salesforce.ingestJob(job.jobId);
    if (known === null || known.state === 'Open') {
      await salesforce.abortIngest(job.jobId);
      // Closed by the earlier attempt in this moment, it counts.
      const now = known && (await salesforce.ingestJob(job.jobId));
      if (now === null || now.state === 'Aborted') {
        await dropIngest(db, job.jobId);
        continue;
      }
    }
    await finish(push, job, settle);
  }
}

async function finish(push: Push, job: OpenIngest, settle: Ingest['settle']): Promise<void> {
  const { salesforce, db, log, object } = push;
  const ended = await untilEnded(push, job.jobId);
  if (ended === null) {
    // Its results are gone. Edits are merged with what is there now, creations find their own records.
    await dropIngest(db, job.jobId);
    return;
  }
  if (ended.state !== 'JobComplete') {
    log.warn({ object, job: job.jobId, state: ended.state }, 'a Bulk job was not done to its end');
  }
  const byKey = new Map(job.records.map((record) => [record.key, record]));
  const results = await salesforce.ingestResults(job.jobId, job.keyField);
  const settled = results.flatMap(({ key, outcome }): Ingested[] => {
    const record = byKey.get(key);
    if (record === undefined || (!outcome.ok && outcome.code === LOCKED)) return [];
    return [{ ...record, outcome }];
  });
  await settle(settled, (sql) => dropIngest(sql, job.jobId));
}

async function untilEnded(
  { salesforce, signal, goOn }: Push,
  jobId: string,
): Promise<IngestJob | null> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * LATER_LOOKS, SLOWEST_LOOK_MS)) {
    goOn();
    const job = await salesforce.ingestJob(jobId);
    if (job === null || ['JobComplete', 'Failed', 'Aborted'].includes(job.state)) return job;
    await delay(pause, undefined, { signal });
  }
}
