import { describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { client: sync, create } = recordsForTests();

const lead = (fields: object = {}) => ({ LastName: 'Okafor', Company: 'Lagos Ltd', ...fields });
describe('conditions', () => {
  const date = (offset: number) => new Date(Date.now() + offset).toUTCString();

  it('If-Modified-Since answers 304 to a row that is no newer', async () => {
    const id = await create('Lead', lead());
    const known = await sync.call('GET', `/sobjects/Lead/${id}`);
    const modified = known.headers.get('last-modified')!;
    expect(
      (await sync.call('GET', `/sobjects/Lead/${id}`, undefined, { 'if-modified-since': modified }))
        .status,
    ).toBe(304);
    const older = await sync.call('GET', `/sobjects/Lead/${id}`, undefined, {
      'if-modified-since': date(-60_000),
    });
    expect(older.status).toBe(200);
  });

  it('If-Unmodified-Since answers 412 to a row that has changed, and leaves it as it is', async () => {
    const id = await create('Lead', lead());
    const headers = { 'if-unmodified-since': date(-60_000) };
    expect(
      (await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'no' }, headers)).status,
    ).toBe(412);
    expect((await sync.call('GET', `/sobjects/Lead/${id}?fields=Title`)).body.Title).toBeNull();
    const fine = { 'if-unmodified-since': date(1000) };
    expect((await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'yes' }, fine)).status).toBe(
      204,
    );
  });

  it('accounts have entity tags', async () => {
    const id = await create('Account', { Name: 'Acme' });
    const tag = (await sync.call('GET', `/sobjects/Account/${id}`)).headers.get('etag')!;
    expect(
      (await sync.call('GET', `/sobjects/Account/${id}`, undefined, { 'if-none-match': tag }))
        .status,
    ).toBe(304);
    const refused = await sync.call(
      'PATCH',
      `/sobjects/Account/${id}`,
      { Site: 'x' },
      { 'if-match': '"other"' },
    );
    expect(refused.status).toBe(412);
    expect(
      (await sync.call('PATCH', `/sobjects/Account/${id}`, { Site: 'x' }, { 'if-match': tag }))
        .status,
    ).toBe(204);
  });

  it('reads are refused like writes when the row has changed since', async () => {
    const id = await create('Account', { Name: 'Acme' });
    const path = `/sobjects/Account/${id}`;
    const ask = (headers: Record<string, string>) => sync.call('GET', path, undefined, headers);
    expect((await ask({ 'if-unmodified-since': date(-60_000) })).status).toBe(412);
    expect((await ask({ 'if-unmodified-since': date(1000) })).status).toBe(200);
    expect((await ask({ 'if-match': '"other"' })).status).toBe(412);
    expect((await ask({ 'if-match': '*' })).status).toBe(200);
    const describe = await sync.call('GET', '/sobjects/Account/describe', undefined, {
      'if-unmodified-since': date(-86_400_000),
    });
    expect(describe).toMatchObject({ status: 412, body: [{ errorCode: 'PRECONDITION_FAILED' }] });
  });

  it('a date that is none, and tags of objects that have none, are no conditions', async () => {
    const id = await create('Lead', lead());
    const headers = { 'if-unmodified-since': 'yesterday', 'if-match': '"other"' };
    expect((await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'x' }, headers)).status).toBe(
      204,
    );
    const known = { 'if-modified-since': 'yesterday', 'if-none-match': '*' };
    expect((await sync.call('GET', `/sobjects/Lead/${id}`, undefined, known)).status).toBe(200);
  });
});
