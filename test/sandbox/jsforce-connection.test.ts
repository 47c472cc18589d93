import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import jsforce from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { control, jsforceConnection } from './support-client.ts';
import { MY_DOMAIN, startTlsProxy } from './tls-proxy.ts';

const sandbox = sandboxForTests();
let password: string;
beforeAll(async () => {
  password = sandbox.password + sandbox.securityToken;
});

const app = () => ({
  loginUrl: sandbox.url,
  clientId: sandbox.clientId,
  clientSecret: sandbox.clientSecret,
});

describe('a login', () => {
  it('over TLS needs no more than user name and password, as for any org', async () => {
    const proxy = await startTlsProxy(sandbox.url);
    const usual = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...usual, await readFile(proxy.certificateFile, 'utf8')]);
    try {
      const connection = new jsforce.Connection({ httpProxy: proxy.url });
      expect(connection.loginUrl).toBe('https://login.salesforce.com');
      const user = await connection.login(sandbox.username, password);
      expect(user.organizationId).toBe(sandbox.orgId);
      expect(connection.instanceUrl).toBe(`https://${MY_DOMAIN}`);
      const identity = await connection.identity();
      expect(identity.urls.rest).toBe(`https://${MY_DOMAIN}/services/data/v{version}/`);
      await connection.limits();
      expect(connection.limitInfo.apiUsage!.used).toBeGreaterThan(0);
    } finally {
      tls.setDefaultCACertificates(usual);
      await proxy.stop();
    }
  });

  it('by OAuth takes each grant that needs no browser', async () => {
    const { username, refreshToken } = sandbox;
    for (const grant of [
      { grant_type: 'password', username, password },
      { grant_type: 'client_credentials' },
      { grant_type: 'refresh_token', refresh_token: refreshToken },
    ]) {
      const connection = new jsforce.Connection({ oauth2: app() });
      const { id, organizationId } = await connection.authorize(grant);
      expect(organizationId).toBe(sandbox.orgId);
      expect((await connection.identity()).user_id).toBe(id);
    }
    const connection = new jsforce.Connection({ oauth2: app() });
    await connection.login(username, password);
    expect(connection.instanceUrl).toBe(sandbox.url);
  });

  it('that fails says why', async () => {
    const oauth = new jsforce.Connection({ oauth2: app() });
    await expect(oauth.login(sandbox.username, 'wrong')).rejects.toMatchObject({
      name: 'invalid_grant',
      message: 'authentication failure',
    });
    const soap = new jsforce.Connection({ loginUrl: sandbox.url });
    await expect(soap.login(sandbox.username, 'wrong')).rejects.toThrow(/^INVALID_LOGIN: Invalid/);
  });
});

