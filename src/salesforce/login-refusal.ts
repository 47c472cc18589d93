import type { Grant } from './credentials.ts';
import {
  CredentialsRejected,
  type SalesforceError,
  SalesforceUnavailable,
  TooManyRequests,
} from './errors.ts';

const advice: Record<Grant['kind'], string> = {
  'jwt-bearer':
    'Check the client id, that the app holds this key’s certificate, that the user is pre-authorised ' +
    'for the app, the login URL, and the clock of this machine.',
  'refresh-token':
    'Authorise the app again and set the new SALESFORCE_REFRESH_TOKEN; a JWT key needs no renewal.',
  password:
    'Check username, password and security token, and that the org allows the username-password flow.',
  'client-credentials':
    'Check client id and secret, that the login URL is the org’s My Domain, and that the app has a "Run As" user.',
  soap: 'Check username, password and security token, and the login URL (test.salesforce.com for sandboxes).',
};

/**
 * What a failed login is to be reported as. jsforce throws plain errors: OAuth's `error` is their
 * name, SOAP's code begins their text.
 */
export function refused(error: unknown, grant: Grant): SalesforceError {
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  if (/^Unable to login because the used password has expired/.test(message)) {
    return new CredentialsRejected(
      'PASSWORD_EXPIRED',
      'the password has expired',
      'Set a new one in Salesforce, or let it never expire for the sync user.',
    );
  }
  const [, code = String(name)] = message.match(/^([A-Z][A-Z_]{3,60}): /) ?? [];
  if (/rate.?exceeded/i.test(`${code} ${message}`)) {
    return new TooManyRequests('logins of this user in the last hour');
  }
  if (/^(SERVER_UNAVAILABLE|temporarily_unavailable|server_error|unknown_error)$/.test(code)) {
    return new SalesforceUnavailable(`login answered ${code}`, error);
  }
  if (/^ERROR_HTTP_|Error$|^undefined$/.test(code)) {
    // No cause: jsforce's message is then the whole body of whatever answered.
    return new SalesforceUnavailable('the login URL does not answer as Salesforce does');
  }
  // OAuth errors may come without a description, which jsforce turns into the word.
  const said = message === 'undefined' ? 'no reason was given' : message;
  const words = said.replace(/^[A-Z_]+: /, '').replace(/\.$/, '');
  return new CredentialsRejected(code, words, advice[grant.kind], error);
}
