import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, countWhere, jsforceConnection } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

const base = '/services/data/v60.0';
const create = (referenceId: string, object: string, body: object) => ({
  method: 'POST',
  url: `${base}/sobjects/${object}`,
  referenceId,
  body,
});

const lead = (referenceId: string, lastName: string) =>
  create(referenceId, 'Lead', { LastName: lastName, Company: 'Acme' });
const read = (referenceId: string, url: string) => ({
  method: 'GET',
  url: `${base}/${url}`,
  referenceId,
});

const composite = (compositeRequest: object[], rest_: object = {}) =>
  rest('POST', 'composite', { compositeRequest, ...rest_ });

const leadsNamed = (lastName: string) => countWhere(sandbox, 'Lead', 'LastName', lastName);

describe('Composite', () => {
  it('answers each subrequest in order with status, headers, body and referenceId', async () => {
    const { status, body } = await composite([lead('r1', 'One'), read('r2', 'sobjects/Wish')]);
    expect(status).toBe(200);
    expect(body.compositeResponse).toEqual([
      {
        body: { id: expect.stringMatching(/^00Q\w{15}$/), success: true, errors: [] },
        httpHeaders: { Location: expect.stringContaining(`${base}/sobjects/Lead/00Q`) },
        httpStatusCode: 201,
        referenceId: 'r1',
      },
      {
        body: [{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }],
        httpHeaders: {},
        httpStatusCode: 404,
        referenceId: 'r2',
      },
    ]);
  });

  it('a subrequest uses the answer of an earlier one in its URL and its body', async () => {
    const { body } = await composite([
      create('account', 'Account', { Name: 'Refers' }),
      create('contact', 'Contact', { LastName: 'Child', AccountId: '@{account.id}' }),
      read('row', 'sobjects/Contact/@{contact.id}?fields=AccountId'),
    ]);
    const [account, , row] = body.compositeResponse;
    expect(row.body.AccountId).toBe(account.body.id);
  });

  it('a reference to something that failed halts only the subrequest that needs it', async () => {
    const { body } = await composite([
      create('bad', 'Lead', {}),
      read('needs', 'sobjects/Lead/@{bad.id}'),
      lead('free', 'Free'),
    ]);
    const [bad, needs, free] = body.compositeResponse;
    expect([bad.httpStatusCode, needs.httpStatusCode, free.httpStatusCode]).toEqual([
      400, 400, 201,
    ]);
    expect(needs.body).toEqual([
      {
        errorCode: 'PROCESSING_HALTED',
        message:
          "Invalid reference specified. No value for bad.id found in bad. Provided referenceId ('bad.id') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_').",
      },
    ]);
  });

  it('allOrNone really rolls back, and the others say so', async () => {
    const { body } = await composite(
      [lead('a', 'Undone'), create('b', 'Lead', {}), lead('c', 'Undone')],
      {
        allOrNone: true,
      },
    );
    const [a, b, c] = body.compositeResponse;
    expect(b.body[0].errorCode).toBe('REQUIRED_FIELD_MISSING');
    for (const other of [a, c])
      expect(other).toMatchObject({
        httpStatusCode: 400,
        body: [
          {
            errorCode: 'PROCESSING_HALTED',
            message:
              'The transaction was rolled back since another operation in the same transaction failed.',
          },
        ],
      });
    expect(await leadsNamed('Undone')).toBe(0);
  });

  it('allOrNone overrides that of a collection inside, and keeps all when nothing fails', async () => {
    const records = (...lastNames: (string | null)[]) => ({
      method: 'POST',
      url: `${base}/composite/sobjects`,
      referenceId: 'many',
      body: {
        allOrNone: false,
        records: lastNames.map((LastName) => ({
          attributes: { type: 'Lead' },
          LastName,
          Company: 'Acme',
        })),
      },
    });
    await composite([lead('a', 'Both'), records('Both', null)], { allOrNone: true });
    expect(await leadsNamed('Both')).toBe(0);
    await composite([lead('a', 'Both'), records('Both', 'Both')], { allOrNone: true });
    expect(await leadsNamed('Both')).toBe(3);
  });

  it('A6: first pages of several queries travel in one call, which counts once', async () => {
    const before = await control(sandbox, 'GET', '/calls');
    const query = (referenceId: string, object: string) =>
      read(referenceId, `query?q=${encodeURIComponent(`SELECT Id FROM ${object}`)}`);
    const { body } = await composite([
      query('a', 'Account'),
      query('b', 'Lead'),
      query('c', 'User'),
    ]);
    for (const { httpStatusCode, body: page } of body.compositeResponse) {
      expect(httpStatusCode).toBe(200);
      expect(page.totalSize).toBeGreaterThan(0);
    }
    const after = await control(sandbox, 'GET', '/calls');
    expect(after.total).toBe(before.total + 1);
    expect(after.byKind.composite).toBe((before.byKind.composite ?? 0) + 1);
  });

  it('trap 12: a query longer than a URI may be fits in a composite', async () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `'00Q${String(i).padStart(12, '0')}'`);
    const soql = `SELECT Id FROM Lead WHERE Id IN (${ids.join(',')})`;
    const { body } = await composite([read('long', `query?q=${encodeURIComponent(soql)}`)]);
    expect(body.compositeResponse[0].httpStatusCode).toBe(200);
  });

  it.each([
    ['26 subrequests', Array.from({ length: 26 }, (_, i) => lead(`r${i}`, 'Many')), 25],
    ['6 queries', Array.from({ length: 6 }, (_, i) => read(`r${i}`, 'query?q=x')), 5],
  ])('%s get one answer in place of all: LIMIT_EXCEEDED', async (_name, parts, limit) => {
    const { body } = await composite(parts);
    expect(body.compositeResponse).toEqual([
      {
        body: [
          {
            errorCode: 'LIMIT_EXCEEDED',
            message: expect.stringContaining(`The request can’t contain more than ${limit} `),
          },
        ],
        httpHeaders: {},
        httpStatusCode: 400,
        referenceId: null,
      },
    ]);
    expect(await leadsNamed('Many')).toBe(0);
  });

  it.each([
    ['two with one referenceId', [lead('r', 'Twice'), lead('r', 'Twice')]],
    ['a referenceId with a dash', [lead('r-1', 'Dash')]],
    ['an Authorization header', [{ ...lead('r', 'Own'), httpHeaders: { Authorization: 'x' } }]],
    ['a composite inside', [read('r', 'composite')]],
    ['a URL elsewhere', [{ ...lead('r', 'Far'), url: '/control/calls' }]],
  ])('%s are refused as a whole', async (_name, parts) => {
    expect((await composite(parts)).status).toBe(400);
    expect(await leadsNamed('Many')).toBe(0);
  });

  it('methods are case-sensitive, and empty answers are null', async () => {
    const { body: created } = await rest('POST', 'sobjects/Lead', { LastName: 'X', Company: 'Y' });
    const url = `${base}/sobjects/Lead/${created.id}`;
    const { body } = await composite([
      { method: 'get', url, referenceId: 'a' },
      { method: 'DELETE', url, referenceId: 'b' },
    ]);
    expect(body.compositeResponse).toMatchObject([
      { httpStatusCode: 405 },
      { httpStatusCode: 204, body: null },
    ]);
  });

  it('jsforce reads it', async () => {
    const connection = await jsforceConnection(sandbox);
    const answer = await connection.request<{ compositeResponse: { httpStatusCode: number }[] }>({
      method: 'POST',
      url: '/composite',
      body: JSON.stringify({ compositeRequest: [lead('r1', 'ByJsforce')] }),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.compositeResponse[0]?.httpStatusCode).toBe(201);
  });
});