describe('a session', () => {
  const expire = () => control(sandbox, 'POST', '/faults', { kind: 'expire-session', times: 1 });

  it('that has expired is replaced once, by refresh token or password, and calls go on', async () => {
    const { refreshToken, url } = sandbox;
    const byToken = new jsforce.Connection({ oauth2: app(), instanceUrl: url, refreshToken });
    await byToken.authorize({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const byPassword = new jsforce.Connection({ loginUrl: sandbox.url });
    await byPassword.login(sandbox.username, password);
    for (const connection of [byToken, byPassword]) {
      let refreshed = 0;
      connection.on('refresh', () => refreshed++);
      await expire();
      const all = await Promise.all([
        connection.query('SELECT Id FROM Lead LIMIT 1'),
        connection.identity(),
        connection.limits(),
      ]);
      expect(all[0].totalSize).toBe(1);
      expect(refreshed).toBe(1);
    }
  });

  it('without a way to another ends in INVALID_SESSION_ID', async () => {
    const stale = new jsforce.Connection({ instanceUrl: sandbox.url, accessToken: 'gone' });
    await expect(stale.limits()).rejects.toMatchObject({
      errorCode: 'INVALID_SESSION_ID',
      message: 'Session expired or invalid',
    });
  });

  it.each(['logoutBySoap', 'logoutByOAuth2'] as const)('ends with %s', async (logout) => {
    const connection = new jsforce.Connection({ loginUrl: sandbox.url });
    await connection.login(sandbox.username, password);
    const { accessToken, instanceUrl } = connection;
    await connection[logout]();
    expect(connection.accessToken).toBe(null);
    const again = new jsforce.Connection({ instanceUrl, accessToken: accessToken! });
    await expect(again.limits()).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
  });
});

describe('the org', () => {
  it('is described once as long as the cache holds', async () => {
    const connection = await jsforceConnection(sandbox);
    const described = async () =>
      (await control(sandbox, 'GET', '/calls')).byKind['sobjects/describe'] ?? 0;
    const before = await described();
    const [global, lead] = [await connection.describeGlobal$(), await connection.describe$('Lead')];
    expect(connection.sobjects.Lead).toBeDefined();
    expect(await connection.describeGlobal$()).toBe(global);
    expect(await connection.sobject('Lead').describe$()).toEqual(lead);
    expect(connection.describe$$('Lead').keyPrefix).toBe('00Q');
    expect((await described()) - before).toBe(2);
    connection.cache.clear();
    await connection.describe$('Lead');
    expect((await described()) - before).toBe(3);
  });

  it('answers for what stands beside records', async () => {
    const connection = await jsforceConnection(sandbox);
    const limits = await connection.limits();
    expect(limits.DailyApiRequests).toEqual({
      Max: expect.any(Number),
      Remaining: expect.any(Number),
    });
    expect(await connection.tabs()).toEqual([]);
    expect(await connection.theme()).toEqual({ themeItems: [] });
    expect(await connection.quickActions()).toEqual([]);
  });

  it('takes a URL from the host, from its root and from the version', async () => {
    const connection = await jsforceConnection(sandbox);
    const path = `/services/data/v${connection.version}/limits`;
    const answers = await Promise.all(
      [sandbox.url + path, path, '/limits'].map((url) => connection.request<object>(url)),
    );
    for (const answer of answers) expect(answer).toHaveProperty('DailyApiRequests');
    await expect(connection.requestPost('/limits', {})).rejects.toMatchObject({
      errorCode: 'METHOD_NOT_ALLOWED',
    });
    await expect(connection.search('FIND {Doe}')).rejects.toMatchObject({
      errorCode: 'FUNCTIONALITY_NOT_ENABLED',
    });
  });

  it('takes all at once what a composite, a batch, a tree and a graph hold', async () => {
    const connection = await jsforceConnection(sandbox);
    const base = `/services/data/v${connection.version}`;
    const lead = { LastName: 'Many', Company: 'At once' };
    const subrequest = {
      method: 'POST',
      url: `${base}/sobjects/Lead`,
      referenceId: 'a',
      body: lead,
    };
    const composite = await connection.requestPost<{
      compositeResponse: { httpStatusCode: number }[];
    }>('/composite', { allOrNone: true, compositeRequest: [subrequest] });
    expect(composite.compositeResponse[0]!.httpStatusCode).toBe(201);
    const batch = await connection.requestPost<{ results: { statusCode: number }[] }>(
      '/composite/batch',
      { batchRequests: [{ method: 'GET', url: `v${connection.version}/limits` }] },
    );
    expect(batch.results[0]!.statusCode).toBe(200);
    const tree = await connection.requestPost<{ hasErrors: boolean }>('/composite/tree/Lead', {
      records: [{ attributes: { type: 'Lead', referenceId: 'a' }, ...lead }],
    });
    expect(tree.hasErrors).toBe(false);
    const graph = await connection.requestPost<{ graphs: { isSuccessful: boolean }[] }>(
      '/composite/graph',
      { graphs: [{ graphId: '1', compositeRequest: [subrequest] }] },
    );
    expect(graph.graphs[0]!.isSuccessful).toBe(true);
  });
});
