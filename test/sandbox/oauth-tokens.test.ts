import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../sandbox/settings.ts';
import { forTests } from '../support/for-tests.ts';
import { oauthClient } from './oauth-client.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();
const client = forTests(async () => oauthClient(sandbox));

afterEach(() => control(sandbox, 'POST', '/settings', DEFAULT_SETTINGS));

const refresh = (refresh_token: string) =>
  client.token({ grant_type: 'refresh_token', refresh_token });

async function accessToken(form: Record<string, string> = {}): Promise<string> {
  const { body } = await client.token({
    grant_type: 'password',
    username: sandbox.username,
    password: sandbox.password + sandbox.securityToken,
    ...form,
  });
  return body.access_token!;
}

async function introspect(token: string) {
  const response = await client.post('introspect', { ...client.app, token });
  return (await response.json()) as Record<string, unknown>;
}

describe('Refresh tokens', () => {
  it('stay as they are unless they rotate; then the old one is worth nothing', async () => {
    expect((await refresh(sandbox.refreshToken)).body.refresh_token).toBeUndefined();
    await control(sandbox, 'POST', '/settings', { rotateRefreshTokens: true });
    const { body } = await refresh(sandbox.refreshToken);
    expect(body.refresh_token).toMatch(/^5Aep861/);
    expect((await refresh(sandbox.refreshToken)).error).toBe(
      'invalid_grant: expired access/refresh token',
    );
    sandbox.refreshToken = body.refresh_token!;
  });

  it('used twice at once rotate once', async () => {
    await control(sandbox, 'POST', '/settings', { rotateRefreshTokens: true });
    const answers = await Promise.all([
      refresh(sandbox.refreshToken),
      refresh(sandbox.refreshToken),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    sandbox.refreshToken = answers.find(({ status }) => status === 200)!.body.refresh_token!;
  });

  it('are introspected, and take their sessions along when they are revoked', async () => {
    expect(await introspect(sandbox.refreshToken)).toMatchObject({
      active: true,
      token_type: 'refresh_token',
    });
    const { body } = await refresh(sandbox.refreshToken);
    const gone = await fetch(
      `${sandbox.url}/services/oauth2/revoke?token=${encodeURIComponent(sandbox.refreshToken)}`,
    );
    expect(gone.status).toBe(200);
    expect(await introspect(body.access_token!)).toEqual({ active: false });
    expect(await introspect(sandbox.refreshToken)).toEqual({ active: false });
  });
});

describe('Access tokens', () => {
  it('tell their scopes, and one without the API’s is not good for REST', async () => {
    const token = await accessToken({ scope: 'openid id' });
    expect(await introspect(token)).toMatchObject({ active: true, scope: 'openid id' });
    const refused = await client.get('/services/data/v60.0/limits', token);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      [
        {
          message: 'This session is not valid for use with the REST API',
          errorCode: 'INVALID_SESSION_ID',
        },
      ],
    ]);
  });

  it('are introspected for clients alone', async () => {
    const token = await accessToken();
    const response = await client.post('introspect', { token });
    expect(response.status).toBe(400);
  });

  it('may come with OAuth instead of Bearer, and not without a word before', async () => {
    const token = await accessToken();
    const call = (headers: Record<string, string>) =>
      fetch(`${sandbox.url}/services/data/v60.0/limits`, { headers });
    expect((await call({ authorization: `OAuth ${token}` })).status).toBe(200);
    expect((await call({ authorization: token })).status).toBe(401);
    expect((await call({})).status).toBe(401);
  });

  it('a token nobody has cannot be revoked, and the answer is a form', async () => {
    const response = await client.post('revoke', { token: 'wish' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      expect.stringContaining('application/x-www-form-urlencoded'),
    ]);
    expect(new URLSearchParams(await response.text()).get('error')).toBe('unsupported_token_type');
  });

  it('end by idle time as the org sets it', async () => {
    await control(sandbox, 'POST', '/settings', { sessionMinutes: 30 });
    const { exp, iat } = (await introspect(await accessToken())) as { exp: number; iat: number };
    expect(exp - iat).toBe(1800);
  });
});

