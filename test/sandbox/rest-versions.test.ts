import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

describe('API versions', () => {
  it.each([
    ['POST', 'composite/batch', 34],
    ['POST', 'composite/tree/Account', 34],
    ['POST', 'composite', 38],
    ['GET', 'limits/recordCount', 40],
    ['POST', 'composite/sobjects', 42],
    ['GET', 'composite/sobjects/Account?ids=x&fields=Id', 42],
    ['PATCH', 'composite/sobjects/Lead/Tandem_Id__c', 46],
    ['GET', 'jobs/query', 47],
    ['POST', 'composite/graph', 50],
  ])('%s %s is there since %i.0', async (method, path, since) => {
    const ask = (version: number) =>
      rest(method, `/services/data/v${version}.0/${path}`, method === 'GET' ? undefined : {});
    expect(await ask(since - 1)).toMatchObject({
      status: 404,
      body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
    });
    expect((await ask(since)).status).not.toBe(404);
  });

  it('rows, describes and queries are there in all of them', async () => {
    for (const version of [31, 40, 67])
      for (const path of [
        'sobjects',
        'sobjects/Account/describe',
        'query?q=SELECT+Id+FROM+Lead',
        'limits',
      ])
        expect((await rest('GET', `/services/data/v${version}.0/${path}`)).status).toBe(200);
  });

  it('URLs in answers are of the version asked', async () => {
    const { body } = await rest('GET', '/services/data/v45.0/sobjects/Account');
    expect(body.objectDescribe.urls.describe).toBe(
      '/services/data/v45.0/sobjects/Account/describe',
    );
  });
});

describe('Small resources', () => {
  it('are there with nothing in them', async () => {
    expect((await rest('GET', 'tabs')).body).toEqual([]);
    expect((await rest('GET', 'theme')).body).toEqual({ themeItems: [] });
    expect((await rest('GET', 'sobjects/account/listviews')).body).toEqual({
      done: true,
      listviews: [],
      nextRecordsUrl: null,
      size: 0,
      sobjectType: 'Account',
    });
    expect((await rest('GET', 'sobjects/Account/describe/approvalLayouts')).body).toEqual({
      approvalLayouts: [],
    });
    expect((await rest('GET', 'sobjects/Account/quickActions')).body).toEqual([]);
  });

  it('layouts are not there', async () => {
    for (const path of [
      'layouts',
      'layouts/012000000000000AAA',
      'compactLayouts',
      'namedLayouts/x',
    ])
      expect(await rest('GET', `sobjects/Account/describe/${path}`)).toMatchObject({
        status: 404,
        body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
      });
  });

  it('SOSL is switched off', async () => {
    const { status, body } = await rest('GET', 'search?q=FIND+%7Bx%7D');
    expect([status, body[0].errorCode]).toEqual([403, 'FUNCTIONALITY_NOT_ENABLED']);
  });

  it('each name in the list of resources leads somewhere', async () => {
    const { body } = await rest('GET', '/services/data/v60.0');
    for (const name of ['recent', 'tabs', 'theme', 'limits', 'sobjects', 'composite'])
      expect((await rest('GET', body[name])).status).toBe(200);
    const old = (await rest('GET', '/services/data/v37.0')).body;
    expect(old.parameterizedSearch).toBe('/services/data/v37.0/parameterizedSearch');
    expect(old).not.toHaveProperty('composite');
    expect(old).not.toHaveProperty('jobs');
  });

  it('limits name what Salesforce’s do', async () => {
    const { body } = await rest('GET', 'limits');
    expect(Object.keys(body).length).toBeGreaterThan(50);
    for (const limit of Object.values(body) as { Max: number; Remaining: number }[])
      expect(limit).toEqual({ Max: expect.any(Number), Remaining: expect.any(Number) });
  });
});

describe('Methods', () => {
  it('OPTIONS of an origin that is on no list is 404, session or not', async () => {
    const response = await fetch(`${sandbox.url}/services/data/v60.0/sobjects/Lead`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(404);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('HEAD is there wherever GET is', async () => {
    for (const path of [
      'limits',
      'sobjects',
      'recent',
      'composite',
      'query?q=SELECT+Id+FROM+Lead',
    ]) {
      const { status, body } = await rest('HEAD', path);
      expect([status, body]).toEqual([200, '']);
    }
  });

  it.each([
    ['POST', 'limits', 'HEAD,GET'],
    ['DELETE', 'composite', 'HEAD,GET,POST'],
    ['PUT', 'sobjects/Lead', 'HEAD,GET,POST'],
    ['PUT', 'composite/sobjects', 'POST,PATCH,DELETE'],
    ['GET', 'composite/graph', 'POST'],
    ['GET', 'composite/tree/Account', 'POST'],
    ['PUT', 'sobjects/Lead/Email/a@b.c', 'HEAD,GET,PATCH,DELETE'],
  ])('%s %s is not allowed; the answer says what is', async (method, path, allowed) => {
    expect(await rest(method, path, method === 'GET' ? undefined : {})).toMatchObject({
      status: 405,
      body: [
        {
          errorCode: 'METHOD_NOT_ALLOWED',
          message: `HTTP Method '${method}' not allowed. Allowed are ${allowed}`,
        },
      ],
    });
  });

  it('the header Allow says the same', async () => {
    const { headers } = await rest('PUT', 'sobjects/Lead', {});
    expect(headers.get('allow')).toBe('HEAD,GET,POST');
  });
});

describe('jsforce by request', () => {
  it('reads trees, graphs, relationships and recent items', async () => {
    const connection = await jsforceConnection(sandbox);
    const tree = await connection.requestPost<{ results: { id: string }[] }>(
      '/composite/tree/Account',
      {
        records: [
          {
            attributes: { type: 'Account', referenceId: 'a' },
            Name: 'Tree',
            Contacts: {
              records: [{ attributes: { type: 'Contact', referenceId: 'b' }, LastName: 'Leaf' }],
            },
          },
        ],
      },
    );
    const [account, contact] = tree.results;
    const parent = await connection.request<{ Id: string }>(
      `/sobjects/Contact/${contact!.id}/Account`,
    );
    expect(parent.Id).toBe(account!.id);
    const children = await connection.request<{ totalSize: number }>(
      `/sobjects/Account/${account!.id}/Contacts`,
    );
    expect(children.totalSize).toBe(1);
    const items = await connection.request({
      method: 'GET',
      url: `/sobjects/Account/${account!.id}`,
      headers: { 'Sforce-Mru': 'updateMru=true' },
    });
    expect(items).toMatchObject({ Name: 'Tree' });
    expect(await connection.recent('Account')).toMatchObject([{ Id: account!.id }]);
    expect(await connection.recent()).toMatchObject([{ Id: account!.id }]);
  });
});
