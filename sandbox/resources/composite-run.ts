import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SalesforceError } from '../errors.ts';
import type { Executor } from '../org.ts';
import { inTransaction } from '../transaction.ts';
import { operationRolledBack } from './composite-failures.ts';
import { type Answers, fillBody, fillUrl, referencesIn } from './composite-references.ts';
import type { Part } from './composite-request.ts';
import { dispatch, type Subresponse } from './subrequests.ts';

/** From this version of a composite on, a null that a reference names counts as a value. */
const NULLS_COUNT = 52;

export interface Run {
  app: FastifyInstance;
  /** The composite itself, whose caller all subrequests run as. */
  request: FastifyRequest;
  version: number;
}

/** Runs the subrequests one after the other, each by itself. */
export function runEach(run: Run, db: Executor, parts: Part[]): Promise<Subresponse[]> {
  return runParts(run, db, parts, false);
}

/** Runs them in one transaction. When one fails nothing is kept, and the others say so. */
export async function runAllOrNone(
  run: Run,
  db: Executor,
  parts: Part[],
): Promise<{ isSuccessful: boolean; responses: Subresponse[] }> {
  try {
    const responses = await inTransaction(db, (client) => runParts(run, client, parts, true));
    return { isSuccessful: true, responses };
  } catch (error) {
    if (!(error instanceof Halted)) throw error;
    const responses = parts.map((part) =>
      part === error.part ? error.response : failure(operationRolledBack()),
    );
    return { isSuccessful: false, responses };
  }
}

/** Rolls the transaction back and carries the failure out of it. */
class Halted extends Error {
  readonly part: Part;
  readonly response: Subresponse;

  constructor(part: Part, response: Subresponse) {
    super('a subrequest of a composite with allOrNone failed');
    this.name = 'Halted';
    this.part = part;
    this.response = response;
  }
}

async function runParts(
  run: Run,
  db: Executor,
  parts: Part[],
  halts: boolean,
): Promise<Subresponse[]> {
  const answers: Answers = { byId: new Map(), nullsCount: run.version >= NULLS_COUNT };
  const wanted = referencesIn(JSON.stringify(parts.map(({ url, body }) => [url, body])));
  const responses: Subresponse[] = [];
  for (const part of parts) {
    const response = await runPart(run, db, part, answers);
    responses.push(response);
    if (halts && hasFailed(part, response)) throw new Halted(part, response);
    if (wanted.has(part.referenceId) && response.status < 300 && response.text !== '')
      answers.byId.set(part.referenceId, JSON.parse(response.text));
  }
  return responses;
}

async function runPart(
  { app, request }: Run,
  db: Executor,
  part: Part,
  answers: Answers,
): Promise<Subresponse> {
  try {
    const url = fillUrl(part.url, answers);
    const body = fillBody(part.body, answers);
    return await dispatch(app, request, db, { ...part, url, body });
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return failure(error);
  }
}

/** An answer that is an error. */
export function failure(error: SalesforceError): Subresponse {
  return { status: error.status, headers: {}, text: JSON.stringify(error.body()) };
}

/** A collection answers 200 whatever became of its records. */
function hasFailed(part: Part, { status, text }: Subresponse): boolean {
  if (status >= 300 && status !== 304) return true;
  if (!part.isCollection || part.method === 'GET' || text === '') return false;
  const results: unknown = JSON.parse(text);
  return Array.isArray(results) && results.some((result) => result?.success === false);
}

/** The bodies are text already; parsing them only to write them again would double the work. */
export function compositeText(
  parts: { referenceId: string | null }[],
  responses: Subresponse[],
): string {
  const items = responses.map(({ status, headers, text }, i) => {
    const [shownHeaders, id] = [JSON.stringify(headers), JSON.stringify(parts[i]!.referenceId)];
    return `{"body":${text || 'null'},"httpHeaders":${shownHeaders},"httpStatusCode":${status},"referenceId":${id}}`;
  });
  return `{"compositeResponse":[${items.join(',')}]}`;
}
