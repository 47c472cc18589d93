import { currentRequest } from '../current-request.ts';
import { isDatabaseAway } from '../database-away.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { inTransaction } from '../transaction.ts';
import type { WriteContext } from '../writes/types.ts';
import { BatchError } from './failures.ts';
import { headersOf, sessionOfOwner } from './job-session.ts';
import { type Load, loadRows, type Operation, ROWS_AT_ONCE } from './load-rows.ts';
import { addRows, keepOutcomes, untriedRows } from './rows-table.ts';
import { AsyncError } from './v1-errors.ts';
import {
  batchesOf,
  findBatch,
  findV1Job,
  insertBatch,
  moveBatch,
  unfinishedBatches,
  type V1Batch,
  type V1Job,
} from './v1-jobs.ts';
import { chunksOf, runQuery } from './v1-query.ts';
import { type BatchRows, readBatch } from './v1-records.ts';
import { Work } from './work.ts';

/** Works on the batches of Bulk API 1.0 in the background, in the order they came. */
export class V1Runner {
  readonly #org: SandboxOrg;
  readonly #work: Work;

  constructor(org: SandboxOrg) {
    this.#org = org;
    this.#work = new Work((ids) => {
      const [jobId = '', id = ''] = ids.split(' ');
      return this.#run(jobId, id);
    });
  }

  start({ jobId, id }: Pick<V1Batch, 'jobId' | 'id'>): void {
    this.#work.add(`${jobId} ${id}`);
  }

  /** Goes on with what an earlier process left unfinished. */
  async resume(): Promise<void> {
    for (const ids of await unfinishedBatches(this.#org.pool)) this.#work.add(ids);
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  async #run(jobId: string, id: string): Promise<void> {
    const { pool, now } = this.#org;
    const job = await findV1Job(pool, jobId);
    const batch = await findBatch(pool, jobId, id);
    if (batch.state !== 'Queued' && batch.state !== 'InProgress') return;
    const url = `/services/async/${job.apiVersion}/job/${jobId}/batch/${id}`;
    const commitDelay = currentRequest.getStore()?.commitDelay ?? 0;
    await currentRequest.run({ url, commitDelay }, async () => {
      const started = performance.now();
      try {
        await this.#process(job, batch);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        if (this.#work.stopped) return;
        const message = messageOf(error);
        const time = performance.now() - started;
        await moveBatch(pool, id, 'Failed', now(), { message, time });
      }
    });
  }

  async #process(job: V1Job, batch: V1Batch): Promise<void> {
    const org = this.#org;
    const session = await sessionOfOwner(org, job.createdById);
    const object = org.schema.object(job.object);
    if (session === null || object === undefined)
      throw new Error('the job has lost its owner or object');
    const context: WriteContext = { org, session, db: org.pool, headers: headersOf(job) };
    const { operation } = job;
    if (operation !== 'query' && operation !== 'queryAll') {
      const key = object.fields.find(({ name }) => name === job.externalIdFieldName) ?? null;
      return this.#load(context, job, batch, { object, operation: operation as Operation, key });
    }
    const first = (await batchesOf(org.pool, job.id))[0]!.id === batch.id;
    if (job.chunkSize !== null && first) {
      const chunks = await chunksOf(context, object, batch.request, job.chunkSize);
      for (const soql of chunks) this.start(await insertBatch(org.pool, job.id, soql, org.now()));
      return moveBatch(org.pool, batch.id, 'NotProcessed', org.now());
    }
    const started = performance.now();
    await moveBatch(org.pool, batch.id, 'InProgress', org.now());
    const processed = await runQuery(context, job, batch);
    const time = performance.now() - started;
    await moveBatch(org.pool, batch.id, 'Completed', org.now(), { processed, time });
  }

  async #load(context: WriteContext, job: V1Job, batch: V1Batch, load: Load): Promise<void> {
    const { pool, now } = this.#org;
    const content = readBatch(context, load, job.contentType, batch.request);
    if (batch.state === 'Queued')
      await inTransaction(pool, async (client) => {
        await addRows(client, batch.id, [content.rows]);
        await moveBatch(client, batch.id, 'InProgress', now());
      });
    while (!this.#work.stopped && (await this.#step(context, job, batch.id, load, content)));
  }

  /** The next rows; false when there are none, or the job was aborted. */
  async #step(
    context: WriteContext,
    job: V1Job,
    id: string,
    load: Load,
    content: BatchRows,
  ): Promise<boolean> {
    const { pool, now } = this.#org;
    const started = performance.now();
    return inTransaction(pool, async (client) => {
      const { state } = await findBatch(client, job.id, id, { lock: true });
      if (state !== 'InProgress') return false;
      const aborted = (await findV1Job(client, job.id)).state === 'Aborted';
      const rows = aborted ? [] : await untriedRows(client, id, ROWS_AT_ONCE);
      if (rows.length === 0) {
        await moveBatch(client, id, aborted ? 'NotProcessed' : 'Completed', now());
        return false;
      }
      const read = rows.map(({ data }) => content.read(data));
      const results = await loadRows({ ...context, db: client }, load, read);
      await keepOutcomes(client, id, rows, results);
      await moveBatch(client, id, 'InProgress', now(), {
        processed: rows.length,
        failed: results.filter(({ success }) => !success).length,
        time: performance.now() - started,
      });
      return true;
    });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof BatchError) return error.message;
  if (error instanceof AsyncError) return `${error.code} : ${error.message}`;
  return `InternalServerError : ${error}`;
}
