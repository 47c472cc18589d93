import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { subrequestCaller } from '../current-request.ts';
import {
  concurrentLimitExceeded,
  dailyLimitExceeded,
  type SalesforceError,
  serverUnavailable,
  sessionExpired,
  unexpected,
} from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { breakConnection, garbleLine, streamOf } from './broken-streams.ts';
import type { Fault, Target } from './faults.ts';
import { readsPages, targetOf } from './targets.ts';

/** Plays the faults of the plan around the resources: before the handler runs, and on its answer. */
export function playFaults(app: FastifyInstance, org: SandboxOrg): void {
  app.addHook('preHandler', async (request, reply) => {
    if (!isExempt(request)) await playBefore(org, request, reply);
  });
  app.addHook('onSend', async (request, reply, payload) =>
    isExempt(request) || org.faults.isEmpty() ? payload : playAfter(org, request, reply, payload),
  );
}

/** Subrequests share the fate of their composite; the control URL is outside of it all. */
function isExempt(request: FastifyRequest): boolean {
  return subrequestCaller.getStore() !== undefined || /^\/control\b/i.test(request.url);
}

async function playBefore(org: SandboxOrg, request: FastifyRequest, reply: FastifyReply) {
  const { faults } = org;
  if (faults.isEmpty()) return;
  const target = await targetOf(request, org);
  const latency = faults.strike('latency', target);
  if (latency !== null) await sleep(latency.ms ?? 1000);
  if (faults.strike('drop-before', target) !== null) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  // A login has no session yet that could expire.
  if (request.session !== null && faults.strike('expire-session', target) !== null) {
    org.sessions.end(request.session.token);
    throw sessionExpired();
  }
  refuse(org, target, reply);
  if (!target.writes) return;
  const late = faults.strike('late-commit', target);
  if (late !== null) request.commitDelay = late.ms ?? 5000;
}

function refuse({ faults, usage }: SandboxOrg, target: Target, reply: FastifyReply): void {
  const error = faults.strike('error', target);
  if (error !== null) throw errorOf(error);
  if (faults.strike('limit', target) !== null) {
    reply.header('sforce-limit-info', `api-usage=${usage.limit}/${usage.limit}`);
    throw dailyLimitExceeded();
  }
  if (faults.strike('concurrent-limit', target) !== null) throw concurrentLimitExceeded();
}

function errorOf(fault: Fault): SalesforceError {
  const status = fault.status ?? 503;
  return status === 503 ? serverUnavailable() : unexpected(status, `fault-${fault.id}`);
}

async function playAfter(
  org: SandboxOrg,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (reply.statusCode >= 400) return payload;
  const { faults } = org;
  const target = await targetOf(request, org);
  if (faults.strike('drop-after', target) !== null) {
    request.raw.socket.destroy();
    return '';
  }
  if (!readsPages(request)) return payload;
  const isCsv = String(reply.getHeader('content-type')).startsWith('text/csv');
  let answer = payload;
  if (isCsv && faults.strike('corrupt-csv', target) !== null) answer = garbleLine(streamOf(answer));
  if (faults.strike('break-page', target) !== null)
    answer = breakConnection(streamOf(answer), request.raw.socket);
  return answer;
}
