import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

const base = '/services/data/v60.0';
const account = (referenceId: string, fields: object = {}) => ({
  method: 'POST',
  url: `${base}/sobjects/Account/`,
  body: { name: 'Cloudy Consulting', ...fields },
  referenceId,
});

const contact = (fields: object) => ({
  method: 'POST',
  url: `${base}/sobjects/Contact`,
  body: { LastName: 'Smith', ...fields },
  referenceId: 'refContact',
});

const get = (referenceId: string, path: string, httpHeaders: object = {}) => ({
  method: 'GET',
  url: `${base}/${path}`,
  referenceId,
  httpHeaders,
});

const run = async (version: number, ...compositeRequest: object[]) =>
  (await rest('POST', `/services/data/v${version}.0/composite`, { compositeRequest })).body;

const statuses = (body: { compositeResponse: { httpStatusCode: number }[] }) =>
  body.compositeResponse.map(({ httpStatusCode }) => httpStatusCode);

describe('References in a composite', () => {
  it('since 52.0 a referenceId that is no name fails the whole request', async () => {
    const parts = [account('ref[1]'), contact({ AccountId: '@{ref[1].id}' })];
    expect(await run(52, ...parts)).toEqual([
      {
        message:
          "Provided referenceId ('ref[1]') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_').",
        errorCode: 'JSON_PARSER_ERROR',
      },
    ]);
    const old = await run(51, ...parts);
    expect(statuses(old)).toEqual([201, 400]);
    expect(old.compositeResponse[0].referenceId).toBe('ref[1]');
    expect(old.compositeResponse[1].body[0].message).toMatch(
      /^Invalid reference specified\. No value for ref\[1\]\.id found in ref\./,
    );
  });

  it('since 52.0 a field that is null stands for null; before, it is as good as missing', async () => {
    const { id } = (await rest('POST', 'sobjects/Contact', { LastName: 'Wong' })).body;
    const parts = [
      get('known', `sobjects/Contact/${id}?fields=FirstName,LastName`),
      contact({ FirstName: '@{known.FirstName}', LastName: '@{known.LastName}' }),
    ];
    expect(statuses(await run(51, ...parts))).toEqual([200, 400]);
    const { compositeResponse } = await run(52, ...parts);
    const row = await rest('GET', `sobjects/Contact/${compositeResponse[1].body.id}`);
    expect(row.body).toMatchObject({ FirstName: null, LastName: 'Wong' });
  });

  it('reach into lists and compound fields, and keep the type of a number', async () => {
    const body = await run(
      60,
      account('a', { BillingCity: 'Lagos', NumberOfEmployees: 7 }),
      get('row', 'sobjects/Account/@{a.id}'),
      get(
        'found',
        `query?q=${encodeURIComponent("SELECT Id, Name FROM Account WHERE Id = '")}@{a.id}'`,
      ),
      contact({
        AccountId: '@{found.records[0].Id}',
        MailingCity: '@{row.BillingAddress.city}',
        Title: 'of @{found.records[0].Name}, @{row.NumberOfEmployees} people',
      }),
      { ...account('b', { NumberOfEmployees: '@{row.NumberOfEmployees}' }) },
    );
    expect(statuses(body)).toEqual([201, 200, 200, 201, 201]);
    const row = await rest('GET', `sobjects/Contact/${body.compositeResponse[3].body.id}`);
    expect(row.body).toMatchObject({
      AccountId: body.compositeResponse[0].body.id,
      MailingCity: 'Lagos',
      Title: 'of Cloudy Consulting, 7 people',
    });
  });

  it('names compare letter by letter, and a whole answer is no value', async () => {
    const body = await run(60, account('a'), contact({ AccountId: '@{a.Id}' }));
    expect(statuses(body)).toEqual([201, 400]);
    expect(statuses(await run(60, account('a'), contact({ Title: '@{a}' })))).toEqual([201, 400]);
    expect(statuses(await run(60, account('a'), contact({ Title: '@{a.errors}' })))).toEqual([
      201, 400,
    ]);
  });
});

describe('Headers and collation in a composite', () => {
  it('a subrequest has headers of its own: a describe that has not changed is 304', async () => {
    const [first] = (await run(60, get('d', 'sobjects/Account/describe'))).compositeResponse;
    const since = { 'If-Modified-Since': first.httpHeaders['Last-Modified'] };
    const body = await run(60, get('d', 'sobjects/Account/describe', since));
    expect(body.compositeResponse[0]).toMatchObject({ httpStatusCode: 304, body: null });
  });

  it('collateSubrequests is a boolean, and either way the answers stand in the order asked', async () => {
    for (const collateSubrequests of [true, false]) {
      const { body } = await rest('POST', 'composite', {
        collateSubrequests,
        compositeRequest: [account('a'), get('b', 'sobjects/Account/@{a.id}'), account('c')],
      });
      expect(statuses(body)).toEqual([201, 200, 201]);
    }
    const refused = await rest('POST', 'composite', {
      collateSubrequests: 'perhaps',
      compositeRequest: [account('a')],
    });
    expect(refused).toMatchObject({ status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR' }] });
  });

  it('GET composite lists what a version has', async () => {
    expect((await rest('GET', 'composite')).body).toEqual({
      tree: `${base}/composite/tree`,
      batch: `${base}/composite/batch`,
      sobjects: `${base}/composite/sobjects`,
      graph: `${base}/composite/graph`,
    });
    const old = await rest('GET', '/services/data/v41.0/composite');
    expect(Object.keys(old.body)).toEqual(['tree', 'batch']);
  });
});
