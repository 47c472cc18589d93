import { describe, expect, it } from 'vitest';
import { lead, ok } from './collection-records.ts';
import { fresh, recordsForTests } from './record-client.ts';

const { sandbox, client: sync } = recordsForTests();

describe('upsert by external id', () => {
  const path = '/composite/sobjects/Lead/Tandem_Id__c';

  it('N2: creates what is new and updates what is there', async () => {
    const [known, unknown] = [fresh(), fresh()];
    const first = await sync.call('PATCH', path, { records: [lead({ Tandem_Id__c: known })] });
    expect(first.body).toEqual([{ ...ok, created: true }]);
    const { status, body } = await sync.call('PATCH', path, {
      records: [
        lead({ Tandem_Id__c: known.toUpperCase(), Title: 'x' }),
        lead({ Tandem_Id__c: unknown }),
        lead(),
      ],
    });
    expect(status).toBe(200);
    expect(body[0]).toEqual({ id: first.body[0].id, success: true, errors: [], created: false });
    expect(body[1]).toEqual({ ...ok, created: true });
    expect(body[2].errors[0].statusCode).toBe('MISSING_ARGUMENT');
    const row = await sync.call('GET', `/sobjects/Lead/${body[0].id}`);
    expect(row.body.Tandem_Id__c).toBe(known);
  });

  it('records that share a value in one call all fail', async () => {
    const key = fresh();
    const { body } = await sync.call('PATCH', path, {
      records: [
        lead({ Tandem_Id__c: key }),
        lead({ Tandem_Id__c: fresh() }),
        lead({ Tandem_Id__c: key }),
      ],
    });
    const duplicate = {
      statusCode: 'DUPLICATE_VALUE',
      message: `Duplicate external id specified: ${key}`,
    };
    expect(body).toMatchObject([{ errors: [duplicate] }, ok, { errors: [duplicate] }]);
  });

  it('N2: the same batch sent by many at once creates each record once', async () => {
    const keys = Array.from({ length: 50 }, fresh);
    const answers = await Promise.all(
      [keys, keys.toReversed(), keys].map((order) =>
        sync.call('PATCH', path, { records: order.map((key) => lead({ Tandem_Id__c: key })) }),
      ),
    );
    const results = answers.flatMap(({ body }) => body);
    expect(results.filter(({ success }) => !success)).toEqual([]);
    expect(results.filter(({ created }) => created)).toHaveLength(50);
    const { rows } = await sandbox.pool.query(
      'SELECT 1 FROM org."Lead" WHERE "Tandem_Id__c" = ANY($1)',
      [keys],
    );
    expect(rows).toHaveLength(50);
  });

  it('takes real external ids only', async () => {
    const { status } = await sync.call('PATCH', '/composite/sobjects/Lead/Email', {
      records: [lead()],
    });
    expect(status).toBe(404);
  });

  it('of one type only, and with a type where one is named', async () => {
    const other = { attributes: { type: 'Contact' }, Tandem_Id__c: fresh(), LastName: 'x' };
    expect((await sync.call('PATCH', path, { records: [other] })).status).toBe(400);
    const { body } = await sync.call('PATCH', path, {
      records: [{ LastName: 'Untyped', Company: 'C', Tandem_Id__c: fresh() }],
    });
    expect(body).toEqual([{ ...ok, created: true }]);
  });
});
