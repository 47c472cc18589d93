import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerToken } from '../http/authorise.ts';
import { originOf } from '../http/urls.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { User } from '../users.ts';
import { datetimeText } from '../values.ts';

export const identityPath = (orgId: string, userId: string) => `/id/${orgId}/${userId}`;

/** Who the caller is: OpenID's userinfo and Salesforce's own identity URL. */
export function identityRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.route<{ Querystring: { oauth_token?: string } }>({
    method: ['GET', 'POST'],
    url: '/services/oauth2/userinfo',
    handler: async (request, reply) => {
      const user = await callerOf(request, org, request.query.oauth_token);
      if (user === null) return reply.code(403).type('text/html').send('Bad_OAuth_Token');
      return userInfo(org, user, originOf(request));
    },
  });
  app.get<{ Params: { org: string; user: string }; Querystring: { oauth_token?: string } }>(
    '/id/:org/:user',
    async (request, reply) => {
      const user = await callerOf(request, org, request.query.oauth_token);
      if (user === null) return reply.code(403).type('text/html').send('Bad_OAuth_Token');
      const { params } = request;
      const isOwn =
        params.org.slice(0, 15) === org.id.slice(0, 15) &&
        params.user.slice(0, 15) === user.id.slice(0, 15);
      if (!isOwn) return reply.code(404).type('text/html').send('Invalid_User_Id');
      return identity(org, user, originOf(request));
    },
  );
}

async function callerOf(request: FastifyRequest, org: SandboxOrg, inQuery: string | undefined) {
  const session = org.sessions.use(bearerToken(request) ?? inQuery ?? '');
  return session === undefined ? null : org.users.byId(session.userId);
}

function userInfo(org: SandboxOrg, user: User, origin: string): object {
  return {
    sub: origin + identityPath(org.id, user.id),
    user_id: user.id,
    organization_id: org.id,
    preferred_username: user.username,
    nickname: user.alias,
    name: user.name,
    email: user.email,
    email_verified: true,
    given_name: user.firstName,
    family_name: user.lastName,
    zoneinfo: user.timeZone,
    photos: photos(origin),
    profile: `${origin}/${user.id}`,
    picture: photos(origin).picture,
    address: {},
    is_salesforce_integration_user: false,
    urls: urls(org, user, origin),
    active: user.isActive,
    user_type: 'STANDARD',
    language: user.language,
    locale: user.locale,
    utcOffset: utcOffset(user.timeZone, org.now()),
    updated_at: user.lastModified.toISOString().replace('.000Z', 'Z'),
  };
}

function identity(org: SandboxOrg, user: User, origin: string): object {
  return {
    id: origin + identityPath(org.id, user.id),
    asserted_user: true,
    user_id: user.id,
    organization_id: org.id,
    username: user.username,
    nick_name: user.alias,
    display_name: user.name,
    email: user.email,
    email_verified: true,
    first_name: user.firstName,
    last_name: user.lastName,
    timezone: user.timeZone,
    photos: photos(origin),
    addr_street: null,
    addr_city: null,
    addr_state: null,
    addr_country: null,
    addr_zip: null,
    mobile_phone: null,
    mobile_phone_verified: false,
    is_lightning_login_user: false,
    status: { created_date: null, body: null },
    urls: urls(org, user, origin),
    active: user.isActive,
    user_type: 'STANDARD',
    language: user.language,
    locale: user.locale,
    utcOffset: utcOffset(user.timeZone, org.now()),
    last_modified_date: datetimeText(user.lastModified),
    is_app_installed: true,
  };
}

function photos(origin: string) {
  return {
    picture: `${origin}/profilephoto/005/F`,
    thumbnail: `${origin}/profilephoto/005/T`,
  };
}

function urls(org: SandboxOrg, user: User, origin: string) {
  const rest = `${origin}/services/data/v{version}/`;
  const org15 = org.id.slice(0, 15);
  return {
    enterprise: `${origin}/services/Soap/c/{version}/${org15}`,
    metadata: `${origin}/services/Soap/m/{version}/${org15}`,
    partner: `${origin}/services/Soap/u/{version}/${org15}`,
    rest,
    sobjects: `${rest}sobjects/`,
    search: `${rest}search/`,
    query: `${rest}query/`,
    recent: `${rest}recent/`,
    tooling_soap: `${origin}/services/Soap/T/{version}/${org15}`,
    tooling_rest: `${rest}tooling/`,
    profile: `${origin}/${user.id}`,
    custom_domain: origin,
  };
}

/** Milliseconds by which a time zone is ahead of UTC, without summer time, as Salesforce gives it. */
function utcOffset(timeZone: string, now: Date): number {
  const january = new Date(Date.UTC(now.getUTCFullYear(), 0, 1));
  const july = new Date(Date.UTC(now.getUTCFullYear(), 6, 1));
  return Math.min(offsetAt(timeZone, january), offsetAt(timeZone, july));
}

function offsetAt(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' });
  const name = parts.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
