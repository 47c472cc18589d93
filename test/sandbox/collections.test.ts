import { describe, expect, it, vi } from 'vitest';
import { lead, ok } from './collection-records.ts';
import { fresh, recordsForTests } from './record-client.ts';

const { sandbox, client: sync } = recordsForTests();

const badEmail = {
  success: false,
  errors: [
    {
      statusCode: 'INVALID_EMAIL_ADDRESS',
      message: 'Email: invalid email address: 123',
      fields: ['Email'],
    },
  ],
};
const rolledBack = {
  success: false,
  errors: [
    {
      statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      message:
        'Record rolled back because not all records were valid and the request was using AllOrNone header',
      fields: [],
    },
  ],
};

async function countLeads(lastName: string): Promise<number> {
  const { rows } = await sandbox.pool.query(
    'SELECT count(*)::int AS n FROM org."Lead" WHERE "LastName" = $1 AND NOT "IsDeleted"',
    [lastName],
  );
  return rows[0].n;
}

async function createLeads(count: number): Promise<string[]> {
  const records = Array.from({ length: count }, () => lead());
  const { body } = await sync.call('POST', '/composite/sobjects', { records });
  return body.map((result: { id: string }) => result.id);
}

describe('create', () => {
  it('N3: one record’s error fails no other; results stand in the order of the request', async () => {
    const { status, body } = await sync.call('POST', '/composite/sobjects', {
      allOrNone: false,
      records: [
        lead(),
        lead({ Email: '123' }),
        { attributes: { type: 'Account' }, Name: 'Mixed' },
        { attributes: { type: 'Nope' }, Name: 'x' },
        lead({ foo: 1 }),
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject([ok, badEmail, ok, { success: false }, { success: false }]);
    expect(body[1]).toEqual(badEmail);
    expect(body[0].id).toMatch(/^00Q/);
    expect(body[2].id).toMatch(/^001/);
    expect(body[3].errors[0].statusCode).toBe('INVALID_TYPE');
    expect(body[4].errors).toEqual([
      {
        statusCode: 'INVALID_FIELD',
        message: "No such column 'foo' on sobject of type Lead",
        fields: [],
      },
    ]);
  });

  it('allOrNone undoes all, also in another run of types', async () => {
    const { status, body } = await sync.call('POST', '/composite/sobjects', {
      allOrNone: true,
      records: [
        lead({ LastName: 'Undone' }),
        { attributes: { type: 'Contact' }, LastName: 'Undone', Email: '123' },
        lead({ LastName: 'Undone' }),
      ],
    });
    expect(status).toBe(200);
    expect(body).toEqual([rolledBack, badEmail, rolledBack]);
    expect(await countLeads('Undone')).toBe(0);
  });

  it('trap 20: more than 200 records, or more than 10 runs of types, are refused whole', async () => {
    const tooMany = await sync.call('POST', '/composite/sobjects', {
      records: Array.from({ length: 201 }, () => lead()),
    });
    expect(tooMany).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'EXCEEDED_ID_LIMIT',
          message: 'record limit reached. cannot submit more than 200 records into this call',
        },
      ],
    });
    const chunks = await sync.call('POST', '/composite/sobjects', {
      records: Array.from({ length: 11 }, (_, i) =>
        i % 2 === 0 ? lead() : { attributes: { type: 'Account' }, Name: 'A' },
      ),
    });
    expect(chunks).toMatchObject({
      status: 400,
      body: [
        {
          message:
            'Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.',
        },
      ],
    });
  });

  it('of two records with one unique value, the first is in', async () => {
    const key = fresh();
    const { body } = await sync.call('POST', '/composite/sobjects', {
      records: [lead({ Tandem_Id__c: key }), lead({ Tandem_Id__c: key.toUpperCase() })],
    });
    expect(body[0]).toEqual(ok);
    expect(body[1].errors[0]).toMatchObject({
      statusCode: 'DUPLICATE_VALUE',
      message: `duplicate value found: Tandem_Id__c duplicates value on record with id: ${body[0].id.slice(0, 15)}`,
    });
  });

  it('200 records take well under a second', async () => {
    await createLeads(200);
    const started = performance.now();
    expect(await createLeads(200)).toHaveLength(200);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('update', () => {
  it('N3: each record by its id; failures name theirs', async () => {
    const [one, two, gone] = await createLeads(3);
    await sync.call('DELETE', `/sobjects/Lead/${gone}`);
    const { status, body } = await sync.call('PATCH', '/composite/sobjects', {
      records: [
        lead({ id: one, Title: 'CEO' }),
        lead({ Id: two, Email: '123' }),
        lead({ id: gone }),
        lead({ id: '00Q000000000001AAA' }),
        lead(),
        lead({ id: 'abc' }),
      ],
    });
    expect(status).toBe(200);
    expect(body[0]).toEqual({ id: one, success: true, errors: [] });
    expect(body[1]).toEqual({ id: two, ...badEmail });
    expect(
      body
        .slice(2)
        .map((result: { errors: { statusCode: string }[] }) => result.errors[0]!.statusCode),
    ).toEqual([
      'ENTITY_IS_DELETED',
      'INVALID_CROSS_REFERENCE_KEY',
      'MISSING_ARGUMENT',
      'MALFORMED_ID',
    ]);
  });

  it('one record named twice is written twice, in order', async () => {
    const [id] = await createLeads(1);
    const { body } = await sync.call('PATCH', '/composite/sobjects', {
      records: [lead({ id, Title: 'first', City: 'Kyoto' }), lead({ id, Title: 'second' })],
    });
    expect(body).toEqual([ok, ok]);
    const row = await sync.call('GET', `/sobjects/Lead/${id}`);
    expect(row.body).toMatchObject({ Title: 'second', City: 'Kyoto' });
  });
});

describe('delete', () => {
  it('by a list of ids, a result each', async () => {
    const [one, two] = await createLeads(2);
    const account = (await sync.call('POST', '/sobjects/Account', { Name: 'A' })).body.id;
    await sync.call('DELETE', `/sobjects/Lead/${two}`);
    const { status, body } = await sync.call(
      'DELETE',
      `/composite/sobjects?ids=${one},${two},${account},zzz&allOrNone=false`,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { id: one, success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED' }] },
      { id: account, success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'MALFORMED_ID', message: 'malformed id zzz' }] },
    ]);
  });

  it('allOrNone keeps them all when one cannot go', async () => {
    const [one, two] = await createLeads(2);
    await sync.call('DELETE', `/sobjects/Lead/${two}`);
    const { body } = await sync.call(
      'DELETE',
      `/composite/sobjects?ids=${one},${two}&allOrNone=true`,
    );
    expect(body[0].errors[0].statusCode).toBe('ALL_OR_NONE_OPERATION_ROLLED_BACK');
    expect((await sync.call('GET', `/sobjects/Lead/${one}`)).status).toBe(200);
  });

  it('updates and deletes that were rolled back name their records, creates do not', async () => {
    const [one, two] = await createLeads(2);
    const undone = { ...rolledBack, id: one };
    const updated = await sync.call('PATCH', '/composite/sobjects', {
      allOrNone: true,
      records: [lead({ id: one, Title: 'CEO' }), lead({ id: two, Email: '123' })],
    });
    expect(updated.body).toEqual([undone, { id: two, ...badEmail }]);
    const path = `/composite/sobjects?ids=${one},001000000000001AAA&allOrNone=true`;
    expect((await sync.call('DELETE', path)).body[0]).toEqual(undone);
  });

  it('runs of types count for deletes too, and so do 200 ids', async () => {
    const mixed = Array.from({ length: 11 }, (_, i) =>
      i % 2 === 0 ? '00Q000000000001AAA' : '001000000000001AAA',
    );
    const many = Array.from({ length: 201 }, () => '00Q000000000001');
    for (const [ids, code] of [
      [mixed, 'INVALID_INPUT'],
      [many, 'EXCEEDED_ID_LIMIT'],
    ] as const)
      expect(await sync.call('DELETE', `/composite/sobjects?ids=${ids.join(',')}`)).toMatchObject({
        status: 400,
        body: [{ errorCode: code }],
      });
  });
});

describe('retrieve', () => {
  it('gives rows in the order of the ids, null for those unknown, deleted or malformed', async () => {
    const [one, two, gone] = await createLeads(3);
    await sync.call('DELETE', `/sobjects/Lead/${gone}`);
    const ids = [two, '00Q000000000001AAA', gone, 'zzz', one!.slice(0, 15)];
    const byPost = await sync.call('POST', '/composite/sobjects/Lead', {
      ids,
      fields: ['LastName'],
    });
    const row = (id: string) => ({
      attributes: { type: 'Lead', url: `/services/data/v59.0/sobjects/Lead/${id}` },
      Id: id,
      LastName: 'Sato',
    });
    expect(byPost).toMatchObject({ status: 200, body: [row(two!), null, null, null, row(one!)] });
    const byGet = await sync.call(
      'GET',
      `/composite/sobjects/Lead?ids=${ids.join(',')}&fields=LastName`,
    );
    expect(byGet.body).toEqual(byPost.body);
  });

  it('an unknown field is 400; 2,000 ids are the limit', async () => {
    const unknown = await sync.call('POST', '/composite/sobjects/Lead', {
      ids: [],
      fields: ['Nope'],
    });
    expect(unknown).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
    const ids = Array.from({ length: 2001 }, () => '00Q000000000001AAA');
    const tooMany = await sync.call('POST', '/composite/sobjects/Lead', { ids, fields: ['Id'] });
    expect(tooMany).toMatchObject({ status: 400, body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }] });
  });
});

