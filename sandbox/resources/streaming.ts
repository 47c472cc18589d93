import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerToken } from '../http/authorise.ts';
import type { SandboxOrg } from '../sandbox-org.ts';

const DENIED = '403::Handshake denied';

/** The Streaming API, which no user here is enabled for: each message is answered, and clients are told to stop. */
export function streamingRoutes(app: FastifyInstance, org: SandboxOrg): void {
  for (const path of ['/cometd/:version', '/cometd/replay/:version'])
    app.post(path, async (request, reply) => {
      const reason = failureReason(org, request);
      const messages = [request.body].flat().map((message) => {
        const { channel, id } = Object(message) as { channel?: unknown; id?: unknown };
        const isHandshake = channel === '/meta/handshake';
        return {
          ...(isHandshake ? { ext: { sfdc: { failureReason: reason } } } : {}),
          advice: { reconnect: 'none' },
          channel,
          id,
          error: isHandshake ? DENIED : reason,
          successful: false,
        };
      });
      return reply.type('application/json;charset=UTF-8').send(messages);
    });
}

function failureReason(org: SandboxOrg, request: FastifyRequest): string {
  const token = bearerToken(request);
  if (token === undefined) return '401::Request requires authentication';
  return org.sessions.use(token) === undefined
    ? '401::Authentication invalid'
    : '403::User not enabled for streaming';
}
