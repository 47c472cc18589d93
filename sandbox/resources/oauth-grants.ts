import { randomBytes } from 'node:crypto';
import { compactVerify, errors, importSPKI } from 'jose';
import { type ConnectedApp, findConnectedApp } from '../connected-app.ts';
import { type LoginRefusal, logInByPassword, loginRefusal } from '../logins.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { storable } from '../storage.ts';
import { sameText, type User } from '../users.ts';
import { scopeOf } from './oauth-scopes.ts';

export type OAuthForm = Partial<
  Record<
    | ('grant_type' | 'client_id' | 'client_secret' | 'username' | 'password' | 'assertion')
    | ('refresh_token' | 'token' | 'token_type_hint' | 'scope'),
    string
  >
>;

/** Leaves as 400 (or 401 for a client that may not introspect) with `error` and `error_description`. */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(code: string, description: string, status = 400) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = status;
  }
}

interface Granted {
  user: User;
  client: ConnectedApp;
  scope: string;
  passwordExpired?: boolean;
  /** Where refresh tokens rotate: the one to use next. */
  refreshToken?: string;
}

/** A token request: its form, its Authorization header, and where it comes from. */
export interface TokenRequest {
  form: OAuthForm;
  authorization: string | undefined;
  address: string;
}

const FLOWS: Record<string, (org: SandboxOrg, request: TokenRequest) => Promise<Granted>> = {
  // Codes come from a browser, which this org has none of: whatever is sent is no code any more.
  authorization_code: async (org, { form, authorization }) => {
    await clientOf(org, form, authorization);
    throw new OAuthError('invalid_grant', 'expired authorization code');
  },
  password: grantPassword,
  client_credentials: grantClientCredentials,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': grantJwt,
  refresh_token: grantRefresh,
};

/** Whom a token request lets in; throws OAuthError with Salesforce's code and text. */
export async function grant(org: SandboxOrg, request: TokenRequest): Promise<Granted> {
  const type = request.form.grant_type ?? '';
  const flow = Object.hasOwn(FLOWS, type) ? FLOWS[type] : undefined;
  if (flow === undefined)
    throw new OAuthError('unsupported_grant_type', 'grant type not supported');
  const granted = await flow(org, request);
  refuseUnapproved(org, granted.user);
  return granted;
}

/** Where users have to be approved by an administrator, by their profile. */
function refuseUnapproved({ settings, permissions }: SandboxOrg, user: User): void {
  const profile = permissions.profileName(user.profileId);
  if (settings.adminApprovedUsersOnly && !settings.approvedProfiles.includes(profile))
    throw new OAuthError('invalid_app_access', 'user is not admin approved to access this app');
}

/** The client by id and secret, from the form or a Basic header. */
export async function clientOf(
  org: SandboxOrg,
  form: OAuthForm,
  authorization?: string,
): Promise<ConnectedApp> {
  const { id, secret } = clientCredentials(form, authorization);
  const client = await knownClient(org, id);
  if (secret === undefined || !sameText(client.clientSecret, secret))
    throw new OAuthError('invalid_client', 'invalid client credentials');
  return client;
}

async function knownClient(org: SandboxOrg, id: string | undefined): Promise<ConnectedApp> {
  const client = id === undefined ? null : await findConnectedApp(org.pool, id);
  if (client === null) throw new OAuthError('invalid_client_id', 'client identifier invalid');
  return client;
}

function clientCredentials(form: OAuthForm, authorization: string | undefined) {
  const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return { id: form.client_id, secret: form.client_secret };
  const [id, secret] = Buffer.from(basic, 'base64').toString('utf8').split(':', 2);
  return { id: decoded(id), secret: decoded(secret) };
}

/** Form-encoded, as RFC 6749 has it. Read leniently: a broken `%` is no reason to fail otherwise. */
const decoded = (text = '') => new URLSearchParams(`text=${text}`).get('text') ?? '';

const TEXTS: Record<LoginRefusal, string> = {
  credentials: 'authentication failure',
  token: 'authentication failure',
  inactive: 'inactive user',
  address: 'ip restricted',
  api: 'user does not have API access',
};

const refusal = (refused: LoginRefusal) => new OAuthError('invalid_grant', TEXTS[refused]);

async function grantPassword(
  org: SandboxOrg,
  { form, authorization, address }: TokenRequest,
): Promise<Granted> {
  const client = await clientOf(org, form, authorization);
  if (!org.settings.passwordFlow) throw refusal('credentials');
  const { username = '', password = '' } = form;
  const outcome = await logInByPassword(org, username, password, address);
  if ('refused' in outcome) throw refusal(outcome.refused);
  return { ...outcome, client, scope: scopeOf(form.scope, 'full') };
}