describe('faults and composites', () => {
  const control = (method: string, path: string, body?: object) =>
    fetch(sandbox.controlUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });

  it('trap 22: the fault row-lock fails single records of a batch', async () => {
    const ids = await createLeads(3);
    await control('POST', '/faults', { kind: 'row-lock', object: 'Lead', times: 1 });
    const { body } = await sync.call('PATCH', '/composite/sobjects', {
      records: ids.map((id) => lead({ id, Title: 'x' })),
    });
    await control('DELETE', '/faults');
    expect(body.map(({ success }: { success: boolean }) => success)).toEqual([false, true, true]);
    expect(body[0].errors[0].statusCode).toBe('UNABLE_TO_LOCK_ROW');
  });

  it('trap 2: under the fault late-commit a row appears long after its stamp', async () => {
    await control('POST', '/faults', { kind: 'late-commit', object: 'Lead', ms: 2500 });
    const writing = sync.call('POST', '/sobjects/Lead', { LastName: 'Late', Company: 'Late' });
    await vi.waitFor(async () => {
      const { rows } = await sandbox.pool.query(
        `SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xid IS NOT NULL`,
      );
      expect(rows).toHaveLength(1);
    });
    expect(await countLeads('Late')).toBe(0);
    const { body } = await writing;
    await control('DELETE', '/faults');
    const { rows } = await sandbox.pool.query(
      'SELECT "SystemModstamp" FROM org."Lead" WHERE "Id" = $1',
      [body.id],
    );
    expect(Date.now() - rows[0].SystemModstamp.getTime()).toBeGreaterThan(2000);
  });

  it('a composite that is all or none undoes its collections too', async () => {
    const { body } = await sync.call('POST', '/composite', {
      allOrNone: true,
      compositeRequest: [
        {
          method: 'POST',
          url: '/services/data/v59.0/sobjects/Lead',
          referenceId: 'one',
          body: { LastName: 'Composed', Company: 'C' },
        },
        {
          method: 'POST',
          url: '/services/data/v59.0/composite/sobjects',
          referenceId: 'two',
          body: {
            allOrNone: false,
            records: [lead({ LastName: 'Composed' }), lead({ Email: '123' })],
          },
        },
        {
          method: 'PATCH',
          url: '/services/data/v59.0/sobjects/Lead/00Q000000000001AAA',
          referenceId: 'three',
          body: {},
        },
      ],
    });
    expect(body.compositeResponse).toHaveLength(3);
    expect(await countLeads('Composed')).toBe(0);
  });
});