describe('The token endpoint', () => {
  it.each([
    [
      'a code of the browser flow',
      { grant_type: 'authorization_code', code: 'x' },
      'invalid_grant: expired authorization code',
    ],
    ['no grant type', {}, 'unsupported_grant_type: grant type not supported'],
    [
      'an assertion that is none',
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'x.y' },
      'invalid_grant: invalid assertion',
    ],
  ])('refuses %s', async (_name, form, error) => {
    expect((await client.token(form as Record<string, string>)).error).toBe(error);
  });

  it('wants POST', async () => {
    const response = await fetch(`${sandbox.url}/services/oauth2/token`);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'must use HTTP POST' },
    ]);
  });
});

describe('A JWT', () => {
  async function bearer(claims: object, key: KeyObject = sandbox.jwtKey, alg = 'RS256') {
    const signed = new SignJWT({
      iss: sandbox.clientId,
      sub: sandbox.username,
      aud: 'https://login.salesforce.com',
      exp: Math.floor(Date.now() / 1000) + 180,
      ...claims,
    }).setProtectedHeader({ alg });
    const assertion = await signed.sign(key);
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const response = await client.post('token', { grant_type, assertion });
    const body = (await response.json()) as Record<string, string>;
    return response.ok ? 'let in' : `${body.error}: ${body.error_description}`;
  }

  it('is taken with a clock that is a little off', async () => {
    expect(await bearer({})).toBe('let in');
    expect(await bearer({ exp: Math.floor(Date.now() / 1000) - 60 })).toBe('let in');
  });

  it.each([
    ['of an unknown app', { iss: 'wish' }, 'invalid_client_id: client identifier invalid'],
    ['for nobody', { sub: '' }, "invalid_grant: user hasn't approved this consumer"],
    ['for no audience', { aud: 'wish' }, 'invalid_grant: audience is invalid'],
    ['that is over', { exp: 1 }, 'invalid_grant: expired authorization code'],
  ])('%s is refused', async (_name, claims, error) => {
    expect(await bearer(claims)).toBe(error);
  });

  it('with another key or algorithm is refused', async () => {
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect(await bearer({}, createPrivateKey(other.privateKey))).toBe(
      'invalid_grant: invalid assertion',
    );
    expect(await bearer({}, sandbox.jwtKey, 'RS512')).toBe('invalid_grant: invalid assertion');
  });
});

describe('The identity URL', () => {
  it('answers in JSON, XML or a callback, with a version in its URLs where one is asked for', async () => {
    const { body } = await client.byPassword();
    const path = new URL(body.id!).pathname;
    const get = (query: string, headers = {}) =>
      client.get(path + query, body.access_token!, headers);
    const json = (await (await get('?version=60.0')).json()) as { urls: { rest: string } };
    expect(json.urls.rest).toBe(`${sandbox.url}/services/data/v60.0/`);
    const xml = await get('?format=xml');
    expect(xml.headers.get('content-type')).toMatch(/^application\/xml/);
    expect(await xml.text()).toContain(`<username>${sandbox.username}</username>`);
    expect(await (await get('', { accept: 'application/xml' })).text()).toMatch(/^<\?xml/);
    expect(await (await get('?callback=go')).text()).toMatch(/^go\(\{/);
  });

  it.each([
    ['no token', '', undefined, 403, 'Missing_OAuth_Token'],
    ['a wrong token', '', 'wish', 403, 'Bad_OAuth_Token'],
    ['another org', '00D000000000001', 'own', 403, 'Wrong_Org'],
    ['nobody', '', 'own-user', 404, 'Bad_Id'],
  ])('refuses %s', async (_name, org, token, status, word) => {
    const { body } = await client.byPassword();
    const [, , orgId, userId] = new URL(body.id!).pathname.split('/');
    const user = token === 'own-user' ? '005000000000001' : userId;
    const authorization = token === 'wish' ? 'Bearer wish' : `Bearer ${body.access_token}`;
    const response = await fetch(`${sandbox.url}/id/${org || orgId}/${user}`, {
      headers: token === undefined ? {} : { authorization },
    });
    expect([response.status, await response.text()]).toEqual([status, word]);
  });
});
