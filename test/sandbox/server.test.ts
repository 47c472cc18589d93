import { request as httpRequest, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { prettyJson } from '../../sandbox/http/pretty-json.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { login, restClient } from './support-client.ts';

const sandbox = sandboxForTests();
let rest: ReturnType<typeof restClient>;
let accessToken: string;
beforeAll(async () => {
  accessToken = await login(sandbox);
  rest = restClient(sandbox, accessToken);
});

const plain = (path: string, init?: RequestInit) => fetch(sandbox.url + path, init);

describe('Common REST', () => {
  it('the list of versions needs no login and is ascending', async () => {
    const response = await plain('/services/data');
    const versions = (await response.json()) as { label: string; url: string; version: string }[];
    expect(response.headers.get('sforce-limit-info')).toBeNull();
    expect(versions.at(0)).toEqual({
      label: "Summer '14",
      url: '/services/data/v31.0',
      version: '31.0',
    });
    expect(versions.at(-1)).toMatchObject({ label: "Summer '26", version: '67.0' });
    expect(versions.find(({ version }) => version === '59.0')?.label).toBe("Winter '24");
  });

  it('a version lists its resources and the identity URL', async () => {
    const { body } = await rest('GET', '/services/data/v59.0');
    expect(body.sobjects).toBe('/services/data/v59.0/sobjects');
    expect(body.identity).toMatch(new RegExp(`^${sandbox.url}/id/00D`));
  });

  it('answers carry their headers with the capitals of Salesforce’s', async () => {
    const namesOf = async (path: string, headers: Record<string, string>) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest(sandbox.url + path, { headers }, resolve)
          .on('error', reject)
          .end();
      });
      response.resume();
      return response.rawHeaders;
    };
    const authorization = `Bearer ${accessToken}`;
    expect(await namesOf('/services/data/v60.0/sobjects/Lead', { authorization })).toEqual(
      expect.arrayContaining(['Sforce-Limit-Info', 'Content-Type', 'ETag', 'Last-Modified']),
    );
    const bulk = await namesOf('/services/async/60.0/job/750', { 'x-sfdc-session': accessToken });
    expect(bulk.filter((name) => /^content-type$/i.test(name))).toEqual(['Content-Type']);
  });

  it('X-PrettyPrint only adds white space: a double keeps its point', async () => {
    const lead = { LastName: 'P', Company: 'C', AnnualRevenue: 300 };
    const { id } = (await rest('POST', 'sobjects/Lead', lead)).body;
    const text = async (headers: Record<string, string>) => {
      const answer = await plain(`/services/data/v60.0/sobjects/Lead/${id}?fields=AnnualRevenue`, {
        headers: { authorization: `Bearer ${accessToken}`, ...headers },
      });
      return answer.text();
    };
    const url = `/services/data/v60.0/sobjects/Lead/${id}`;
    expect(await text({ 'x-prettyprint': '1' })).toBe(
      `{\n  "attributes" : {\n    "type" : "Lead",\n    "url" : "${url}"\n  },\n  "AnnualRevenue" : 300.0\n}`,
    );
    expect(await text({})).toContain('"AnnualRevenue":300.0');
    expect(prettyJson('{"a":[],"b":{},"c":[1,{"d":"[,"}]}')).toBe(
      '{\n  "a" : [ ],\n  "b" : { },\n  "c" : [ 1, {\n    "d" : "[,"\n  } ]\n}',
    );
  });

  it('POST with _HttpMethod stands for a method that a client cannot send', async () => {
    const { body } = await rest('POST', 'sobjects/Lead', { LastName: 'M', Company: 'C' });
    const path = `sobjects/Lead/${body.id}`;
    expect((await rest('POST', `${path}?_HttpMethod=PATCH`, { Title: 'T' })).status).toBe(204);
    expect((await rest('GET', `${path}?fields=Title`)).body.Title).toBe('T');
    expect((await rest('POST', path, {})).status).toBe(405);
  });

  it('L4: polling a job is no query job of the day', async () => {
    const remaining = async () => (await rest('GET', 'limits')).body.DailyBulkV2QueryJobs.Remaining;
    const before = await remaining();
    const job = { operation: 'query', query: 'SELECT Id FROM User' };
    const { body } = await rest('POST', 'jobs/query', job);
    await rest('GET', `jobs/query/${body.id}`);
    expect(await remaining()).toBe(before - 1);
  });

  it.each(['v6.0', 'v68.0', 'v59', 'v59.5'])('version %s does not exist', async (version) => {
    const { status, body } = await rest('GET', `/services/data/${version}/sobjects`);
    expect([status, body[0].errorCode]).toEqual([404, 'NOT_FOUND']);
  });

  it.each(['v7.0', 'v30.0'])('version %s has been retired: 410', async (version) => {
    const { status, body } = await rest('GET', `/services/data/${version}/sobjects`);
    expect([status, body[0].errorCode]).toEqual([410, 'GONE']);
  });

  it('M1: each authorised answer carries the calls used, counted for real', async () => {
    const used = async () => {
      const { headers } = await rest('GET', 'sobjects/Lead');
      const [, count, limit] = /^api-usage=(\d+)\/(\d+)$/.exec(headers.get('sforce-limit-info')!)!;
      return [Number(count), Number(limit)];
    };
    const [first, limit] = await used();
    const [second] = await used();
    expect(second).toBe(first! + 1);
    const { body } = await rest('GET', 'limits');
    expect(body.DailyApiRequests).toEqual({ Max: limit, Remaining: limit! - first! - 2 });
  });

  it('trap 30: an unknown session is 401 with an array, WWW-Authenticate and no limit header', async () => {
    const response = await plain('/services/data/v60.0/limits', {
      headers: { authorization: `Bearer ${sandbox.orgId.slice(0, 15)}!dead` },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Token');
    expect(response.headers.get('sforce-limit-info')).toBeNull();
    expect(await response.json()).toEqual([
      { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
    ]);
  });

  it('without an Authorization header the answer is INVALID_AUTH_HEADER', async () => {
    const response = await plain('/services/data/v60.0/limits');
    expect([response.status, await response.json()]).toEqual([
      401,
      [{ message: 'INVALID_HEADER_TYPE', errorCode: 'INVALID_AUTH_HEADER' }],
    ]);
  });

  it('the OAuth scheme is as good as Bearer', async () => {
    const response = await plain('/services/data/v60.0/limits', {
      headers: { authorization: `OAuth ${accessToken}` },
    });
    expect(response.status).toBe(200);
  });

  it('paths compare without case, and end with or without a slash or .json', async () => {
    for (const path of [
      'SOBJECTS/lead/DESCRIBE',
      'sobjects/Lead/describe/',
      'sobjects/lead/describe.json',
    ])
      expect((await rest('GET', path)).body.name).toBe('Lead');
  });

  it('an unknown resource is NOT_FOUND, a known one with another method METHOD_NOT_ALLOWED', async () => {
    const { status, body } = await rest('GET', 'wishes');
    expect([status, body]).toEqual([
      404,
      [{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }],
    ]);
    const refused = await rest('POST', 'query', {});
    expect([refused.status, refused.body[0].errorCode]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(refused.body[0].message).toBe("HTTP Method 'POST' not allowed. Allowed are HEAD,GET");
    const row = await rest('POST', 'sobjects/Lead/00Q000000000000AAA', {});
    expect(row.body[0].message).toBe(
      "HTTP Method 'POST' not allowed. Allowed are HEAD,GET,PATCH,DELETE",
    );
  });

  it('broken JSON is JSON_PARSER_ERROR with the place', async () => {
    const { status, body } = await rest('POST', 'sobjects/Lead', '{ invalid }');
    expect([status, body]).toEqual([
      400,
      [
        {
          message:
            "Unexpected character ('i' (code 105)): was expecting double-quote to start field name at [line:1, column:3]",
          errorCode: 'JSON_PARSER_ERROR',
        },
      ],
    ]);
  });

  it('a body of another type than JSON is refused with 415', async () => {
    for (const contentType of ['application/x-www-form-urlencoded', 'application/wish']) {
      const headers = { 'content-type': contentType };
      const { status } = await rest('POST', 'sobjects/Lead', 'LastName=Form', headers);
      expect(status).toBe(415);
    }
  });

  it('a body may be gzipped, and so is the answer when accepted', async () => {
    const response = await plain('/services/data/v60.0/sobjects/Lead', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(JSON.stringify({ LastName: 'Zipped', Company: 'Acme' })),
    });
    expect(response.status).toBe(201);
    const described = await plain('/services/data/v60.0/sobjects/Lead/describe', {
      headers: { authorization: `Bearer ${accessToken}`, 'accept-encoding': 'gzip' },
    });
    expect(described.headers.get('content-encoding')).toBe('gzip');
    expect(((await described.json()) as { name: string }).name).toBe('Lead');
  });

  it('X-PrettyPrint adds white space only', async () => {
    const response = await plain('/services/data/v60.0/limits', {
      headers: { authorization: `Bearer ${accessToken}`, 'x-prettyprint': '1' },
    });
    expect(await response.text()).toMatch(/^\{\n {2}"/);
  });

  it('trap 12: a URI over 16,384 bytes is 414, with its headers over it 431', async () => {
    const statusOf = (path: string, headers: Record<string, string> = {}) =>
      new Promise((resolve, reject) => {
        httpRequest(sandbox.url + path, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    const path = '/services/data/v60.0/query?q=';
    expect(await statusOf(path + 'x'.repeat(16_400))).toBe(414);
    expect(await statusOf(path + 'x'.repeat(9000), { 'x-long': 'y'.repeat(9000) })).toBe(431);
  });

  it('the first answer sets a BrowserId, HEAD has no body, and Date is there', async () => {
    const { status, headers, body } = await rest('HEAD', 'sobjects/Lead/describe');
    expect([status, body]).toEqual([200, '']);
    expect(headers.get('set-cookie')).toMatch(/^BrowserId=/);
    expect(Date.parse(headers.get('date')!)).not.toBeNaN();
  });

  it('limits/recordCount counts what was asked for and leaves empty tables out', async () => {
    const { body } = await rest('GET', 'limits/recordCount?sObjects=contact,User');
    expect(body.sObjects.map(({ name }: { name: string }) => name)).toEqual(['Contact', 'User']);
    expect(body.sObjects[0].count).toBeGreaterThan(0);
  });
});
