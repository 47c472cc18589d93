import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

const create = (richInput: object) => ({ method: 'POST', url: 'v60.0/sobjects/Lead', richInput });
const good = create({ LastName: 'Batch', Company: 'Acme' });
const bad = create({});

describe('Composite batch', () => {
  it('runs each subrequest by itself and says whether any failed', async () => {
    const { status, body } = await rest('POST', 'composite/batch', {
      batchRequests: [good, bad, good],
    });
    expect(status).toBe(200);
    expect(body.hasErrors).toBe(true);
    expect(body.results.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([
      201, 400, 201,
    ]);
  });

  it('haltOnError leaves the rest undone', async () => {
    const { body } = await rest('POST', 'composite/batch', {
      haltOnError: true,
      batchRequests: [bad, good],
    });
    expect(body.results[1]).toMatchObject({
      statusCode: 412,
      result: [{ errorCode: 'BATCH_PROCESSING_HALTED' }],
    });
  });

  it('more than 25 subrequests are refused', async () => {
    const batchRequests = Array.from({ length: 26 }, () => good);
    expect((await rest('POST', 'composite/batch', { batchRequests })).status).toBe(400);
  });
});

describe('Subrequests of a batch', () => {
  const statuses = (body: { results: { statusCode: number }[] }) =>
    body.results.map(({ statusCode }) => statusCode);

  it('update a record and read it back', async () => {
    const { id } = (await rest('POST', 'sobjects/Account', { Name: 'Old' })).body;
    const { body } = await rest('POST', 'composite/batch', {
      batchRequests: [
        { method: 'PATCH', url: `v60.0/sobjects/account/${id}`, richInput: { Name: 'NewName' } },
        { method: 'GET', url: `v60.0/sobjects/account/${id}?fields=Name,BillingPostalCode` },
        { method: 'GET', url: 'v34.0/limits' },
      ],
    });
    expect(body.hasErrors).toBe(false);
    expect(body.results[0]).toEqual({ statusCode: 204, result: null });
    expect(body.results[1]).toMatchObject({ statusCode: 200, result: { Name: 'NewName' } });
    expect(statuses(body)).toEqual([204, 200, 200]);
  });

  it('are of version 34.0 at least, and no newer than the batch', async () => {
    const batch = (version: number, url: string) =>
      rest('POST', `/services/data/v${version}.0/composite/batch`, {
        batchRequests: [{ method: 'GET', url }],
      });
    expect(statuses((await batch(35, 'v35.0/limits')).body)).toEqual([200]);
    expect((await batch(34, 'v35.0/limits')).status).toBe(400);
    expect((await batch(40, 'v33.0/limits')).status).toBe(400);
    expect((await batch(33, 'v33.0/limits')).status).toBe(404);
  });

  it.each([
    ['a method that is none', { method: 'get', url: 'v60.0/limits' }],
    ['no url', { method: 'GET' }],
    ['a batch inside', { method: 'POST', url: 'v60.0/composite/batch', richInput: {} }],
    ['a binary part', { ...good, binaryPartName: 'a', binaryPartNameAlias: 'Body' }],
    ['null', null],
  ])('%s fails the batch before any is run', async (_name, part) => {
    const { status } = await rest('POST', 'composite/batch', { batchRequests: [good, part] });
    expect(status).toBe(400);
  });
});
