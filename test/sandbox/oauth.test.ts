import { SignJWT } from 'jose';
import jsforce from 'jsforce';
import { describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();

function token(form: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${sandbox.url}/services/oauth2/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
}

const client = () => ({ client_id: sandbox.clientId, client_secret: sandbox.clientSecret });

function assertion(claims: Record<string, unknown> = {}) {
  return new SignJWT({
    iss: sandbox.clientId,
    sub: sandbox.username,
    aud: sandbox.url,
    exp: Math.floor(Date.now() / 1000) + 180,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(sandbox.jwtKey);
}

const jwt = async (claims: Record<string, unknown> = {}) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  assertion: await assertion(claims),
});

async function refusal(response: Response): Promise<string> {
  expect(response.status).toBe(400);
  const { error, error_description } = (await response.json()) as Record<string, string>;
  return `${error}: ${error_description}`;
}

describe('OAuth token endpoint', () => {
  it('L1: the password flow answers as Salesforce does, without expires_in', async () => {
    const response = await token({
      grant_type: 'password',
      ...client(),
      username: sandbox.username,
      password: sandbox.password + sandbox.securityToken,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-store');
    expect(response.headers.get('sforce-limit-info')).toBeNull();
    const body = (await response.json()) as Record<string, string>;
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'id',
      'instance_url',
      'issued_at',
      'scope',
      'signature',
      'token_type',
    ]);
    expect(body.access_token).toMatch(new RegExp(`^${sandbox.orgId.slice(0, 15)}!`));
    expect(body.id).toMatch(new RegExp(`^${sandbox.url}/id/${sandbox.orgId}/005\\w{15}$`));
  });

  it('L1: the password without the security token is refused for the sync user, and enough for the admin', async () => {
    const form = { grant_type: 'password', ...client() };
    const { username, password, admin } = sandbox;
    expect(await refusal(await token({ ...form, username, password }))).toBe(
      'invalid_grant: authentication failure',
    );
    const response = await token({ ...form, username: admin.username, password: admin.password });
    expect(response.status).toBe(200);
  });

  it('L1: client credentials in the body or in a Basic header act as the sync user', async () => {
    const inBody = await token({ grant_type: 'client_credentials', ...client() });
    const basic = Buffer.from(`${sandbox.clientId}:${sandbox.clientSecret}`).toString('base64');
    const inHeader = await token(
      { grant_type: 'client_credentials' },
      { authorization: `Basic ${basic}` },
    );
    for (const response of [inBody, inHeader]) {
      const { access_token } = (await response.json()) as { access_token: string };
      const connection = new jsforce.Connection({
        instanceUrl: sandbox.url,
        accessToken: access_token,
      });
      expect((await connection.identity()).username).toBe(sandbox.username);
    }
  });

  it('L1: a JWT signed by the app’s key logs its subject in, also when exp is a text', async () => {
    const connection = new jsforce.Connection({
      oauth2: { loginUrl: sandbox.url, clientId: sandbox.clientId },
    });
    await connection.authorize(await jwt());
    expect(connection.userInfo?.organizationId).toBe(sandbox.orgId);
    const exp = String(Math.floor(Date.now() / 1000) + 60);
    expect((await token(await jwt({ exp }))).status).toBe(200);
  });

  it('L1: a JWT that is old, forged, or for a stranger is refused', async () => {
    expect(await refusal(await token(await jwt({ exp: 1 })))).toMatch(/^invalid_grant/);
    expect(await refusal(await token(await jwt({ sub: 'nobody@example.com' })))).toBe(
      "invalid_grant: user hasn't approved this consumer",
    );
    const { assertion: signed, ...form } = await jwt();
    const forged = `${signed.slice(0, -8)}AAAAAAAA`;
    expect(await refusal(await token({ ...form, assertion: forged }))).toBe(
      'invalid_grant: invalid assertion',
    );
  });

  it('L1: a refresh token gives new sessions until it is revoked', async () => {
    const form = { grant_type: 'refresh_token', ...client(), refresh_token: sandbox.refreshToken };
    expect((await token(form)).status).toBe(200);
    const revoked = await fetch(`${sandbox.url}/services/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: sandbox.refreshToken }),
    });
    expect([revoked.status, await revoked.text()]).toEqual([200, '']);
    expect(await refusal(await token(form))).toBe('invalid_grant: expired access/refresh token');
  });

  it.each([
    ['an unknown client', { client_id: 'x', client_secret: 'y' }, /^invalid_client_id/],
    ['a wrong secret', { client_secret: 'y' }, /^invalid_client:/],
    ['an unknown flow', { grant_type: 'wish' }, /^unsupported_grant_type/],
  ])('L1: %s is refused', async (_name, change, expected) => {
    const form = { grant_type: 'client_credentials', ...client(), ...change };
    expect(await refusal(await token(form))).toMatch(expected);
  });

  it('L1: a frozen user cannot log in', async () => {
    const freeze = (frozen: boolean) =>
      sandbox.pool.query(
        `UPDATE org_meta.user_secret SET frozen = $1
         WHERE user_id = (SELECT "Id" FROM org."User" WHERE "Username" = $2)`,
        [frozen, sandbox.username],
      );
    await freeze(true);
    expect((await token(await jwt())).status).toBe(400);
    await freeze(false);
  });
});

describe('What a session tells about itself', () => {
  async function login(): Promise<string> {
    const response = await token({ grant_type: 'client_credentials', ...client() });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  it('parameters may stand in the query string, as some clients send them', async () => {
    const query = new URLSearchParams({ grant_type: 'client_credentials', ...client() });
    const url = `${sandbox.url}/services/oauth2/token?${query}`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
  });

  it('introspection knows a live token, and a revoked one no more', async () => {
    const access = await login();
    const ask = async () => {
      const body = new URLSearchParams({ token: access, ...client() });
      const url = `${sandbox.url}/services/oauth2/introspect`;
      return (await fetch(url, { method: 'POST', body })).json();
    };
    expect(await ask()).toMatchObject({ active: true, username: sandbox.username });
    const body = new URLSearchParams({ token: access });
    await fetch(`${sandbox.url}/services/oauth2/revoke`, { method: 'POST', body });
    expect(await ask()).toEqual({ active: false });
  });

  it('userinfo and the identity URL name user and org', async () => {
    const authorization = `Bearer ${await login()}`;
    const info = await fetch(`${sandbox.url}/services/oauth2/userinfo`, {
      headers: { authorization },
    });
    const { sub, organization_id } = (await info.json()) as Record<string, string>;
    expect(organization_id).toBe(sandbox.orgId);
    const identity = await fetch(`${sub}?format=json`, { headers: { authorization } });
    expect(await identity.json()).toMatchObject({
      username: sandbox.username,
      organization_id: sandbox.orgId,
      urls: { rest: `${sandbox.url}/services/data/v{version}/` },
    });
  });

  it('behind a TLS proxy all URLs are those of the proxy', async () => {
    const response = await token(
      { grant_type: 'client_credentials', ...client() },
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'acme.my.example' },
    );
    const { id, instance_url } = (await response.json()) as Record<string, string>;
    expect(instance_url).toBe('https://acme.my.example');
    expect(id).toMatch(/^https:\/\/acme\.my\.example\/id\//);
  });
});
