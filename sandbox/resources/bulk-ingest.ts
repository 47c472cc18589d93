import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wrongState } from '../bulk/failures.ts';
import { readIngestJob } from '../bulk/ingest-create.ts';
import {
  createIngestTable,
  deleteExpiredIngest,
  deleteIngestJob,
  findIngestJob,
  type IngestJob,
  type IngestState,
  insertIngestJob,
  moveIngestJob,
} from '../bulk/ingest-jobs.ts';
import { resultCsv } from '../bulk/ingest-results.ts';
import { IngestRunner } from '../bulk/ingest-runner.ts';
import { upload } from '../bulk/ingest-upload.ts';
import { ingestBody, wholeIngestBody } from '../bulk/job-body.ts';
import { jobList, type ListFilters } from '../bulk/job-list.ts';
import { type JobWithContent, readMultipart } from '../bulk/multipart.ts';
import { createRowTable, type OutcomeKind } from '../bulk/rows-table.ts';
import { unsupportedMediaType } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { inTransaction } from '../transaction.ts';

type Request = FastifyRequest<{ Params: { version: string; id: string } }>;

const MULTIPART_BYTES = 4 * 1024 * 1024;

const RESULTS: Record<string, OutcomeKind> = {
  successfulResults: 'successful',
  failedResults: 'failed',
  unprocessedrecords: 'unprocessed',
};

/** Bulk API 2.0 ingest jobs. */
export function bulkIngestRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const runner = new IngestRunner(org);
  app.addHook('onReady', async () => {
    await createRowTable(org.pool);
    await createIngestTable(org.pool);
    await deleteExpiredIngest(org.pool, org.now());
    await runner.resume();
  });
  app.addHook('preClose', () => runner.stop());
  // Their own scope: what these routes take as a body, no other does.
  app.register(async (scope) => {
    readContents(scope);
    addRoutes(scope, org, runner);
  });
}

function readContents(scope: FastifyInstance): void {
  // Passed on as it comes, unread.
  scope.addContentTypeParser('text/csv', async (_request: unknown, payload: Readable) => payload);
  scope.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: MULTIPART_BYTES },
    async (request: FastifyRequest, body: Buffer) =>
      readMultipart(String(request.headers['content-type']), body),
  );
}

function addRoutes(app: FastifyInstance, org: SandboxOrg, runner: IngestRunner): void {
  const path = '/services/data/v:version/jobs/ingest';
  const jobOf = (request: Request) => findIngestJob(request.db, request.params.id);

  app.post(path, async (request: Request, reply) => {
    await deleteExpiredIngest(request.db, org.now());
    const { session, params } = request;
    if (request.body instanceof Readable) throw unsupportedMediaType();
    const whole = isMultipart(request) ? (request.body as JobWithContent) : null;
    const body = whole === null ? request.body : whole.job;
    const facts = readIngestJob(org, session, body, params.version);
    if (whole === null)
      return json(reply, ingestBody(await insertIngestJob(request.db, facts, org.now())));
    const job = await inTransaction(request.db, async (client) => {
      const { id } = await insertIngestJob(client, facts, org.now());
      await upload(client, id, Readable.from([Buffer.from(whole.content)]));
      await moveIngestJob(client, id, ['Open'], 'UploadComplete', org.now());
      return findIngestJob(client, id);
    });
    runner.start(job.id);
    return json(reply, ingestBody(job));
  });

  app.put(`${path}/:id/batches`, async (request: Request, reply) => {
    const { id } = await jobOf(request);
    if (!(request.body instanceof Readable)) throw unsupportedMediaType();
    await upload(request.db, id, request.body);
    return reply.code(201).send();
  });

  app.get(path, async (request: FastifyRequest<{ Querystring: ListFilters }>, reply) => {
    const { version } = request.params as { version: string };
    return json(reply, await jobList(request.db, path.replace(':version', version), request.query));
  });

  app.get(`${path}/:id`, async (request: Request, reply) =>
    json(reply, wholeIngestBody(await jobOf(request))),
  );

  app.patch(`${path}/:id`, async (request: Request, reply) => {
    const job = await jobOf(request);
    const state = (request.body as { state?: unknown } | null | undefined)?.state;
    await move(org, request, job, state);
    const moved = await findIngestJob(request.db, job.id);
    if (state === 'UploadComplete') runner.start(job.id);
    return json(reply, ingestBody(moved));
  });

  app.delete(`${path}/:id`, async (request: Request, reply) => {
    const job = await jobOf(request);
    if (job.state === 'Open' || job.state === 'InProgress')
      throw wrongState('Deleting a job that is not finished is not allowed');
    await deleteIngestJob(request.db, job.id);
    return reply.code(204).send();
  });

  for (const [name, kind] of Object.entries(RESULTS))
    app.get(`${path}/:id/${name}`, async (request: Request, reply) => {
      const job = await jobOf(request);
      if (!isFinished(job))
        throw wrongState(
          `Results are available only when the job is finished. Current state: ${job.state}`,
        );
      return reply.type('text/csv; charset=UTF-8').send(resultCsv(org.pool, job, kind));
    });
}

/** States that a client may set, with those it may set them from. */
const MOVES: Record<string, IngestState[]> = {
  UploadComplete: ['Open'],
  Aborted: ['Open', 'UploadComplete', 'InProgress'],
};

async function move(
  org: SandboxOrg,
  { db }: Request,
  job: IngestJob,
  state: unknown,
): Promise<void> {
  const from = typeof state === 'string' && Object.hasOwn(MOVES, state) ? MOVES[state]! : null;
  if (from === null) throw wrongState(`Invalid job state: ${state}`);
  if (await moveIngestJob(db, job.id, from, state as IngestState, org.now())) return;
  const { state: now } = await findIngestJob(db, job.id);
  const doing = state === 'Aborted' ? 'Aborting' : 'Closing';
  const already = now === 'JobComplete' ? 'Completed' : now;
  throw wrongState(`${doing} already ${already} Job not allowed`);
}

const isFinished = ({ state }: IngestJob) =>
  state === 'JobComplete' || state === 'Failed' || state === 'Aborted';

const isMultipart = ({ headers }: Request) =>
  /^multipart\/form-data/i.test(headers['content-type'] ?? '');

function json(reply: FastifyReply, body: object): FastifyReply {
  return reply.type('application/json;charset=UTF-8').send(JSON.stringify(body));
}
