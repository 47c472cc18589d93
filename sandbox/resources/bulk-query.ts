import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readJob } from '../bulk/create.ts';
import { rawJSON, stamp } from '../bulk/job-body.ts';
import { jobList, type ListFilters } from '../bulk/job-list.ts';
import {
  createJobTable,
  deleteExpired,
  deleteJob,
  findJob,
  insertJob,
  moveJob,
  type QueryJob,
  unfinished,
} from '../bulk/jobs.ts';
import { ResultFiles } from '../bulk/result-files.ts';
import { DEFAULT_PAGE, locatorOf, openPage, pageOf } from '../bulk/results.ts';
import { JobRunner } from '../bulk/runner.ts';
import { SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';

type Request<Q = unknown> = FastifyRequest<{
  Params: { version: string; id: string };
  Querystring: Q;
}>;
type Paging = { locator?: string; maxRecords?: string };

/** Above this, zipping would cost the two sides more than the bytes it saves. */
const ZIPPED_AT_MOST = 5_000;

/** Pages named by one answer of resultPages. */
const PAGES_LISTED = 5;

/** Bulk API 2.0 query jobs. */
export function bulkQueryRoutes(app: FastifyInstance, org: Org): void {
  const files = new ResultFiles(org.id);
  const runner = new JobRunner(org, files);
  app.addHook('onReady', async () => {
    await createJobTable(org.pool);
    await files.sweep();
    await deleteExpired(org.pool, files, org.now());
    for (const job of await unfinished(org.pool, files)) runner.start(job);
  });
  app.addHook('preClose', () => runner.stop());
  const path = '/services/data/v:version/jobs/query';

  app.post(path, async (request: Request, reply) => {
    await deleteExpired(request.db, files, org.now());
    const job = await insertJob(
      request.db,
      await readJob(org, request, request.params.version),
      org.now(),
    );
    runner.start(job);
    return json(reply, jobBody(job));
  });

  app.get(path, async (request: Request<ListFilters>, reply) =>
    json(
      reply,
      await jobList(request.db, path.replace(':version', request.params.version), request.query),
    ),
  );

  app.get(`${path}/:id`, async (request: Request, reply) =>
    json(reply, wholeBody(await jobOf(request))),
  );

  app.patch(`${path}/:id`, async (request: Request, reply) => {
    const job = await jobOf(request);
    const state = (request.body as { state?: unknown } | undefined)?.state;
    if (state !== 'Aborted') throw wrongState(`Invalid job state: ${state}`);
    if (
      !(await moveJob(request.db, job.id, ['UploadComplete', 'InProgress'], 'Aborted', org.now()))
    )
      throw wrongState('Aborting already Completed Job not allowed');
    await runner.cancel(job.id);
    return json(reply, jobBody(await findJob(request.db, job.id)));
  });

  app.delete(`${path}/:id`, async (request: Request, reply) => {
    const job = await jobOf(request);
    if (job.state === 'UploadComplete' || job.state === 'InProgress')
      throw wrongState('Deleting a job that is not finished is not allowed');
    await deleteJob(request.db, files, job.id);
    return reply.code(204).send();
  });

  app.get(`${path}/:id/results`, (request: Request<Paging>, reply) =>
    sendResults(files, request, reply),
  );
  app.get(`${path}/:id/resultPages`, async (request: Request<Paging>, reply) =>
    json(reply, resultPages(await finishedJob(request), request)),
  );
}

async function sendResults(
  files: ResultFiles,
  request: Request<Paging>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const job = await finishedJob(request);
  const page = pageOf(job, request.query);
  if (page.records > ZIPPED_AT_MOST) reply.header('content-encoding', 'identity');
  return reply
    .type('text/csv; charset=UTF-8')
    .header('Sforce-NumberOfRecords', page.records)
    .header('Sforce-Locator', page.next === null ? 'null' : locatorOf(page.next))
    .send(await openPage(files, job, page));
}

function resultPages(job: QueryJob, request: Request<Paging>): object {
  const base = `/services/data/v${request.params.version}/jobs/query/${job.id}`;
  const { offset } = pageOf(job, { ...request.query, maxRecords: '1' });
  const starts = Array.from({ length: PAGES_LISTED }, (_, i) => offset + i * DEFAULT_PAGE);
  const following = offset + PAGES_LISTED * DEFAULT_PAGE;
  const done = following >= job.records;
  return {
    resultPages: starts
      .filter((start) => start < Math.max(job.records, 1))
      .map((start) => ({ resultUrl: `${base}/results?locator=${locatorOf(start)}` })),
    nextRecordsUrl: done ? null : `${base}/resultPages?locator=${locatorOf(following)}`,
    done,
  };
}

/** The job named by the URL; a job belongs to the API version it was made with. */
async function jobOf(request: Request<never> | Request): Promise<QueryJob> {
  const job = await findJob(request.db, request.params.id);
  if (job.apiVersion !== request.params.version)
    throw new SalesforceError(
      409,
      'API_ERROR',
      `The job was created with API version ${job.apiVersion} and cannot be used with ${request.params.version}`,
    );
  return job;
}

async function finishedJob(request: Request<Paging>): Promise<QueryJob> {
  const job = await jobOf(request as Request);
  if (job.state !== 'JobComplete')
    throw wrongState(
      `Results are available only when the job is complete. Current state: ${job.state}`,
    );
  return job;
}

const wrongState = (message: string) => new SalesforceError(400, 'INVALIDJOBSTATE', message);

function jobBody(job: QueryJob): object {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: stamp(job.createdDate),
    systemModstamp: stamp(job.systemModstamp),
    state: job.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: rawJSON(job.apiVersion),
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
  };
}

function wholeBody(job: QueryJob): object {
  return {
    ...jobBody(job),
    jobType: 'V2Query',
    numberRecordsProcessed: job.records,
    retries: 0,
    totalProcessingTime: job.totalProcessingTime,
    isPkChunkingSupported: true,
    ...(job.errorMessage === null ? {} : { errorMessage: job.errorMessage }),
  };
}

function json(reply: FastifyReply, body: object): FastifyReply {
  return reply.type('application/json;charset=UTF-8').send(JSON.stringify(body));
}
