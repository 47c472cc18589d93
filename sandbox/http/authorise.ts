import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { subrequestCaller } from '../current-request.ts';
import { badAuthHeader, dailyLimitExceeded, sessionExpired } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { LiveSession } from '../sessions.ts';
import { apiRefusal } from './session-checks.ts';
import { requireVersion } from './since.ts';
import { pathOf } from './urls.ts';
import { CallCounter, kindOfCall } from './usage.ts';

/** Paths that need a session and count as API calls. */
const REST = /^\/services\/data\/v/i;

/** Before any REST resource: who is calling, in which version, and is there a call left today. */
export function authorise(app: FastifyInstance, org: SandboxOrg): void {
  app.decorateRequest('session', null as never);
  app.decorateRequest('db', null as never);
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request.url);
    const caller = subrequestCaller.getStore();
    request.db = caller?.db ?? org.pool;
    if (!REST.test(path)) return;
    request.session = caller?.session ?? sessionOf(request, org);
    if (caller === undefined) countCall(path, reply, org, request.session as LiveSession);
    requireVersion(path);
  });
}

/** The token of `Authorization: Bearer …` or `OAuth …`; undefined when there is no such header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function sessionOf(request: FastifyRequest, org: SandboxOrg) {
  const token = bearerToken(request);
  if (token === undefined) throw badAuthHeader();
  const session = org.sessions.use(token);
  if (session === undefined) throw sessionExpired();
  const refused = apiRefusal(org, session, request);
  if (refused !== null) throw refused;
  return session;
}

function countCall(path: string, reply: FastifyReply, org: SandboxOrg, session: LiveSession): void {
  const { usage } = org;
  const app = appUsageOf(org, session);
  const isSpent = usage.used() >= usage.limit || (app !== null && app.used() >= app.limit);
  if (!isSpent) {
    usage.count(kindOfCall(path));
    app?.count(kindOfCall(path));
  }
  const ofApp =
    app === null ? '' : `; per-app-api-usage=${app.used()}/${app.limit}(appName=${APP_NAME})`;
  reply.header('sforce-limit-info', `api-usage=${usage.used()}/${usage.limit}${ofApp}`);
  if (isSpent) throw dailyLimitExceeded();
}

/** The org has one connected app. */
const APP_NAME = 'Sandbox';

/** The calls of the session's app against a limit of its own; null where it has none. */
function appUsageOf(org: SandboxOrg, { clientId }: LiveSession): CallCounter | null {
  const limit = org.settings.appDailyCalls;
  if (limit === 0 || clientId === null) return null;
  const known = org.appUsage.get(clientId);
  if (known?.limit === limit) return known;
  const fresh = new CallCounter(limit, org.now);
  org.appUsage.set(clientId, fresh);
  return fresh;
}
