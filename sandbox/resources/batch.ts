import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidRequest, SalesforceError } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { dispatch, type Subresponse } from './subrequests.ts';

const MOST_SUBREQUESTS = 25;

interface BatchPart {
  method: string;
  url: string;
  body: unknown;
}

/** `POST composite/batch`: up to 25 subrequests that know nothing of each other. */
export function batchRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post('/services/data/v:version/composite/batch', async (request, reply) => {
    const { parts, haltOnError } = readBatch(request.body);
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
  parts: BatchPart[],
  haltOnError: boolean,
): Promise<Subresponse[]> {
  const responses: Subresponse[] = [];
  let isHalted = false;
  for (const part of parts) {
    const response: Subresponse = isHalted
      ? halted()
      : await dispatch(app, request, org.pool, { ...part, headers: {} });
    responses.push(response);
    isHalted ||= haltOnError && response.status >= 400;
  }
  return responses;
}

function halted(): Subresponse {
  const message = 'Batch processing halted per request';
  const error = new SalesforceError(412, 'BATCH_PROCESSING_HALTED', message);
  return { status: error.status, headers: {}, text: JSON.stringify(error.body()) };
}

function readBatch(body: unknown): { parts: BatchPart[]; haltOnError: boolean } {
  const { batchRequests, haltOnError } = Object(body) as Record<string, unknown>;
  if (!Array.isArray(batchRequests) || batchRequests.length === 0)
    throw invalidRequest('batchRequests is required and lists the subrequests');
  if (batchRequests.length > MOST_SUBREQUESTS)
    throw invalidRequest(`Only ${MOST_SUBREQUESTS} subrequests are allowed in a batch`);
  return { parts: batchRequests.map(readPart), haltOnError: haltOnError === true };
}

/** URLs are relative to `/services/data/`; a whole path is taken too. */
function readPart(given: unknown): BatchPart {
  const { method, url, richInput } = Object(given) as Record<string, unknown>;
  const path = String(url ?? '').replace(/^\/services\/data\//i, '');
  if (typeof method !== 'string' || !/^\/?v\d+\.0\//i.test(path))
    throw invalidRequest('Each subrequest needs a method and a url that begins with the version');
  if (/^\/?v\d+\.0\/(composite|jobs)/i.test(path))
    throw invalidRequest(`The url ${path} is not supported in a batch`);
  return { method, url: `/services/data/${path.replace(/^\//, '')}`, body: richInput };
}
