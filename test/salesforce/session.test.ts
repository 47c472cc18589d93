import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CredentialsRejected,
  SalesforceUnavailable,
  SessionRefused,
  TooManyRequests,
} from '../../src/salesforce/errors.ts';
import { audienceOf } from '../../src/salesforce/login.ts';
import { expired, failure, orgId, refusal, type Script, script, token, userId } from './support.ts';

let server: Script;
afterEach(() => server?.close());

const versions = () => ({ body: { sobjects: [{ name: 'Lead' }] } });

describe('ways in', () => {
  it('L1: client credentials give the org and the user without another call', async () => {
    server = await script([() => ({ body: page([{ Username: 'run.as@acme.test' }]) })]);
    const identity = await server.client().identity();
    expect(identity).toEqual({
      orgId,
      userId,
      username: 'run.as@acme.test',
      instanceUrl: server.url,
    });
    expect(new URLSearchParams(server.logins[0]!.body).get('grant_type')).toBe(
      'client_credentials',
    );
    expect(server.asked).toHaveLength(1); // this grant alone does not tell the name
  });

  it('L1: a password goes with its security token through the connected app', async () => {
    server = await script([versions]);
    const salesforce = server.client({
      username: 'u@acme.test',
      password: 'p&ss',
      securityToken: 'T0',
    });
    expect((await salesforce.identity()).username).toBe('u@acme.test');
    const sent = new URLSearchParams(server.logins[0]!.body);
    expect(sent.get('grant_type')).toBe('password');
    expect(sent.get('password')).toBe('p&ssT0');
    expect(server.asked).toHaveLength(0);
  });

  it('L1: JWT bearer signs for the user and the audience, for minutes only', async () => {
    server = await script([versions]);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwtKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    await server.client({ username: 'u@acme.test', jwtKey }).identity();
    const sent = new URLSearchParams(server.logins[0]!.body);
    expect(sent.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const claims = decodeJwt(sent.get('assertion')!);
    expect(claims).toMatchObject({ iss: 'client', sub: 'u@acme.test', aud: server.url });
    expect(claims.exp! - Date.now() / 1000).toBeLessThan(300);
  });

  it.each([
    ['https://login.salesforce.com', 'https://login.salesforce.com'],
    ['https://acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://acme--dev.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('L1: logging in at %s, a JWT is meant for %s', (loginUrl, audience) => {
    expect(audienceOf(loginUrl)).toBe(audience);
  });

  it('L1: a refresh token that Salesforce replaces is replaced here', async () => {
    let logins = 0;
    server = await script([expired, versions], () =>
      token(server.url, ++logins, { refresh_token: `refresh-${logins}` }),
    );
    await server.client({ refreshToken: 'refresh-0' }).visibleObjects();
    expect(server.logins.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual(
      ['refresh-0', 'refresh-1'],
    );
  });

  it('L1: without a connected app the login is by SOAP, by a version that still has it', async () => {
    server = await script([versions], () => ({
      headers: { 'content-type': 'text/xml' },
      body:
        '<soapenv:Envelope><soapenv:Body><loginResponse><result><passwordExpired>false</passwordExpired>' +
        `<serverUrl>${server.url}/services/Soap/u/62.0/00Dxx0000001gPL</serverUrl>` +
        `<sessionId>soap-session</sessionId><userId>${userId}</userId>` +
        '<userInfo><organizationId>00Dxx0000001gPL</organizationId></userInfo></result></loginResponse>',
    }));
    const credentials = { username: 'u&co', password: 'p', securityToken: 'T' };
    const salesforce = server.client(
      { ...credentials, clientId: '', clientSecret: '' },
      { apiVersion: '66.0' },
    );
    expect(await salesforce.identity()).toMatchObject({ orgId, userId, username: 'u&co' });
    await salesforce.visibleObjects();
    expect(server.logins[0]!.path).toBe('/services/Soap/u/64.0');
    expect(server.logins[0]!.body).toContain(
      '<username>u&amp;co</username><password>pT</password>',
    );
    expect(server.asked[0]!.headers.authorization).toBe('Bearer soap-session');
  });

  it.each([
    [{ clientSecret: '' }, /neither a JWT key/],
    [{ jwtKey: 'x' }, /needs a client id and a username/],
    [{ jwtKey: 'x', username: 'u' }, /no unencrypted private key/],
    [{ loginUrl: 'http://acme.example' }, /unencrypted/],
    [{ loginUrl: 'acme' }, /no URL/],
  ])('L1: credentials %j are refused before anything is sent', async (credentials, said) => {
    server = await script([versions]);
    const error = await failure(server.client(credentials).visibleObjects());
    expect(error).toBeInstanceOf(CredentialsRejected);
    expect(error.message).toMatch(said);
    expect(server.logins).toHaveLength(0);
  });
});

describe('a session', () => {
  it('is made once for calls that start together', async () => {
    server = await script([versions]);
    const salesforce = server.client();
    await Promise.all([1, 2, 3, 4, 5].map(() => salesforce.visibleObjects()));
    expect(server.logins).toHaveLength(1);
  });

  it('trap 30: an expired session is replaced once for all calls that met it', async () => {
    server = await script([
      ({ headers }) => (headers.authorization === 'Bearer token-1' ? expired() : versions()),
    ]);
    const salesforce = server.client();
    const names = await Promise.all([1, 2, 3].map(() => salesforce.visibleObjects()));
    expect(names).toEqual([['Lead'], ['Lead'], ['Lead']]);
    expect(server.logins).toHaveLength(2);
  });

  it('trap 30: a fresh session that is refused as well ends in SessionRefused, no loop', async () => {
    server = await script([expired]);
    const error = await failure(server.client().visibleObjects());
    expect(error).toBeInstanceOf(SessionRefused);
    expect(server.asked).toHaveLength(2);
    expect(server.logins).toHaveLength(2);
  });

  it('trap 30: a token without API access is not taken for an ended session for ever', async () => {
    const text = 'This session is not valid for use with the REST API';
    server = await script([() => refusal(401, 'INVALID_SESSION_ID', text)]);
    const error = await failure(server.client().visibleObjects());
    expect(error.message).toContain('Manage user data via APIs');
  });

  it('trap 30: a refused login is not repeated by each call, which could lock the user, but by the first of a resume', async () => {
    server = await script([versions], () => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'authentication failure' },
    }));
    const salesforce = server.client({ username: 'u', password: 'top-secret' });
    const errors = [
      await failure(salesforce.visibleObjects()),
      await failure(salesforce.describe('Lead')),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(CredentialsRejected);
      expect(error.message).toContain('(invalid_grant): authentication failure. Check username');
    }
    expect(server.logins).toHaveLength(1);
    // With identity() a connection starts, also after somebody has corrected the credentials.
    expect(await failure(salesforce.identity())).toBeInstanceOf(CredentialsRejected);
    expect(server.logins).toHaveLength(2);
  });

  it('L4: no error of a login tells a secret, however it is looked at', async () => {
    server = await script([versions], () => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'authentication failure' },
    }));
    const secrets = {
      password: 'top-secret',
      clientSecret: 'app-secret',
      securityToken: 'tok-secret',
    };
    const error = await failure(server.client({ username: 'u', ...secrets }).identity());
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/secret/);
  });

  it.each([
    [{ status: 503, body: '<html>maintenance</html>' }, SalesforceUnavailable],
    [{ status: 404, body: '<html>no such org</html>' }, SalesforceUnavailable],
    [{ status: 200, body: '<html>welcome</html>' }, SalesforceUnavailable],
    [{ status: 400, body: { error: 'server_error' } }, SalesforceUnavailable],
    [
      { status: 400, body: { error: 'invalid_grant', error_description: 'login rate exceeded' } },
      TooManyRequests,
    ],
  ])('N3: a login answered by %j may be tried again', async (answer, kind) => {
    server = await script([versions], () => answer);
    const error = await failure(server.client().identity());
    expect(error).toBeInstanceOf(kind);
    expect(error.message).not.toContain('html');
  });

  it.each([
    [
      'INVALID_LOGIN: Invalid username, password, security token; or user locked out.',
      CredentialsRejected,
    ],
    ['LOGIN_RATE_EXCEEDED: login rate exceeded', TooManyRequests],
    ['SERVER_UNAVAILABLE: down', SalesforceUnavailable],
  ])('L1: the SOAP fault "%s" is told apart', async (fault, kind) => {
    server = await script([versions], () => ({
      status: 500,
      body: `<soapenv:Fault><faultcode>sf:X</faultcode><faultstring>${fault}</faultstring></soapenv:Fault>`,
    }));
    const credentials = { username: 'u', password: 'p', clientId: '', clientSecret: '' };
    expect(await failure(server.client(credentials).identity())).toBeInstanceOf(kind);
  });

  it('follows an org that moved: the redirect fails, the next call logs in anew', async () => {
    server = await script([
      () => ({ status: 302, headers: { location: 'https://elsewhere.example/' } }),
      versions,
    ]);
    const salesforce = server.client();
    expect(await failure(salesforce.visibleObjects())).toBeInstanceOf(SalesforceUnavailable);
    expect(await salesforce.visibleObjects()).toEqual(['Lead']);
    expect(server.logins).toHaveLength(2);
  });
});

function page(records: object[]) {
  return { totalSize: records.length, done: true, records };
}