describe('jsforce', () => {
  it('creates, updates, upserts, retrieves and deletes one and many', async () => {
    const sobject = sync.connection.sobject('Lead');
    const { id } = (await sobject.create({ LastName: 'J', Company: 'J' })) as { id: string };
    await sobject.update({ Id: id, Title: 'CTO' });
    expect(await sobject.retrieve(id)).toMatchObject({ Id: id, Title: 'CTO', LastName: 'J' });

    const many = await sobject.create([
      { LastName: 'J', Company: 'J' },
      { LastName: 'J', Company: 'J', Email: '123' },
    ]);
    expect(many).toMatchObject([
      { success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'INVALID_EMAIL_ADDRESS' }] },
    ]);
    const ids = [id, many[0]!.id!];
    const updated = await sobject.update(ids.map((one) => ({ Id: one, City: 'Nara' })));
    expect(updated).toMatchObject([{ id, success: true }, { success: true }]);
    expect(await sobject.retrieve(ids, { fields: ['City'] })).toMatchObject([
      { City: 'Nara' },
      { City: 'Nara' },
    ]);

    const key = fresh();
    const single = await sobject.upsert(
      { LastName: 'J', Company: 'J', Tandem_Id__c: key },
      'Tandem_Id__c',
    );
    expect(single).toMatchObject({ success: true, created: true });
    const upserted = await sobject.upsert(
      [
        { LastName: 'J2', Company: 'J', Tandem_Id__c: key },
        { LastName: 'J', Company: 'J', Tandem_Id__c: fresh() },
      ],
      'Tandem_Id__c',
    );
    expect(upserted).toMatchObject([{ id: single.id, created: false }, { created: true }]);

    expect(await sobject.delete(ids)).toMatchObject([{ id, success: true }, { success: true }]);
    await expect(sobject.delete(id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  });
});
