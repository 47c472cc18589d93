import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ConnectedApp } from '../connected-app.ts';
import { originOf } from '../http/urls.ts';
import { addressOf } from '../logins.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { storable } from '../storage.ts';
import { mayLogIn } from '../users.ts';
import { identityPath } from './identity.ts';
import { clientOf, grant, OAuthError, type OAuthForm } from './oauth-grants.ts';

/** OAuth 2.0: tokens for four flows, introspection and revocation. */
export function oauthRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post<{ Body: OAuthForm | undefined }>('/services/oauth2/token', async (request, reply) => {
    reply.header('cache-control', 'no-cache, no-store').header('pragma', 'no-cache');
    return answering(reply, async () => {
      const form = formOf(request);
      const origin = originOf(request);
      const { user, client, scope, passwordExpired, refreshToken } = await grant(org, {
        form,
        authorization: request.headers.authorization,
        address: addressOf(request),
      });
      const session = org.sessions.begin(
        {
          userId: user.id,
          username: user.username,
          profileId: user.profileId,
          access: org.permissions.accessOf(user.id),
        },
        client.clientId,
        scope,
      );
      if (passwordExpired === true) session.passwordExpired = true;
      const id = origin + identityPath(org.id, user.id);
      const issuedAt = String(session.issuedAt.getTime());
      return {
        access_token: session.token,
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
        signature: createHmac('sha256', client.clientSecret)
          .update(id + issuedAt)
          .digest('base64'),
        scope,
        instance_url: origin,
        id,
        token_type: 'Bearer',
        issued_at: issuedAt,
      };
    });
  });

  app.post<{ Body: OAuthForm | undefined }>('/services/oauth2/introspect', async (request, reply) =>
    answering(reply, async () => {
      const form = formOf(request);
      const client = await clientOf(org, form, request.headers.authorization);
      const session = org.sessions.peek(form.token ?? '');
      if (session === undefined) return introspectRefresh(org, client, form, originOf(request));
      if (session.clientId !== null && session.clientId !== client.clientId)
        return { active: false };
      const issued = Math.floor(session.issuedAt.getTime() / 1000);
      return {
        active: true,
        scope: session.scope ?? 'full',
        client_id: session.clientId,
        username: session.username,
        sub: originOf(request) + identityPath(org.id, session.userId),
        token_type: 'access_token',
        exp: Math.floor(session.expiresAt.getTime() / 1000),
        iat: issued,
        nbf: issued,
      };
    }),
  );

  app.get('/services/oauth2/token', async (_request, reply) =>
    answering(reply, async () => {
      throw new OAuthError('invalid_request', 'must use HTTP POST');
    }),
  );

  app.route<{ Body: OAuthForm | undefined; Querystring: OAuthForm }>({
    method: ['GET', 'POST'],
    url: '/services/oauth2/revoke',
    handler: async (request, reply) => {
      const token = formOf(request).token ?? '';
      if (org.sessions.end(token) || (await revokeRefreshToken(org, token)))
        return reply.header('cache-control', 'no-cache, no-store').send();
      return reply
        .code(400)
        .type('application/x-www-form-urlencoded')
        .send('error=unsupported_token_type&error_description=this+token+type+is+not+supported');
    },
  });
}

async function answering(reply: FastifyReply, work: () => Promise<object>): Promise<object> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    reply.code(error.status);
    return { error: error.code, error_description: error.message };
  }
}

/** The form's fields; a client may put them into the query string instead. */
function formOf({ body, query }: { body: unknown; query: unknown }): OAuthForm {
  const given = Object.entries({
    ...Object(query),
    ...Object(typeof body === 'object' ? body : {}),
  });
  return Object.fromEntries(given.map(([name, value]) => [name, storable(String(value))]));
}

/** With a refresh token go the sessions that the app has of its user. */
async function revokeRefreshToken(org: SandboxOrg, token: string): Promise<boolean> {
  const { rows } = await org.pool.query(
    `UPDATE org_meta.refresh_token SET revoked = true WHERE token = $1 AND NOT revoked
     RETURNING user_id, client_id`,
    [token],
  );
  for (const { user_id, client_id } of rows) org.sessions.endOf(user_id, client_id);
  return rows.length === 1;
}

async function introspectRefresh(
  org: SandboxOrg,
  client: ConnectedApp,
  { token = '' }: OAuthForm,
  origin: string,
): Promise<object> {
  const { rows } = await org.pool.query(
    `SELECT user_id FROM org_meta.refresh_token WHERE token = $1 AND client_id = $2 AND NOT revoked`,
    [token, client.clientId],
  );
  const user = rows[0] === undefined ? null : await org.users.byId(rows[0].user_id);
  if (user === null || !mayLogIn(user)) return { active: false };
  return {
    active: true,
    scope: 'refresh_token full',
    client_id: client.clientId,
    username: user.username,
    sub: origin + identityPath(org.id, user.id),
    token_type: 'refresh_token',
  };
}
