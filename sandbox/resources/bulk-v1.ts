import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createRowTable } from '../bulk/rows-table.ts';
import { batchInfo, inAlphabet, jobInfo, jsonDate, xmlDate } from '../bulk/v1-answers.ts';
import { readV1Job } from '../bulk/v1-create.ts';
import { AsyncError, asyncErrorOf } from '../bulk/v1-errors.ts';
import {
  batchesOf,
  countsOf,
  createV1Tables,
  endV1Job,
  findBatch,
  findV1Job,
  insertBatch,
  insertV1Job,
  type V1Batch,
  type V1Job,
} from '../bulk/v1-jobs.ts';
import { loadResults, queryResult } from '../bulk/v1-results.ts';
import { V1Runner } from '../bulk/v1-runner.ts';
import { readXml, textOf, xmlDocument } from '../bulk/v1-xml.ts';
import { dailyLimitExceeded, notFound, sessionExpired } from '../errors.ts';
import { bearerToken } from '../http/authorise.ts';
import { apiRefusal } from '../http/session-checks.ts';
import { pathOf } from '../http/urls.ts';
import { kindOfCall } from '../http/usage.ts';
import type { SandboxOrg } from '../sandbox-org.ts';

type Request = FastifyRequest<{
  Params: { version: string; id: string; batch: string; result: string };
  Body: string | undefined;
}>;

/** Bytes of a batch. */
const MOST_BYTES = 10 * 1024 * 1024;

/** Bulk API 1.0: jobs, their batches and what became of them. */
export function bulkV1Routes(app: FastifyInstance, org: SandboxOrg): void {
  const runner = new V1Runner(org);
  app.addHook('onReady', async () => {
    await createRowTable(org.pool);
    await createV1Tables(org.pool);
    await runner.resume();
  });
  app.addHook('preClose', () => runner.stop());
  // Bodies, errors, logins and types without a charset of their own, unlike REST's: some clients
  // compare the whole Content-Type.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      async (_request: unknown, body: string) => body,
    );
    scope.setErrorHandler((error, request, reply) => refuse(error, request as Request, reply));
    scope.addHook('onRequest', async (request) => admit(org, request as Request));
    scope.addHook('onSend', async (_request, reply) => {
      const [type = ''] = String(reply.getHeader('content-type')).split(';');
      // Past Fastify, like all headers whose names are spelt by now.
      reply.raw.setHeader('Content-Type', type);
    });
    jobRoutes(scope, org);
    batchRoutes(scope, org, runner);
    scope.all('/services/async/*', async () => {
      throw notFound();
    });
  });
}

const PATH = '/services/async/:version/job';

function admit(org: SandboxOrg, request: Request): void {
  const token = request.headers['x-sfdc-session'] ?? bearerToken(request);
  const session = typeof token === 'string' ? org.sessions.use(token) : undefined;
  if (session === undefined) throw sessionExpired();
  const refused = apiRefusal(org, session, request);
  if (refused !== null) throw refused;
  request.session = session;
  if (org.usage.used() >= org.usage.limit) throw dailyLimitExceeded();
  org.usage.count(kindOfCall(pathOf(request.url)));
  if (!/^\d\d\.0$/.test(request.params.version)) throw notFound();
}

function jobRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const { pool, now } = org;
  app.post(PATH, async (request: Request, reply) => {
    const facts = readV1Job(org, request.session, jobIn(request), {
      apiVersion: request.params.version,
      pkChunking: request.headers['sforce-enable-pkchunking']?.toString(),
    });
    return sendJob(request, reply.code(201), await insertV1Job(pool, facts, now()));
  });

  app.get(`${PATH}/:id`, async (request: Request, reply) =>
    sendJob(request, reply, await findV1Job(pool, request.params.id)),
  );

  app.post(`${PATH}/:id`, async (request: Request, reply) => {
    const { id, state } = await findV1Job(pool, request.params.id);
    const { state: wanted } = jobIn(request);
    if (wanted !== 'Closed' && wanted !== 'Aborted')
      throw new AsyncError('InvalidJob', `Unable to parse Job: state ${wanted}`);
    if (!(await endV1Job(pool, id, wanted, now())) && state !== wanted)
      throw new AsyncError('InvalidJobState', `Job is already ${state}`);
    return sendJob(request, reply, await findV1Job(pool, id));
  });

  async function sendJob(request: Request, reply: FastifyReply, job: V1Job): Promise<FastifyReply> {
    const isJson = wantsJson(request, job);
    const facts = jobInfo(job, await countsOf(pool, job.id), isJson ? jsonDate : xmlDate);
    return isJson
      ? sendJson(reply, inAlphabet(facts))
      : sendXml(reply, xmlDocument('jobInfo', { ...facts, apiVersion: job.apiVersion }));
  }
}