async function grantClientCredentials(
  org: SandboxOrg,
  { form, authorization, address }: TokenRequest,
): Promise<Granted> {
  const client = await clientOf(org, form, authorization);
  const user = client.runAsUserId === null ? null : await org.users.byId(client.runAsUserId);
  const refused = user === null ? 'inactive' : loginRefusal(org, user, address);
  if (user === null || refused === 'inactive')
    throw new OAuthError('invalid_grant', 'no client credentials user enabled');
  if (refused !== null) throw refusal(refused);
  return { user, client, scope: 'full' };
}

async function grantRefresh(
  org: SandboxOrg,
  { form, authorization, address }: TokenRequest,
): Promise<Granted> {
  const { id, secret } = clientCredentials(form, authorization);
  const client = await knownClient(org, id);
  if (secret !== undefined && !sameText(client.clientSecret, secret))
    throw new OAuthError('invalid_client', 'invalid client credentials');
  const token = form.refresh_token ?? '';
  const { rows } = await org.pool.query(
    `SELECT user_id FROM org_meta.refresh_token
     WHERE token = $1 AND client_id = $2 AND NOT revoked`,
    [token, client.clientId],
  );
  const user = rows[0] === undefined ? null : await org.users.byId(rows[0].user_id);
  if (user === null) throw new OAuthError('invalid_grant', 'expired access/refresh token');
  const refused = loginRefusal(org, user, address);
  if (refused !== null) throw refusal(refused);
  const scope = scopeOf(form.scope, 'refresh_token full');
  if (!org.settings.rotateRefreshTokens) return { user, client, scope };
  return { user, client, scope, refreshToken: await rotate(org, token, client, user) };
}

/** Ends a refresh token and makes the next one. Of two requests with one token the slower is refused. */
async function rotate(
  { pool }: SandboxOrg,
  token: string,
  client: ConnectedApp,
  user: User,
): Promise<string> {
  const next = `5Aep861${randomBytes(60).toString('base64url').replace(/[-_]/g, 'x')}`;
  const { rowCount } = await pool.query(
    `WITH ended AS (
       UPDATE org_meta.refresh_token SET revoked = true WHERE token = $1 AND NOT revoked RETURNING token)
     INSERT INTO org_meta.refresh_token (token, client_id, user_id) SELECT $2, $3, $4 FROM ended`,
    [token, next, client.clientId, user.id],
  );
  if (rowCount !== 1) throw new OAuthError('invalid_grant', 'expired access/refresh token');
  return next;
}

/** Seconds by which a client's clock may be off. */
const CLOCK_TOLERANCE = 180;

async function grantJwt(org: SandboxOrg, { form, address }: TokenRequest): Promise<Granted> {
  const assertion = readAssertion(form.assertion ?? '');
  const client = await knownClient(org, assertion.claims.iss);
  if (client.jwtPublicKey === null) throw new OAuthError('invalid_grant', 'invalid assertion');
  await checkSignature(assertion.token, client.jwtPublicKey);
  checkClaims(org, assertion.claims);
  const user = await org.users.byUsername(assertion.claims.sub ?? '');
  if (user === null) throw new OAuthError('invalid_grant', "user hasn't approved this consumer");
  const refused = loginRefusal(org, user, address);
  if (refused !== null) throw refusal(refused);
  return { user, client, scope: scopeOf(form.scope, 'full') };
}

interface Claims {
  iss: string | undefined;
  sub: string | undefined;
  aud?: string | string[];
  exp?: number | string;
}

function readAssertion(token: string): { token: string; claims: Claims } {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return { token, claims: claimsOf(JSON.parse(payload)) };
  } catch {
    throw new OAuthError('invalid_grant', 'invalid assertion');
  }
}

/** A claim that should be a text and is none counts as missing. */
function claimsOf(payload: unknown): Claims {
  const { iss, sub, aud, exp } = Object(payload);
  return { iss: textIn(iss), sub: textIn(sub), aud, exp };
}

const textIn = (value: unknown) => (typeof value === 'string' ? storable(value) : undefined);

/** The signature alone: simple-salesforce sends `exp` as a string, which a JWT library refuses. */
async function checkSignature(token: string, publicKey: string): Promise<void> {
  try {
    await compactVerify(token, await importSPKI(publicKey, 'RS256'), { algorithms: ['RS256'] });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new OAuthError('invalid_grant', 'invalid assertion');
  }
}

function checkClaims(org: SandboxOrg, claims: Claims): void {
  const seconds = org.now().getTime() / 1000;
  if (!(Number(claims.exp) > seconds - CLOCK_TOLERANCE))
    throw new OAuthError('invalid_grant', 'expired authorization code');
  const audiences = [claims.aud].flat().map(String);
  if (!audiences.some((one) => isAudience(one)))
    throw new OAuthError('invalid_grant', 'audience is invalid');
}

/** Any URL: a proxy in front of the sandbox need not say under which name it was asked. */
const isAudience = (text: string) => /^https?:\/\/[^/\s]+/i.test(text);
