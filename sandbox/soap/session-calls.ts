import { XMLParser } from 'fast-xml-parser';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { originOf } from '../http/urls.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { SESSION_SECONDS } from '../sessions.ts';
import { storable } from '../storage.ts';
import type { User } from '../users.ts';
import { undelete } from './undelete.ts';
import { envelope, escapeXml, fault, SoapFault } from './write-xml.ts';

/** The calls of the partner API that begin and end a session or ask about it, and those on records. */
const CALLS: Record<string, (call: SoapCall) => Promise<string>> = {
  login,
  logout,
  getUserInfo,
  getServerTimestamp,
  undelete: ({ org, sessionId, input }) =>
    undelete(org, sessionOf(org, sessionId), [input.ids ?? []].flat().map(String)),
};

interface SoapCall {
  org: SandboxOrg;
  request: FastifyRequest;
  version: string;
  /** The call's own element: local names to text. */
  input: Record<string, unknown>;
  sessionId: string | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
});

export function soapRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post<{ Params: { kind: string; version: string; org?: string } }>(
    '/services/Soap/:kind/:version',
    answer,
  );
  app.post<{ Params: { kind: string; version: string; org?: string } }>(
    '/services/Soap/:kind/:version/:org',
    answer,
  );

  async function answer(
    request: FastifyRequest<{ Params: { kind: string; version: string } }>,
    reply: { code(status: number): unknown; type(type: string): unknown },
  ): Promise<string> {
    reply.type('text/xml;charset=UTF-8');
    try {
      const { name, input, sessionId } = readEnvelope(request.body);
      const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
      if (call === undefined)
        throw new SoapFault('UNKNOWN_EXCEPTION', `No operation available for request ${name}`);
      if (name !== 'login') org.usage.count('soap');
      const version = request.params.version;
      return envelope(await call({ org, request, version, input, sessionId }));
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      reply.code(500);
      return fault(error);
    }
  }
}

function readEnvelope(body: unknown) {
  const parsed = parseXml(body);
  const root = parsed.Envelope as Record<string, Record<string, unknown>> | undefined;
  const [name, input] = Object.entries(root?.Body ?? {})[0] ?? [];
  if (name === undefined)
    throw new SoapFault('UNKNOWN_EXCEPTION', 'Missing SOAP envelope body or the call in it');
  const header = root?.Header?.SessionHeader as { sessionId?: string } | undefined;
  const fields = typeof input === 'object' && input !== null ? input : {};
  return { name, input: fields as Record<string, unknown>, sessionId: header?.sessionId };
}

function parseXml(body: unknown): Record<string, unknown> {
  try {
    return parser.parse(String(body ?? ''), true);
  } catch (error) {
    throw new SoapFault('UNKNOWN_EXCEPTION', `Could not parse the request: ${String(error)}`);
  }
}

/** SOAP's login() is not there from API version 65.0 on; all other calls are. */
const LAST_LOGIN = 64;

async function login(call: SoapCall): Promise<string> {
  const { org, request, version, input } = call;
  if (Number(version) > LAST_LOGIN)
    throw new SoapFault(
      'UNSUPPORTED_API_VERSION',
      `login() is available up to API version ${LAST_LOGIN}.0: log in by OAuth`,
    );
  const user = await org.users.byPassword(
    storable(String(input.username ?? '')),
    String(input.password ?? ''),
  );
  if (user === null)
    throw new SoapFault(
      'INVALID_LOGIN',
      'Invalid username, password, security token; or user locked out.',
      'LoginFault',
    );
  const access = org.permissions.accessOf(user.id);
  const { token } = org.sessions.begin(
    { userId: user.id, username: user.username, profileId: user.profileId, access },
    null,
  );
  const endpoint = (kind: string) =>
    `${originOf(request)}/services/Soap/${kind}/${version}/${org.id.slice(0, 15)}`;
  return `<loginResponse><result><metadataServerUrl>${endpoint('m')}</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>${endpoint('u')}</serverUrl><sessionId>${token}</sessionId><userId>${user.id}</userId><userInfo>${await userInfo(org, user)}</userInfo></result></loginResponse>`;
}

async function logout({ org, sessionId }: SoapCall): Promise<string> {
  sessionOf(org, sessionId);
  org.sessions.end(sessionId ?? '');
  return '<logoutResponse/>';
}

async function getUserInfo({ org, sessionId }: SoapCall): Promise<string> {
  const user = await org.users.byId(sessionOf(org, sessionId).userId);
  if (user === null) throw invalidSession();
  return `<getUserInfoResponse><result>${await userInfo(org, user)}</result></getUserInfoResponse>`;
}

async function getServerTimestamp({ org, sessionId }: SoapCall): Promise<string> {
  sessionOf(org, sessionId);
  const timestamp = `<timestamp>${org.now().toISOString()}</timestamp>`;
  return `<getServerTimestampResponse><result>${timestamp}</result></getServerTimestampResponse>`;
}

function sessionOf(org: SandboxOrg, sessionId: string | undefined) {
  const session = org.sessions.use(sessionId ?? '');
  if (session === undefined) throw invalidSession();
  return session;
}

const invalidSession = () =>
  new SoapFault(
    'INVALID_SESSION_ID',
    'Invalid Session ID found in SessionHeader: Illegal Session',
    'UnexpectedErrorFault',
  );

async function userInfo(org: SandboxOrg, user: User): Promise<string> {
  const { rows } = await org.pool.query('SELECT "Name" FROM org."Organization"');
  const values: Record<string, string | null> = {
    accessibilityMode: 'false',
    chatterExternal: 'false',
    currencySymbol: '$',
    orgAttachmentFileSizeLimit: '26214400',
    orgDefaultCurrencyIsoCode: 'USD',
    orgDefaultCurrencyLocale: 'en_US',
    orgDisallowHtmlAttachments: 'false',
    orgHasPersonAccounts: 'false',
    organizationId: org.id,
    organizationMultiCurrency: 'false',
    organizationName: rows[0]?.Name ?? '',
    profileId: user.profileId,
    roleId: null,
    sessionSecondsValid: String(SESSION_SECONDS),
    userDefaultCurrencyIsoCode: null,
    userEmail: user.email,
    userFullName: user.name,
    userId: user.id,
    userLanguage: user.language,
    userLocale: user.locale,
    userName: user.username,
    userTimeZone: user.timeZone,
    userType: 'Standard',
    userUiSkin: 'Theme3',
  };
  return Object.entries(values)
    .map(([tag, value]) =>
      value === null ? `<${tag} xsi:nil="true"/>` : `<${tag}>${escapeXml(value)}</${tag}>`,
    )
    .join('');
}