function batchRoutes(app: FastifyInstance, org: SandboxOrg, runner: V1Runner): void {
  const { pool, now } = org;
  const path = `${PATH}/:id/batch`;
  const jobOf = (request: Request) => findV1Job(pool, request.params.id);
  const batchOf = (request: Request, job: V1Job) => findBatch(pool, job.id, request.params.batch);

  app.post(path, async (request: Request, reply) => {
    const job = await jobOf(request);
    if (job.state !== 'Open')
      throw new AsyncError('InvalidJobState', `Job is not open: ${job.state}`);
    const content = (request.body ?? '').replaceAll('\0', '');
    const batch = await insertBatch(pool, job.id, content, now());
    runner.start(batch);
    return sendBatches(reply.code(201), job, batch);
  });
  app.get(path, async (request: Request, reply) => {
    const job = await jobOf(request);
    return sendBatches(reply, job, await batchesOf(pool, job.id));
  });
  app.get(`${path}/:batch`, async (request: Request, reply) => {
    const job = await jobOf(request);
    return sendBatches(reply, job, await batchOf(request, job));
  });
  app.get(`${path}/:batch/request`, async (request: Request, reply) => {
    const job = await jobOf(request);
    return sendContent(reply, job, (await batchOf(request, job)).request);
  });

  app.get(`${path}/:batch/result`, async (request: Request, reply) => {
    const job = await jobOf(request);
    const batch = await finishedBatch(request, job);
    if (!isQuery(job))
      return sendContent(reply, job, await loadResults(pool, batch.id, job.contentType));
    const result = resultId(batch);
    if (job.contentType === 'JSON') return sendJson(reply, [result]);
    return sendXml(reply, xmlDocument('result-list', { result: [result] }));
  });
  app.get(`${path}/:batch/result/:result`, async (request: Request, reply) => {
    const job = await jobOf(request);
    const batch = await finishedBatch(request, job);
    if (!isQuery(job) || request.params.result.slice(0, 15) !== resultId(batch).slice(0, 15))
      throw new AsyncError('InvalidBatch', `Invalid result id: ${request.params.result}`);
    return sendContent(reply, job, await queryResult(pool, batch.id, job.contentType));
  });

  async function finishedBatch(request: Request, job: V1Job): Promise<V1Batch> {
    const batch = await batchOf(request, job);
    const isThere =
      batch.state === 'Completed' || (batch.state === 'Failed' && batch.processed > 0);
    if (!isThere) throw new AsyncError('InvalidBatch', 'Batch not completed');
    return batch;
  }
}

const isQuery = ({ operation }: V1Job) => operation === 'query' || operation === 'queryAll';

/** A batch has one result: it is named after it. */
const resultId = ({ id }: V1Batch) => `752${id.slice(3)}`;

const isJsonType = (type: string | undefined) => /\bjson\b/i.test(type ?? '');

/** As the request came; a request without a body says it by what it accepts, or as the job's batches are. */
function wantsJson({ headers, body }: Request, job: V1Job): boolean {
  if (body !== undefined && body !== '') return isJsonType(headers['content-type']);
  if (/\bxml\b/i.test(headers.accept ?? '')) return false;
  return (
    isJsonType(headers.accept) || isJsonType(headers['content-type']) || job.contentType === 'JSON'
  );
}

function jobIn({ body = '', headers }: Request): Record<string, unknown> {
  if (!isJsonType(headers['content-type'])) {
    const node = readXml(body, 'jobInfo', 'InvalidJob');
    return Object.fromEntries(
      Object.entries(node)
        .filter(([name]) => !name.startsWith('@') && name !== '#text')
        .map(([name, value]) => [name, textOf(value)?.trim()]),
    );
  }
  try {
    const found: unknown = JSON.parse(body);
    if (typeof found === 'object' && found !== null) return found as Record<string, unknown>;
  } catch (error) {
    throw new AsyncError('InvalidJob', `Unable to parse Job: ${(error as Error).message}`);
  }
  throw new AsyncError('InvalidJob', 'Unable to parse Job');
}

function sendBatches(reply: FastifyReply, job: V1Job, found: V1Batch | V1Batch[]): FastifyReply {
  const isJson = job.contentType === 'JSON';
  const infos = [found].flat().map((batch) => batchInfo(batch, isJson ? jsonDate : xmlDate));
  if (!Array.isArray(found))
    return isJson
      ? sendJson(reply, inAlphabet(infos[0]!))
      : sendXml(reply, xmlDocument('batchInfo', infos[0]!));
  return isJson
    ? sendJson(reply, { batchInfo: infos.map(inAlphabet) })
    : sendXml(reply, xmlDocument('batchInfoList', { batchInfo: infos }));
}

const TYPES = { CSV: 'text/csv', JSON: 'application/json', XML: 'application/xml' };

const sendContent = (reply: FastifyReply, { contentType }: V1Job, content: string) =>
  reply.type(TYPES[contentType]).send(content);

const sendXml = (reply: FastifyReply, text: string) => reply.type(TYPES.XML).send(text);

const sendJson = (reply: FastifyReply, body: unknown) =>
  reply.type(TYPES.JSON).send(JSON.stringify(body));

/** Errors are one object, in the form of the request. */
function refuse(error: unknown, request: Request, reply: FastifyReply): FastifyReply {
  const found = asyncErrorOf(error);
  if (found === null) throw error;
  const { code: exceptionCode, message: exceptionMessage } = found.error;
  reply.code(found.status);
  return isJsonType(request.headers['content-type']) || isJsonType(request.headers.accept)
    ? sendJson(reply, { exceptionCode, exceptionMessage })
    : sendXml(reply, xmlDocument('error', { exceptionCode, exceptionMessage }));
}
