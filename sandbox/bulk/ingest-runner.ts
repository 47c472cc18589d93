import { currentRequest } from '../current-request.ts';
import { isDatabaseAway } from '../database-away.ts';
import { SalesforceError } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { inTransaction } from '../transaction.ts';
import type { WriteContext } from '../writes/types.ts';
import { CsvReader } from './csv-reader.ts';
import { BatchError, fieldNotFound, noRecords } from './failures.ts';
import { readHeader, recordIn } from './ingest-columns.ts';
import {
  countUp,
  findIngestJob,
  type IngestJob,
  moveIngestJob,
  unfinishedIngest,
} from './ingest-jobs.ts';
import type { MALFORMED } from './ingest-upload.ts';
import { headersOf, sessionOfOwner } from './job-session.ts';
import { type Load, type LoadRow, loadRows, ROWS_AT_ONCE } from './load-rows.ts';
import { DELIMITERS } from './results.ts';
import { type BulkRow, keepOutcomes, untriedRows } from './rows-table.ts';
import { Work } from './work.ts';

/** Times that rows are tried when the database breaks under them, before the job fails. */
const MOST_RETRIES = 10;

/** A job at work: how its rows are read, and what to do with them. */
interface Running {
  job: IngestJob;
  context: WriteContext;
  load: Load;
  read(row: BulkRow): LoadRow;
  /** Rows still to be tried before the fault `fail-job` ends the job. */
  left: number;
  endAs: 'Failed' | 'Aborted';
}

/**
 * Works on ingest jobs in the background, in the order they came, 200 rows a transaction, which holds
 * the job's row: who aborts the job waits for the rows at work, and no other process takes them.
 */
export class IngestRunner {
  readonly #org: SandboxOrg;
  readonly #work: Work;

  constructor(org: SandboxOrg) {
    this.#org = org;
    this.#work = new Work((id) => this.#run(id));
  }

  start(id: string): void {
    this.#work.add(id);
  }

  /** Goes on with what an earlier process left unfinished. */
  async resume(): Promise<void> {
    for (const id of await unfinishedIngest(this.#org.pool)) this.start(id);
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  async #run(id: string): Promise<void> {
    const { pool, now } = this.#org;
    const moved = await moveIngestJob(
      pool,
      id,
      ['UploadComplete', 'InProgress'],
      'InProgress',
      now(),
    );
    if (!moved) return;
    const job = await findIngestJob(pool, id);
    const url = `/services/data/v${job.apiVersion}/jobs/ingest/${id}`;
    const commitDelay = currentRequest.getStore()?.commitDelay ?? 0;
    const started = performance.now();
    await currentRequest.run({ url, commitDelay }, async () => {
      try {
        const running = await this.#prepare(job, url);
        while (!this.#work.stopped && (await this.#step(running)));
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        await this.#end(id, 'Failed', messageOf(error));
      }
    });
    await countUp(pool, id, { total: performance.now() - started });
  }

  async #prepare(job: IngestJob, url: string): Promise<Running> {
    const org = this.#org;
    const session = await sessionOfOwner(org, job.createdById);
    const object = org.schema.object(job.object);
    if (session === null || object === undefined)
      throw new Error('the job has lost its owner or object');
    if (job.contentError !== null) throw new BatchError(job.contentError);
    const reader = new CsvReader({
      delimiter: DELIMITERS[job.columnDelimiter]!,
      lineEnding: job.lineEnding,
    });
    const names = [...reader.push(job.header ?? ''), ...reader.end()][0]?.values;
    if (names === undefined) throw noRecords();
    const columns = readHeader({ org, session }, object, names);
    const named = new Set(columns.map((column) => (column.kind === 'field' ? column.name : '')));
    const needed = job.operation === 'upsert' ? job.externalIdFieldName! : 'Id';
    if (job.operation !== 'insert' && !named.has(needed)) throw fieldNotFound(needed);
    const key = object.fields.find(({ name }) => name === job.externalIdFieldName) ?? null;
    const fault = org.faults.strike('fail-job', { url, objects: [object.name], writes: true });
    return {
      job,
      context: {
        org,
        session,
        db: org.pool,
        headers: headersOf(job),
      },
      load: { object, operation: job.operation, key },
      read: ({ data }) => {
        const row = JSON.parse(data) as string[] | Record<typeof MALFORMED, string[]>;
        return Array.isArray(row) ? recordIn(columns, row) : malformedRow();
      },
      left: fault === null ? Number.POSITIVE_INFINITY : (fault.rows ?? 0),
      endAs: fault?.state ?? 'Failed',
    };
  }

  /** The next rows; false when there are none, or the job is no longer at work. */
  async #step(running: Running): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#tryRows(running);
      } catch (error) {
        if (this.#work.stopped) return false;
        if (tries >= MOST_RETRIES || isDatabaseAway(error)) throw error;
        await countUp(this.#org.pool, running.job.id, { retries: 1 });
      }
    }
  }

  async #tryRows(running: Running): Promise<boolean> {
    const { job, context, load } = running;
    if (running.left <= 0)
      return this.#end(
        job.id,
        running.endAs,
        running.endAs === 'Failed' ? 'InternalServerError : The job was stopped' : null,
      );
    const started = performance.now();
    const tried = await inTransaction(this.#org.pool, async (client) => {
      const { state } = await findIngestJob(client, job.id, { lock: true });
      if (state !== 'InProgress') return null;
      const rows = await untriedRows(client, job.id, Math.min(ROWS_AT_ONCE, running.left));
      if (rows.length === 0) {
        await moveIngestJob(client, job.id, ['InProgress'], 'JobComplete', this.#org.now());
        return null;
      }
      const results = await loadRows({ ...context, db: client }, load, rows.map(running.read));
      await keepOutcomes(client, job.id, rows, results);
      await countUp(client, job.id, {
        processed: rows.length,
        failed: results.filter(({ success }) => !success).length,
        active: performance.now() - started,
      });
      return rows.length;
    });
    running.left -= tried ?? 0;
    return tried !== null;
  }

  async #end(id: string, state: 'Failed' | 'Aborted', message: string | null): Promise<false> {
    await moveIngestJob(this.#org.pool, id, ['InProgress'], state, this.#org.now(), message);
    return false;
  }
}

const malformedRow = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    'Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote',
    [],
  );

function messageOf(error: unknown): string {
  if (error instanceof BatchError) return error.message;
  return `InternalServerError : ${error instanceof Error ? error.message : String(error)}`;
}
