import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken } from '../http/authorise.ts';
import { NEWEST_VERSION } from '../http/since.ts';
import { originOf } from '../http/urls.ts';
import { canonicalId } from '../ids.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { User } from '../users.ts';
import { datetimeText } from '../values.ts';

export const identityPath = (orgId: string, userId: string) => `/id/${orgId}/${userId}`;

type Asked = FastifyRequest<{
  Params: { org: string; user: string };
  Querystring: {
    oauth_token?: string;
    access_token?: string;
    format?: string;
    version?: string;
    callback?: string;
  };
}>;

/** Who the caller is: OpenID's userinfo and Salesforce's own identity URL. */
export function identityRoutes(app: FastifyInstance, org: SandboxOrg): void {
  for (const method of ['GET', 'POST'] as const) {
    app.route({
      method,
      url: '/services/oauth2/userinfo',
      handler: async (request: Asked, reply) => {
        const caller = await callerOf(request, org);
        if (typeof caller === 'string') return refuse(reply, 403, caller);
        return userInfo(org, caller, originOf(request));
      },
    });
    app.route({
      method,
      url: '/id/:org/:user',
      handler: (request: Asked, reply) => answerIdentity(org, request, reply),
    });
  }
}

async function answerIdentity(org: SandboxOrg, request: Asked, reply: FastifyReply) {
  const caller = await callerOf(request, org);
  if (typeof caller === 'string') return refuse(reply, 403, caller);
  const { params, query } = request;
  if (params.org.slice(0, 15) !== org.id.slice(0, 15)) return refuse(reply, 403, 'Wrong_Org');
  const id = canonicalId(params.user);
  const user = id === null ? null : await org.users.byId(id);
  if (user === null) return refuse(reply, 404, 'Bad_Id');
  if (!user.isActive) return refuse(reply, 404, 'Inactive');
  const shown = identity(org, user, originOf(request), user.id === caller.id);
  const answer = withVersion(shown, query.version);
  if (formatOf(request) === 'xml')
    return reply.type('application/xml;charset=UTF-8').send(identityXml(answer));
  if (query.callback !== undefined && /^[\w.$]{1,100}$/.test(query.callback))
    return reply
      .type('application/javascript;charset=UTF-8')
      .send(`${query.callback}(${JSON.stringify(answer)});`);
  return reply.type('application/json;charset=UTF-8').send(JSON.stringify(answer));
}

const refuse = (reply: FastifyReply, status: number, word: string) =>
  reply.code(status).type('text/html;charset=UTF-8').send(word);

/** `?format=` before the Accept header; JSON where neither says otherwise. */
function formatOf({ query, headers }: Asked): 'json' | 'xml' {
  if (query.format !== undefined) return query.format.toLowerCase() === 'xml' ? 'xml' : 'json';
  return /^application\/xml\b/i.test(headers.accept ?? '') ? 'xml' : 'json';
}

/** `?version=60.0` or `latest` puts a version into the URLs. */
function withVersion<T>(answer: T, version: string | undefined): T {
  if (version === undefined) return answer;
  const wanted = version === 'latest' ? `${NEWEST_VERSION}.0` : version;
  if (!/^\d\d\.0$/.test(wanted)) return answer;
  return JSON.parse(JSON.stringify(answer).replaceAll('{version}', wanted));
}

function identityXml(answer: object): string {
  const elements = (value: object): string =>
    Object.entries(value)
      .map(([name, one]) => {
        if (one === null) return `<${name} xsi:nil="true"/>`;
        const inner = typeof one === 'object' ? elements(one) : escapeXml(String(one));
        return `<${name}>${inner}</${name}>`;
      })
      .join('');
  return `<?xml version="1.0" encoding="UTF-8"?><user xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${elements(answer)}</user>`;
}

const escapeXml = (text: string) => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The caller, or the word that refuses a request without a token or with a wrong one. */
async function callerOf(
  request: Asked,
  org: SandboxOrg,
): Promise<User | 'Missing_OAuth_Token' | 'Bad_OAuth_Token'> {
  const { oauth_token, access_token } = {
    ...request.query,
    ...(Object(request.body) as Asked['query']),
  };
  const token = bearerToken(request) ?? oauth_token ?? access_token;
  if (token === undefined) return 'Missing_OAuth_Token';
  const session = org.sessions.use(String(token));
  const user = session === undefined ? null : await org.users.byId(session.userId);
  return user ?? 'Bad_OAuth_Token';
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

function identity(org: SandboxOrg, user: User, origin: string, isCaller: boolean): object {
  return {
    id: origin + identityPath(org.id, user.id),
    asserted_user: isCaller,
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
