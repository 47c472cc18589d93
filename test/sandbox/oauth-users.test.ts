import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../sandbox/settings.ts';
import { forTests } from '../support/for-tests.ts';
import { oauthClient } from './oauth-client.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();
const client = forTests(async () => oauthClient(sandbox));
const admin = restForTests(sandbox, 'admin');

const settings = (body: object) => control(sandbox, 'POST', '/settings', body);
const user = (body: object) =>
  control(sandbox, 'POST', '/users', { username: sandbox.username, ...body });
afterEach(async () => {
  await settings(DEFAULT_SETTINGS);
  await user({ frozen: false, locked: false, passwordExpired: false });
});

const limits = (token: string, headers = {}) =>
  client.get('/services/data/v60.0/limits', token, headers);

async function errorOf(response: Response): Promise<[number, string, string]> {
  const [{ errorCode, message }] = (await response.json()) as [Record<string, string>];
  return [response.status, errorCode!, message!];
}

async function session(): Promise<string> {
  const { body } = await client.byPassword();
  return body.access_token!;
}

describe('A user', () => {
  it('is locked out by wrong passwords in a row, and let in again when unlocked', async () => {
    await settings({ loginAttempts: 3 });
    for (let i = 0; i < 3; i += 1) expect((await client.byPassword('wrong')).status).toBe(400);
    expect((await client.byPassword()).error).toBe('invalid_grant: authentication failure');
    expect(await user({ locked: false })).toMatchObject({ locked: false });
    expect((await client.byPassword()).status).toBe(200);
  });

  it('is not locked out by wrong passwords with a right one between them', async () => {
    await settings({ loginAttempts: 2 });
    for (let i = 0; i < 3; i += 1) {
      await client.byPassword('wrong');
      expect((await client.byPassword()).status).toBe(200);
    }
  });

  it('who is frozen loses the sessions begun before, and gets no new one by any flow', async () => {
    const token = await session();
    await user({ frozen: true });
    expect(await errorOf(await limits(token))).toEqual([
      401,
      'INVALID_SESSION_ID',
      'Session expired or invalid',
    ]);
    expect((await client.byPassword()).status).toBe(400);
    const refresh = { grant_type: 'refresh_token', refresh_token: sandbox.refreshToken };
    expect((await client.token(refresh)).error).toBe('invalid_grant: inactive user');
    expect((await client.token({ grant_type: 'client_credentials' })).error).toBe(
      'invalid_grant: no client credentials user enabled',
    );
  });

  it('outside the login IP ranges of the profile is refused, and let in from within', async () => {
    await settings({ loginIpRanges: { 'Sync User': ['10.1.0.0-10.1.255.255'] } });
    expect((await client.byPassword()).error).toBe('invalid_grant: ip restricted');
    const within = { 'x-forwarded-for': '10.1.2.3' };
    const { status, body } = await client.byPassword(sandbox.password, within);
    expect(status).toBe(200);
    expect((await limits(body.access_token!)).status).toBe(200);
    await settings({ enforceLoginIpRangesOnEveryRequest: true });
    expect((await limits(body.access_token!)).status).toBe(401);
    expect((await limits(body.access_token!, within)).status).toBe(200);
  });

  it('on a trusted network needs no security token', async () => {
    expect((await client.byPassword(sandbox.password)).status).toBe(400);
    await settings({ trustedIpRanges: ['127.0.0.1'] });
    expect((await client.byPassword(sandbox.password)).status).toBe(200);
  });

  it('without the permission API Enabled is refused, also in a session begun before', async () => {
    const token = await session();
    const soql = `SELECT Id FROM PermissionSet WHERE Profile.Name = 'Sync User'`;
    const { body } = await admin('GET', `query?q=${encodeURIComponent(soql)}`);
    const path = `sobjects/PermissionSet/${body.records[0].Id}`;
    expect((await admin('PATCH', path, { PermissionsApiEnabled: false })).status).toBe(204);
    expect(await errorOf(await limits(token))).toEqual([
      403,
      'API_CURRENTLY_DISABLED',
      'API is disabled for this User',
    ]);
    expect((await client.byPassword()).status).toBe(400);
    await admin('PATCH', path, { PermissionsApiEnabled: true });
    expect((await limits(token)).status).toBe(200);
  });

  it('with an expired password gets a session that is good for nothing yet', async () => {
    await user({ passwordExpired: true });
    expect((await errorOf(await limits(await session()))).slice(0, 2)).toEqual([
      403,
      'INVALID_OPERATION_WITH_EXPIRED_PASSWORD',
    ]);
  });
});

describe('An org', () => {
  it('without the API says so', async () => {
    const token = await session();
    await settings({ apiEnabled: false });
    expect(await errorOf(await limits(token))).toEqual([
      403,
      'API_DISABLED_FOR_ORG',
      'The REST API is not enabled for this Organization.',
    ]);
  });

  it('may give the app a limit of its own, which its answers tell', async () => {
    await settings({ appDailyCalls: 2 });
    const token = await session();
    const { headers } = await limits(token);
    expect(headers.get('sforce-limit-info')).toMatch(
      /^api-usage=\d+\/\d+; per-app-api-usage=1\/2\(appName=\w+\)$/,
    );
    await limits(token);
    expect((await errorOf(await limits(token))).slice(0, 2)).toEqual([
      403,
      'REQUEST_LIMIT_EXCEEDED',
    ]);
  });

  it('may block the password flow, and want an administrator’s approval', async () => {
    await settings({ passwordFlow: false });
    expect((await client.byPassword()).error).toBe('invalid_grant: authentication failure');
    await settings({ passwordFlow: true, adminApprovedUsersOnly: true });
    expect((await client.byPassword()).error).toBe(
      'invalid_app_access: user is not admin approved to access this app',
    );
    await settings({ approvedProfiles: ['Sync User'] });
    expect((await client.byPassword()).status).toBe(200);
  });
});
