import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  QueryTimeout,
  SalesforceRejected,
  SalesforceUnavailable,
} from '../../src/salesforce/errors.ts';
import { type Asked, api, failure, refusal, type Script, script } from './support.ts';

let server: Script;
afterEach(() => server?.close());

const date = 'Fri, 02 Jan 2026 03:04:05 GMT';
const limits = { 'sforce-limit-info': 'api-usage=76/15000' };
const page = (records: object[] = []) => ({ totalSize: records.length, done: true, records });

/** Answers each query of a Composite call by what `answer` says of it. */
const composite = (answer: (soql: string) => object) => (asked: Asked) => ({
  headers: { date, ...limits },
  body: {
    compositeResponse: JSON.parse(asked.body)
      .compositeRequest.map(({ url, referenceId }: { url: string; referenceId: string }) => ({
        httpHeaders: {},
        httpStatusCode: 200,
        referenceId,
        ...answer(new URL(url, 'http://x').searchParams.get('q')!),
      }))
      .reverse(), // the order is Salesforce's own affair
  },
});

describe('first pages', () => {
  it('M2: five queries are one call by queryAll, and the answers come in the order asked', async () => {
    server = await script([composite((q) => ({ body: page([{ attributes: {}, Id: q }]) }))]);
    const salesforce = server.client();
    const queries = ['q,1', 'q 2', 'q+3', 'q&4', 'q=5'];
    const { pages } = await salesforce.firstPages(queries);
    expect(pages).toEqual(queries.map((Id) => ({ totalSize: 1, rows: [{ Id }], next: null })));
    expect(server.asked).toHaveLength(1);
    expect(JSON.parse(server.asked[0]!.body)).toMatchObject({ allOrNone: false });
    expect(server.asked[0]!.path).toBe(`${api}/composite`);
    expect(JSON.parse(server.asked[0]!.body).compositeRequest[0].url).toBe(`${api}/queryAll?q=q,1`);
    expect(salesforce.usage()).toEqual({ used: 76, limit: 15000 });
  });

  it('M2: eleven queries are three calls', async () => {
    server = await script([composite((q) => ({ body: page([{ Id: q }]) }))]);
    const queries = Array.from({ length: 11 }, (_, index) => `q${index}`);
    const { pages } = await server.client().firstPages(queries);
    expect(pages.map((found) => 'rows' in found && found.rows[0]!.Id)).toEqual(queries);
    expect(server.asked).toHaveLength(3);
  });

  it('N3: a query that fails stands in its place and fails no other', async () => {
    server = await script([
      composite((q) =>
        q === 'slow'
          ? { httpStatusCode: 400, body: [{ errorCode: 'QUERY_TIMEOUT', message: 'long' }] }
          : { body: { ...page(), done: false, nextRecordsUrl: `${api}/query/01g-2000` } },
      ),
    ]);
    const { pages } = await server.client().firstPages(['a', 'slow', 'b']);
    expect(pages[1]).toEqual({ error: expect.any(QueryTimeout) });
    expect(pages[0]).toEqual(pages[2]);
    expect(pages[0]).toMatchObject({ next: `${api}/query/01g-2000` });
  });

  it('trap 12: a query too long for a URL is refused alone, and not even sent', async () => {
    server = await script([composite(() => ({ body: page() }))]);
    const { pages } = await server.client().firstPages(['a', 'x'.repeat(16_001)]);
    expect(pages[1]).toMatchObject({ error: { code: 'URI_TOO_LONG' } });
    expect(JSON.parse(server.asked[0]!.body).compositeRequest).toHaveLength(1);
  });

  it('trap 3: the server’s time is its Date header, less what the call took', async () => {
    server = await script([composite(() => ({ body: page() }))]);
    const { serverTime } = await server.client().firstPages(['a']);
    const early = new Date(date).getTime() - serverTime.getTime();
    expect(early).toBeGreaterThanOrEqual(0);
    expect(early).toBeLessThan(5_000);
  });

  it('with nothing to ask only the time is asked, at no cost', async () => {
    server = await script([() => ({ headers: { date }, body: [] })]);
    expect((await server.client().firstPages([])).pages).toEqual([]);
    expect(server.asked[0]!.path).toBe('/services/data');
  });
});

