import { createSalesforce } from '../../src/salesforce/client.ts';
import type { SalesforceCredentials } from '../../src/salesforce/credentials.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import type { RunningSandbox } from '../sandbox/support.ts';

/** Each kind of credentials (L1). */
export const ways = [
  'password',
  'SOAP',
  'client credentials',
  'refresh token',
  'JWT bearer',
] as const;
export type Way = (typeof ways)[number];

function credentials(sandbox: RunningSandbox, way: Way): SalesforceCredentials {
  const { url: loginUrl, username, password, securityToken, clientId, clientSecret } = sandbox;
  switch (way) {
    case 'password':
      return { loginUrl, username, password, securityToken, clientId, clientSecret };
    case 'SOAP':
      return { loginUrl, username, password, securityToken };
    case 'client credentials':
      return { loginUrl, clientId, clientSecret };
    case 'refresh token':
      return { loginUrl, clientId, clientSecret, refreshToken: sandbox.refreshToken };
    case 'JWT bearer':
      return { loginUrl, clientId, username, jwtKey: sandbox.jwtPrivateKey };
  }
}

/** A client of the seeded sync user. */
export function enterSandbox(
  sandbox: RunningSandbox,
  way: Way = 'password',
  more: Partial<SalesforceCredentials> = {},
): Salesforce {
  return createSalesforce({ ...credentials(sandbox, way), ...more }, { apiVersion: '62.0' });
}
