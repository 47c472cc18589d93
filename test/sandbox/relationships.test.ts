import { beforeAll, describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { client: sync, create } = recordsForTests();
let accountId: string;
let contactId: string;

beforeAll(async () => {
  accountId = await create('Account', { Name: 'Parent', Site: 'HQ' });
  contactId = await create('Contact', { LastName: 'Child', AccountId: accountId });
});

const NOT_FOUND = {
  status: 404,
  body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
};

describe('a parent by its relationship', () => {
  it('GET answers its row, whole or by fields, in any case of letters', async () => {
    const whole = await sync.call('GET', `/sobjects/Contact/${contactId}/account`);
    expect(whole).toMatchObject({
      status: 200,
      body: {
        attributes: { type: 'Account', url: `/services/data/v59.0/sobjects/Account/${accountId}` },
        Id: accountId,
        Name: 'Parent',
      },
    });
    const some = await sync.call(
      'GET',
      `/sobjects/Contact/${contactId.slice(0, 15)}/Account?fields=Site`,
    );
    expect(some.body).toEqual({ attributes: whole.body.attributes, Site: 'HQ' });
    const bad = await sync.call('GET', `/sobjects/Contact/${contactId}/Account?fields=Nope`);
    expect(bad).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
  });

  it('a path takes several steps; of a polymorphic one the object follows from the id', async () => {
    const owner = await sync.call('GET', `/sobjects/Contact/${contactId}/Account/Owner?fields=Id`);
    expect(owner.body).toMatchObject({ attributes: { type: 'User' }, Id: sync.userId });
    const children = await sync.call('GET', `/sobjects/Contact/${contactId}/Account/Contacts`);
    expect(children.body.records[0].Id).toBe(contactId);
  });

  it('PATCH changes it and DELETE deletes it, without an answer’s body', async () => {
    const doomed = await create('Account', { Name: 'Doomed' });
    const child = await create('Contact', { LastName: 'Orphan', AccountId: doomed });
    const path = `/sobjects/Contact/${child}/Account`;
    expect(await sync.call('PATCH', path, { Site: 'Branch' })).toMatchObject({
      status: 204,
      body: '',
    });
    expect((await sync.call('GET', `${path}?fields=Site`)).body.Site).toBe('Branch');
    expect(await sync.call('DELETE', path)).toMatchObject({ status: 204, body: '' });
    expect((await sync.call('GET', `/sobjects/Account/${doomed}`)).status).toBe(404);
  });

  it('is NOT_FOUND when there is none, or no such relationship, row or version', async () => {
    const alone = await create('Contact', { LastName: 'Alone' });
    for (const path of [
      `/sobjects/Contact/${alone}/Account`,
      `/sobjects/Contact/${alone}/Wish`,
      `/sobjects/Contact/${alone}/Account/Owner`,
      '/sobjects/Contact/003000000000001AAA/Account',
      `/sobjects/Contact/${contactId}/LastName/x/y`,
    ])
      expect(await sync.call('GET', path)).toMatchObject(NOT_FOUND);
    const old = `/services/data/v35.0/sobjects/Contact/${contactId}/Account`;
    expect((await sync.call('GET', old)).status).toBe(404);
  });
});

describe('children by their relationship', () => {
  it('GET answers them as a query does, with fields and pages', async () => {
    const parent = await create('Account', { Name: 'Many' });
    const records = Array.from({ length: 201 }, (_, i) => ({
      attributes: { type: 'Contact' },
      LastName: `N${i}`,
      AccountId: parent,
    }));
    await sync.call('POST', '/composite/sobjects', { records: records.slice(0, 200) });
    await sync.call('POST', '/composite/sobjects', { records: records.slice(200) });
    const { status, body } = await sync.call(
      'GET',
      `/sobjects/Account/${parent}/Contacts?fields=LastName`,
      undefined,
      { 'sforce-query-options': 'batchSize=200' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalSize: 201, done: false });
    expect(body.records[0]).toEqual({
      attributes: { type: 'Contact', url: expect.stringMatching(/\/sobjects\/Contact\/003/) },
      LastName: expect.stringMatching(/^N/),
    });
    const rest = await sync.call('GET', body.nextRecordsUrl);
    expect(rest.body).toMatchObject({ done: true, records: [{ LastName: expect.any(String) }] });
  });

  it('none is an empty result, and they are not written through the parent', async () => {
    const alone = await create('Account', { Name: 'Childless' });
    const path = `/sobjects/Account/${alone}/Contacts`;
    expect(await sync.call('GET', path)).toMatchObject({
      status: 200,
      body: { totalSize: 0, done: true, records: [] },
    });
    expect(await sync.call('PATCH', path, { LastName: 'x' })).toMatchObject({
      status: 405,
      body: [{ message: "HTTP Method 'PATCH' not allowed. Allowed are HEAD,GET" }],
    });
  });
});
