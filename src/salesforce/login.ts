import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import jsforce from 'jsforce';
import { checkUrl, type Grant, grantOf, type SalesforceCredentials } from './credentials.ts';
import { CredentialsRejected, SalesforceError, SalesforceUnavailable } from './errors.ts';
import type { Http } from './http.ts';
import { toId18 } from './ids.ts';
import { refused } from './login-refusal.ts';
import { transportOver } from './transport.ts';

export interface Session {
  accessToken: string;
  /** Origin that serves this org. */
  instanceUrl: string;
  /** 18 characters. */
  orgId: string;
  userId: string;
  /** Null after the grants that name no user. */
  username: string | null;
  /** A new refresh token, when the connected app replaces it at each use. */
  rotatedRefreshToken: string | null;
}

export interface LoginOptions {
  apiVersion: string;
  userAgent: string;
}

type Connection = InstanceType<typeof jsforce.Connection>;
type TokenResponse = Awaited<ReturnType<Connection['oauth2']['requestToken']>>;

/** SOAP login() ended with 65.0. */
const lastSoapLogin = 64;

/**
 * One login (L1). Throws CredentialsRejected when Salesforce says no, else SalesforceUnavailable or
 * TooManyRequests.
 */
export async function login(
  credentials: SalesforceCredentials,
  http: Http,
  options: LoginOptions,
): Promise<Session> {
  const grant = grantOf(credentials);
  const loginUrl = checkUrl(credentials.loginUrl).origin;
  const connection = connect(grant, loginUrl, http, options);
  try {
    const session =
      grant.kind === 'soap'
        ? await bySoap(connection, grant)
        : fromToken(await requestToken(connection.oauth2, grant, loginUrl), grant);
    checkUrl(session.instanceUrl);
    return session;
  } catch (error) {
    throw error instanceof SalesforceError ? error : refused(error, grant);
  }
}

function connect(grant: Grant, loginUrl: string, http: Http, options: LoginOptions): Connection {
  const transport = transportOver(http, options.userAgent);
  const version = Math.min(Number(options.apiVersion), lastSoapLogin).toFixed(1);
  const connection = new jsforce.Connection({
    loginUrl,
    version,
    oauth2: {
      loginUrl,
      ...('clientId' in grant ? { clientId: grant.clientId } : {}),
      ...('clientSecret' in grant && grant.clientSecret !== null
        ? { clientSecret: grant.clientSecret }
        : {}),
    },
  });
  connection._transport = transport;
  connection.oauth2._transport = transport;
  return connection;
}

async function requestToken(
  oauth2: Connection['oauth2'],
  grant: Exclude<Grant, { kind: 'soap' }>,
  loginUrl: string,
): Promise<TokenResponse> {
  switch (grant.kind) {
    case 'jwt-bearer':
      return await oauth2.requestToken({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: await assertion(grant, loginUrl),
      });
    case 'refresh-token':
      return await oauth2.refreshToken(grant.refreshToken);
    case 'password':
      return await oauth2.authenticate(grant.username, grant.password);
    case 'client-credentials':
      return await oauth2.requestToken({ grant_type: 'client_credentials' });
  }
}

function fromToken(token: TokenResponse, grant: Grant): Session {
  // `id` is {login}/id/{org}/{user}: who and where, without another call.
  const [orgId, userId] = String(token?.id).split('/').slice(-2);
  if (!token?.access_token || !token.instance_url || !orgId || !userId) {
    throw new SalesforceUnavailable('the login answer names no session');
  }
  return {
    accessToken: token.access_token,
    instanceUrl: new URL(token.instance_url).origin,
    orgId: toId18(orgId),
    userId: toId18(userId),
    username: 'username' in grant ? grant.username : null,
    rotatedRefreshToken: token.refresh_token ?? null,
  };
}

async function bySoap(
  connection: Connection,
  grant: Extract<Grant, { kind: 'soap' }>,
): Promise<Session> {
  const { id, organizationId } = await connection.loginBySoap(grant.username, grant.password);
  return {
    accessToken: connection.accessToken!,
    instanceUrl: connection.instanceUrl,
    orgId: toId18(organizationId),
    userId: toId18(id),
    username: grant.username,
    rotatedRefreshToken: null,
  };
}

/** Salesforce allows minutes; the clocks of both sides may differ by some of them. */
const assertionSeconds = 180;

async function assertion(
  grant: Extract<Grant, { kind: 'jwt-bearer' }>,
  loginUrl: string,
): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(grant.clientId)
    .setSubject(grant.username)
    .setAudience(audienceOf(loginUrl))
    .setExpirationTime(Math.floor(Date.now() / 1000) + assertionSeconds)
    .sign(privateKey(grant.key));
}

/** Salesforce wants its general login host as audience, also when the org has a domain of its own. */
export function audienceOf(loginUrl: string): string {
  const { hostname } = new URL(loginUrl);
  if (!hostname.endsWith('.salesforce.com')) return loginUrl;
  const sandbox = hostname === 'test.salesforce.com' || /\.sandbox\.my\.|--/.test(hostname);
  return sandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The parser's own error could quote the key.
    throw new CredentialsRejected(
      'JWT_KEY',
      'the JWT key is no unencrypted private key in PEM form',
      'Point SALESFORCE_JWT_KEY_FILE to the key that belongs to the connected app’s certificate.',
    );
  }
}
