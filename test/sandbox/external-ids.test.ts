import { describe, expect, it } from 'vitest';
import { fresh, recordsForTests } from './record-client.ts';

const { sandbox, client: sync, create } = recordsForTests();

const lead = (fields: object = {}) => ({ LastName: 'Okafor', Company: 'Lagos Ltd', ...fields });

const NOT_FOUND = [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }];

describe('one record by external id', () => {
  it('N2: PATCH creates once, then updates; the answer says which', async () => {
    const path = `/sobjects/Lead/Tandem_Id__c/${fresh()}`;
    const created = await sync.call('PATCH', path, lead());
    expect(created).toMatchObject({
      status: 201,
      body: { success: true, errors: [], created: true },
    });
    const updated = await sync.call('PATCH', path, { Title: 'CFO' });
    expect(updated).toMatchObject({
      status: 200,
      body: { id: created.body.id, success: true, errors: [], created: false },
    });
    const read = await sync.call('GET', `${path}?fields=Id,Title`);
    expect(read.body).toMatchObject({ Id: created.body.id, Title: 'CFO' });
    expect((await sync.call('DELETE', path)).status).toBe(204);
    expect(await sync.call('GET', path)).toMatchObject({ status: 404, body: NOT_FOUND });
  });

  it('before 46.0 an update answers 204 and a creation does not say so', async () => {
    const path = `/services/data/v45.0/sobjects/Lead/Tandem_Id__c/${fresh()}`;
    expect((await sync.call('PATCH', path, lead())).body).toEqual({
      id: expect.any(String),
      success: true,
      errors: [],
    });
    expect(await sync.call('PATCH', path, lead())).toMatchObject({ status: 204, body: '' });
  });

  it('updateOnly never creates; the value is percent-decoded; it may not stand in the body too', async () => {
    const key = 'a/b ü';
    const path = `/sobjects/Lead/Tandem_Id__c/${encodeURIComponent(key)}`;
    const refused = await sync.call('PATCH', `${path}?updateOnly=true`, { LastName: 'no company' });
    expect(refused.status).toBe(404);
    expect(refused.body).toHaveLength(1);
    expect((await sync.call('PATCH', path, lead())).status).toBe(201);
    expect((await sync.call('GET', `${path}?fields=Tandem_Id__c`)).body.Tandem_Id__c).toBe(key);
    const repeated = await sync.call('PATCH', path, lead({ Tandem_Id__c: key }));
    expect(repeated).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
  });

  it('a field that is no external id answers 404', async () => {
    expect(await sync.call('PATCH', '/sobjects/Lead/LastName/x', lead())).toMatchObject({
      status: 404,
      body: [
        { message: 'Provided external ID field does not exist or is not accessible: LastName' },
      ],
    });
  });

  it('several matches answer 300 with the rows’ paths, and nothing is written', async () => {
    const email = `${fresh()}@twins.example`;
    const ids = [
      await create('Lead', lead({ Email: email })),
      await create('Lead', lead({ Email: email })),
    ];
    const { status, body } = await sync.call('PATCH', `/sobjects/Lead/Email/${email}`, {
      Title: 'x',
    });
    expect(status).toBe(300);
    expect(body.sort()).toEqual(ids.map((id) => `/services/data/v59.0/sobjects/Lead/${id}`).sort());
    expect((await sync.call('GET', `/sobjects/Lead/${ids[0]}?fields=Title`)).body.Title).toBeNull();
  });

  it('POST to the Id field is an insert', async () => {
    const { status, body } = await sync.call('POST', '/sobjects/Lead/Id', lead());
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(String), success: true, errors: [], created: true });
  });

  it('N2: two upserts of one new value at once create one record', async () => {
    const key = fresh();
    const path = `/sobjects/Lead/Tandem_Id__c/${key}`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => sync.call('PATCH', path, lead({ Title: `writer ${i}` }))),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 200, 200, 201,
    ]);
    const { rows } = await sandbox.pool.query(
      'SELECT 1 FROM org."Lead" WHERE "Tandem_Id__c" = $1',
      [key],
    );
    expect(rows).toHaveLength(1);
  });
});
