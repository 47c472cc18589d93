import { randomInt } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../database-away.ts';
import {
  methodNotAllowed,
  notFound,
  queryTimeout,
  SalesforceError,
  serverUnavailable,
  unableToLock,
  unexpected,
} from '../errors.ts';
import { contentTypeNotSupported } from './media-types.ts';
import { pathOf } from './urls.ts';

/** Errors and unknown routes leave as Salesforce's JSON arrays. Call before any route is added. */
export function answerFailures(app: FastifyInstance): void {
  const routes: { pattern: RegExp; variables: number; method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat())
      routes.push({ pattern: patternOf(url), variables: url.split(':').length - 1, method: one });
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    sendError(reply, toSalesforceError(error, request));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url).replace(/\/+$/, '');
    const fitting = routes.filter(({ pattern }) => pattern.test(path));
    const fewest = Math.min(...fitting.map(({ variables }) => variables));
    const methods = fitting.filter(({ variables }) => variables === fewest);
    if (methods.length === 0) return sendError(reply, notFound());
    reply.header('allow', inOrder(methods).join(','));
    sendError(reply, methodNotAllowed(request.method, inOrder(methods)));
  });
}

function sendError(reply: FastifyReply, error: SalesforceError): void {
  if (error.status === 401) reply.header('www-authenticate', 'Token');
  reply
    .code(error.status)
    .type('application/json;charset=UTF-8')
    .send(JSON.stringify(error.body()));
}

/** The methods of a resource in the order in which Salesforce's text lists them. */
function inOrder(routes: { method: string }[]): string[] {
  const order = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return order.filter((name) => routes.some(({ method }) => method === name));
}

function patternOf(url: string): RegExp {
  const source = url
    .replace(/\/$/, '')
    .split('/')
    .map((part) =>
      part
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/:\w+/, '[^/]+')
        .replace(/^\\\*$/, '.+'),
    );
  return new RegExp(`^${source.join('/')}$`, 'i');
}

/** PostgreSQL's codes for what Salesforce has a name for too. */
const FROM_POSTGRESQL: Record<string, (request: FastifyRequest) => SalesforceError> = {
  // query_canceled: the statement timeout
  '57014': queryTimeout,
  // deadlock_detected
  '40P01': () => unableToLock([]),
  // character_not_in_repertoire: NUL in an id, which no row can have
  '22021': notFound,
  // lock_not_available
  '55P03': () => unableToLock([]),
};

/** Fastify's own codes, likewise. */
const FROM_FASTIFY: Record<string, (request: FastifyRequest) => SalesforceError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: contentTypeNotSupported,
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new SalesforceError(413, 'REQUEST_TOO_LARGE', 'Maximum size of request reached'),
};

export function toSalesforceError(error: FastifyError, request: FastifyRequest): SalesforceError {
  if (error instanceof SalesforceError) return error;
  if (isDatabaseAway(error)) return serverUnavailable();
  const known = FROM_POSTGRESQL[error.code] ?? FROM_FASTIFY[error.code];
  if (known !== undefined) return known(request);
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new SalesforceError(error.statusCode, 'INVALID_REQUEST', error.message);
  const errorId = `${randomInt(1e9)}-${randomInt(1e5)} (${randomInt(1e9)})`;
  request.log.error({ err: error, errorId, method: request.method, path: pathOf(request.url) });
  return unexpected(500, errorId);
}
