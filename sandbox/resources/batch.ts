import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidRequest, jsonParserError, SalesforceError } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { tooManyOperations } from './composite-failures.ts';
import { failure } from './composite-run.ts';
import { dispatch, type Subrequest, type Subresponse } from './subrequests.ts';

const MOST_SUBREQUESTS = 25;
const OLDEST_VERSION = 34;
const METHODS = new Set(['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD']);

type OfVersion = FastifyRequest<{ Params: { version: string } }>;

/** `POST composite/batch`: up to 25 subrequests that know nothing of each other. */
export function batchRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post('/services/data/v:version/composite/batch', async (request: OfVersion, reply) => {
    const { parts, haltOnError } = readBatch(request);
    const responses = await runParts(app, org, request, parts, haltOnError);
    const results = responses.map(
      ({ status, text }) => `{"statusCode":${status},"result":${text || 'null'}}`,
    );
    const hasErrors = responses.some(({ status }) => status >= 400);
    return reply
      .type('application/json;charset=UTF-8')
      .send(`{"hasErrors":${hasErrors},"results":[${results.join(',')}]}`);
  });
}

async function runParts(
  app: FastifyInstance,
  org: SandboxOrg,
  request: FastifyRequest,
  parts: Subrequest[],
  haltOnError: boolean,
): Promise<Subresponse[]> {
  const responses: Subresponse[] = [];
  let isHalted = false;
  for (const part of parts) {
    const response: Subresponse = isHalted
      ? failure(halted())
      : await dispatch(app, request, org.pool, part);
    responses.push(response);
    isHalted ||= haltOnError && response.status >= 400;
  }
  return responses;
}

const halted = () =>
  new SalesforceError(412, 'BATCH_PROCESSING_HALTED', 'Batch processing halted per request');

function readBatch({ body, headers, params }: OfVersion) {
  if (body === undefined || body === null)
    throw jsonParserError('The HTTP entity body is required, but this request has no entity body.');
  const { batchRequests, haltOnError } = Object(body) as Record<string, unknown>;
  if (!Array.isArray(batchRequests) || batchRequests.length === 0)
    throw invalidRequest('batchRequests is required and lists the subrequests');
  if (batchRequests.length > MOST_SUBREQUESTS) throw tooManyOperations(MOST_SUBREQUESTS);
  const inherited = sforceHeaders(headers);
  const parts = batchRequests.map((given) => readPart(given, Number(params.version), inherited));
  return { parts, haltOnError: haltOnError === true };
}

/** Subrequests have no headers of their own: those of the batch apply to each. */
function sforceHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const found = Object.entries(headers).filter(([name]) => name.startsWith('sforce-'));
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)]));
}

/** URLs are relative to `/services/data/`; a whole path is taken too. */
function readPart(given: unknown, newest: number, headers: Record<string, string>): Subrequest {
  const { method, url, richInput, binaryPartName, binaryPartNameAlias } = Object(given) as Record<
    string,
    unknown
  >;
  const path = String(url ?? '').replace(/^(\/services\/data)?\//i, '');
  const version = Number(/^v(\d+)\.0\//i.exec(path)?.[1] ?? Number.NaN);
  if (typeof method !== 'string' || !METHODS.has(method) || Number.isNaN(version))
    throw invalidRequest('Each subrequest needs a method and a url that begins with the version');
  if (version < OLDEST_VERSION || version > newest)
    throw invalidRequest(
      `The url ${path} must be of version ${OLDEST_VERSION}.0 to ${newest}.0, which is that of the batch`,
    );
  if (/^v\d+\.0\/(composite|jobs)/i.test(path))
    throw invalidRequest(`The url ${path} is not supported in a batch`);
  if (binaryPartName !== undefined || binaryPartNameAlias !== undefined)
    throw invalidRequest('Binary parts are not supported: no object here holds a file');
  return { method, url: `/services/data/${path}`, body: richInput, headers };
}
