import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SalesforceError } from '../errors.ts';
import type { Executor } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { inTransaction } from '../transaction.ts';
import {
  type Answers,
  fillBody,
  fillUrl,
  refersTo,
  UnknownReference,
} from './composite-references.ts';
import { type CompositeBody, type Part, readComposite } from './composite-request.ts';
import { dispatch, type Subresponse } from './subrequests.ts';

/** `POST composite`: up to 25 subrequests that may use each other's answers. */
export function compositeRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post('/services/data/v:version/composite', async (request, reply) => {
    const composite = readComposite(request.body);
    const responses = composite.allOrNone
      ? await runAllOrNone(app, org, request, composite)
      : await runEach(app, request, org.pool, composite);
    return reply
      .type('application/json;charset=UTF-8')
      .send(answerText(composite.parts, responses));
  });
}

/** The bodies are text already; parsing them only to write them again would double the work. */
function answerText(parts: Part[], responses: Subresponse[]): string {
  const items = responses.map(({ status, headers, text }, i) => {
    const [shownHeaders, id] = [JSON.stringify(headers), JSON.stringify(parts[i]!.referenceId)];
    return `{"body":${text || 'null'},"httpHeaders":${shownHeaders},"httpStatusCode":${status},"referenceId":${id}}`;
  });
  return `{"compositeResponse":[${items.join(',')}]}`;
}

async function runEach(
  app: FastifyInstance,
  request: FastifyRequest,
  db: Executor,
  { parts, allOrNone }: CompositeBody,
): Promise<Subresponse[]> {
  const answers: Answers = new Map();
  const responses: Subresponse[] = [];
  for (const part of parts) {
    const response = await runPart(app, request, db, part, answers);
    responses.push(response);
    if (allOrNone && hasFailed(part, response)) throw new Halted(responses);
    if (isReferredTo(part, parts) && response.status < 300 && response.text !== '')
      answers.set(part.referenceId, JSON.parse(response.text));
  }
  return responses;
}

async function runPart(
  app: FastifyInstance,
  request: FastifyRequest,
  db: Executor,
  part: Part,
  answers: Answers,
): Promise<Subresponse> {
  try {
    const url = fillUrl(part.url, answers);
    const body = fillBody(part.body, answers);
    return await dispatch(app, request, db, { ...part, url, body });
  } catch (error) {
    if (!(error instanceof UnknownReference)) throw error;
    return halted(error.message);
  }
}

/** Rolls the transaction back and carries the answers out of it. */
class Halted extends Error {
  readonly responses: Subresponse[];

  constructor(responses: Subresponse[]) {
    super('a subrequest of a composite with allOrNone failed');
    this.name = 'Halted';
    this.responses = responses;
  }
}

async function runAllOrNone(
  app: FastifyInstance,
  org: SandboxOrg,
  request: FastifyRequest,
  composite: CompositeBody,
): Promise<Subresponse[]> {
  try {
    return await inTransaction(org.pool, (client) => runEach(app, request, client, composite));
  } catch (error) {
    if (!(error instanceof Halted)) throw error;
    const failed = error.responses.length - 1;
    return composite.parts.map((_, i) => (i === failed ? error.responses[i]! : rolledBack()));
  }
}

const rolledBack = () =>
  halted('The transaction was rolled back since another operation in the same transaction failed.');

function halted(message: string): Subresponse {
  const error = new SalesforceError(400, 'PROCESSING_HALTED', message);
  return { status: error.status, headers: {}, text: JSON.stringify(error.body()) };
}

/** A collection answers 200 whatever became of its records. */
function hasFailed(part: Part, { status, text }: Subresponse): boolean {
  if (status >= 300) return true;
  if (!part.isCollection || part.method === 'GET' || text === '') return false;
  const results: unknown = JSON.parse(text);
  return Array.isArray(results) && results.some((result) => result?.success === false);
}

function isReferredTo({ referenceId }: Part, parts: Part[]): boolean {
  return parts.some(({ url, body }) => refersTo(url + JSON.stringify(body ?? ''), referenceId));
}