describe('reading', () => {
  it('counts by COUNT(), live rows only', async () => {
    server = await script([() => ({ body: { totalSize: 42, done: true, records: [] } })]);
    expect(await server.client().count('Lead', 'IsConverted = false')).toBe(42);
    expect(new URL(server.asked[0]!.path, server.url).searchParams.get('q')).toBe(
      'SELECT COUNT() FROM Lead WHERE (IsConverted = false)',
    );
    expect(server.asked[0]!.path).toMatch(/\/query\?/);
  });

  it('retrieves any number of ids, 2,000 a call, in their order, null for what is not there', async () => {
    server = await script([
      ({ body }) => ({
        body: JSON.parse(body).ids.map((Id: string) => (Id.endsWith('7') ? null : { Id })),
      }),
    ]);
    const ids = Array.from({ length: 4_001 }, (_, index) => `id${index}`);
    const rows = await server.client().retrieve('Lead', ids, ['Email']);
    expect(rows.map((row) => row?.Id)).toEqual(
      ids.map((id) => (id.endsWith('7') ? undefined : id)),
    );
    expect(server.asked.map(({ body }) => JSON.parse(body).ids.length).sort()).toEqual([
      1, 2000, 2000,
    ]);
    expect(JSON.parse(server.asked[0]!.body).fields).toEqual(['Id', 'Email']);
  });

  it('follows a page only inside the org’s API: the session goes nowhere else', async () => {
    server = await script([() => ({ body: page() })]);
    const error = await failure(server.client().nextPage('//evil.example/services/'));
    expect(error).toBeInstanceOf(SalesforceUnavailable);
    expect(server.asked).toHaveLength(0);
  });

  it('understands gzip, and says who it is', async () => {
    server = await script([
      () => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify(page())) }),
    ]);
    await server.client().nextPage(`${api}/query/01g-2000`);
    expect(server.asked[0]!.headers).toMatchObject({
      'accept-encoding': 'gzip',
      'user-agent': 'tandem-test',
      authorization: 'Bearer token-1',
    });
  });

  it('describe is null for an object that the user cannot see', async () => {
    server = await script([
      () => refusal(404, 'NOT_FOUND', 'The requested resource does not exist'),
      () => ({
        body: {
          name: 'Lead',
          label: 'Lead',
          queryable: true,
          createable: true,
          fields: [
            {
              name: 'Tandem_Id__c',
              label: 'Tandem Id',
              type: 'string',
              length: 36,
              externalId: true,
              unique: true,
              custom: true,
              picklistValues: [{ value: 'a', active: true, label: 'A' }],
              referenceTo: [],
            },
          ],
        },
      }),
    ]);
    const salesforce = server.client();
    expect(await salesforce.describe('Secret__c')).toBeNull();
    const lead = await salesforce.describe('Lead');
    expect(lead).toMatchObject({ queryable: true, updateable: false });
    expect(lead!.fields[0]).toMatchObject({
      externalId: true,
      unique: true,
      compoundFieldName: null,
      picklistValues: [{ value: 'a', active: true }],
    });
  });

  it('M2: describes asked for together are one call, each with its own answer', async () => {
    server = await script([
      ({ body }) => ({
        body: {
          compositeResponse: JSON.parse(body).compositeRequest.map(
            ({ url, referenceId }: { url: string; referenceId: string }) => ({
              referenceId,
              httpStatusCode: url.includes('/Gone/') ? 404 : url.includes('/Slow/') ? 500 : 200,
              body:
                url.includes('/Gone/') || url.includes('/Slow/')
                  ? [
                      {
                        errorCode: url.includes('/Gone/') ? 'NOT_FOUND' : 'UNKNOWN_EXCEPTION',
                        message: '',
                      },
                    ]
                  : { name: url.split('/')[5], label: 'x', fields: [] },
            }),
          ),
        },
      }),
    ]);
    const salesforce = server.client();
    const found = await Promise.allSettled(
      ['Lead', 'Gone', 'Slow', 'User', 'bad name'].map((name) => salesforce.describe(name)),
    );
    expect(
      found.map((one) =>
        one.status === 'fulfilled' ? (one.value?.name ?? null) : one.reason.name,
      ),
    ).toEqual(['Lead', null, 'SalesforceUnavailable', 'User', 'SalesforceRejected']);
    expect(server.asked).toHaveLength(1);
  });

  it('N3: when the shared call fails, each describe says so', async () => {
    server = await script([() => ({ status: 503, body: '<html>' })]);
    const salesforce = server.client();
    const found = await Promise.allSettled(
      ['Lead', 'User'].map((name) => salesforce.describe(name)),
    );
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('a describe that another rule refuses is no missing object', async () => {
    server = await script([() => refusal(403, 'FUNCTIONALITY_NOT_ENABLED')]);
    expect(await failure(server.client().describe('Lead'))).toBeInstanceOf(SalesforceRejected);
  });
});
