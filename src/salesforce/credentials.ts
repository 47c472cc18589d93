import { CredentialsRejected } from './errors.ts';

/** What an org is entered with (L1). Which of them are there decides the way in: see `grantOf`. */
export interface SalesforceCredentials {
  /** `https://login.salesforce.com`, `https://test.salesforce.com` or the org's My Domain. */
  loginUrl: string;
  username?: string;
  password?: string;
  /** Sent behind the password; not needed from trusted IP ranges. */
  securityToken?: string;
  clientId?: string;
  clientSecret?: string;
  /** The private key of the connected app's certificate, PEM. */
  jwtKey?: string;
  refreshToken?: string;
}

export type Grant =
  | { kind: 'jwt-bearer'; clientId: string; username: string; key: string }
  | { kind: 'refresh-token'; clientId: string; clientSecret: string | null; refreshToken: string }
  | {
      kind: 'password';
      clientId: string;
      clientSecret: string;
      username: string;
      /** With the security token behind it. */
      password: string;
    }
  | { kind: 'client-credentials'; clientId: string; clientSecret: string }
  | { kind: 'soap'; username: string; password: string };

/**
 * The way in that these credentials allow, the most specific first: JWT bearer, refresh token,
 * password through a connected app, client credentials, and last the SOAP login, which Salesforce
 * is retiring. Throws CredentialsRejected that names what is missing.
 */
export function grantOf(credentials: SalesforceCredentials): Grant {
  const { username, password, securityToken = '', clientId, clientSecret } = credentials;
  const { jwtKey, refreshToken } = credentials;
  if (jwtKey) {
    if (!clientId || !username) throw incomplete('A JWT key needs a client id and a username');
    return { kind: 'jwt-bearer', clientId, username, key: jwtKey };
  }
  if (refreshToken) {
    if (!clientId) throw incomplete('A refresh token needs the client id of its connected app');
    return { kind: 'refresh-token', clientId, clientSecret: clientSecret || null, refreshToken };
  }
  if (username && password) {
    return clientId && clientSecret
      ? { kind: 'password', clientId, clientSecret, username, password: password + securityToken }
      : { kind: 'soap', username, password: password + securityToken };
  }
  if (clientId && clientSecret) return { kind: 'client-credentials', clientId, clientSecret };
  throw incomplete('There is neither a JWT key, a refresh token, a password nor a client secret');
}

/** Secrets go only over TLS, except to this very machine. Throws CredentialsRejected. */
export function checkUrl(address: string): URL {
  if (!URL.canParse(address)) throw badUrl(`"${address}" is no URL`);
  const url = new URL(address);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw badUrl(`${url.origin} would carry the secrets unencrypted`);
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function incomplete(what: string): CredentialsRejected {
  return new CredentialsRejected(
    'INCOMPLETE',
    what,
    'Set SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET, SALESFORCE_USERNAME, SALESFORCE_PASSWORD, ' +
      'SALESFORCE_SECURITY_TOKEN, SALESFORCE_JWT_KEY_FILE or SALESFORCE_REFRESH_TOKEN to match.',
  );
}

function badUrl(what: string): CredentialsRejected {
  return new CredentialsRejected(
    'LOGIN_URL',
    what,
    'Set SALESFORCE_LOGIN_URL to an https address.',
  );
}
