import { describe, expect, it } from 'vitest';
import { recordClient, recordsForTests } from './record-client.ts';

const { sandbox, client: sync, create } = recordsForTests();

const lead = (fields: object = {}) => ({ LastName: 'Okafor', Company: 'Lagos Ltd', ...fields });
const DELETED = [{ errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] }];
const NEVER = [
  { errorCode: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id', fields: [] },
];
const NOT_FOUND = [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }];

describe('one record by id', () => {
  it('POST answers 201 with the id and its Location', async () => {
    const { status, body, headers } = await sync.call('POST', '/sobjects/lead', lead());
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(/^00Q\w{15}$/), success: true, errors: [] });
    expect(headers.get('location')).toBe(`/services/data/v59.0/sobjects/Lead/${body.id}`);
    expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
  });

  it('GET takes 15 or 18 characters and the fields asked for, in any case of letters', async () => {
    const id = await create('Lead', lead({ Lead_Score__c: 300, City: 'Lagos', Country: 'NG' }));
    const { body } = await sync.call(
      'GET',
      `/sobjects/LEAD/${id.slice(0, 15)}?fields=lastname,Lead_Score__c,Address`,
    );
    expect(body).toEqual({
      attributes: { type: 'Lead', url: `/services/data/v59.0/sobjects/Lead/${id}` },
      LastName: 'Okafor',
      Lead_Score__c: 300,
      Address: expect.objectContaining({ city: 'Lagos', country: 'NG', street: null }),
    });
    const text = await fetch(
      `${sandbox.url}/services/data/v59.0/sobjects/Lead/${id}?fields=Lead_Score__c`,
      {
        headers: { authorization: `Bearer ${sync.connection.accessToken}` },
      },
    ).then((answer) => answer.text());
    expect(text).toContain('"Lead_Score__c":300.0');
    expect((await sync.call('HEAD', `/sobjects/Lead/${id}`)).status).toBe(200);
  });

  it('GET of an unknown field, row, id or object', async () => {
    const id = await create('Lead', lead());
    const unknownField = await sync.call('GET', `/sobjects/Lead/${id}?fields=Nope`);
    expect(unknownField).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
    const gone = '00Q000000000001AAA';
    expect(await sync.call('GET', `/sobjects/Lead/${gone}`)).toMatchObject({
      status: 404,
      body: NOT_FOUND,
    });
    expect(await sync.call('GET', '/sobjects/Nope/abc')).toMatchObject({
      status: 404,
      body: NOT_FOUND,
    });
    expect(await sync.call('GET', '/sobjects/Lead/abc')).toMatchObject({
      status: 404,
      body: [
        {
          errorCode: 'NOT_FOUND',
          message: 'Provided external ID field does not exist or is not accessible: abc',
        },
      ],
    });
  });

  it('PATCH answers 204 without a body, and refuses an Id in the body', async () => {
    const id = await create('Lead', lead());
    expect(await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'CTO' })).toMatchObject({
      status: 204,
      body: '',
    });
    expect((await sync.call('GET', `/sobjects/Lead/${id}?fields=Title`)).body.Title).toBe('CTO');
    expect(await sync.call('PATCH', `/sobjects/Lead/${id}`, { Id: id })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_FIELD' }],
    });
  });

  it('DELETE answers 204; after it, and for ids that never were, PATCH and DELETE answer 404', async () => {
    const id = await create('Lead', lead());
    expect(await sync.call('DELETE', `/sobjects/Lead/${id}`)).toMatchObject({
      status: 204,
      body: '',
    });
    expect(await sync.call('DELETE', `/sobjects/Lead/${id}`)).toMatchObject({
      status: 404,
      body: DELETED,
    });
    expect(await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'x' })).toMatchObject({
      status: 404,
      body: DELETED,
    });
    expect(await sync.call('GET', `/sobjects/Lead/${id}`)).toMatchObject({
      status: 404,
      body: NOT_FOUND,
    });
    const never = '00Q000000000001AAA';
    expect(await sync.call('DELETE', `/sobjects/Lead/${never}`)).toMatchObject({
      status: 404,
      body: NEVER,
    });
    expect(await sync.call('PATCH', `/sobjects/Lead/${never}`, { Title: 'x' })).toMatchObject({
      status: 404,
      body: NEVER,
    });
  });

  it('a body that is no object is refused in the parser’s words', async () => {
    expect(await sync.call('POST', '/sobjects/Lead', [lead()])).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'JSON_PARSER_ERROR',
          message: 'Can not deserialize SObject out of START_ARRAY token at [line:1, column:1]',
        },
      ],
    });
    expect(await sync.call('POST', '/sobjects/Lead', '{ id: 1}')).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'JSON_PARSER_ERROR',
          message:
            "Unexpected character ('i' (code 105)): was expecting double-quote to start field name at [line:1, column:3]",
        },
      ],
    });
  });

  it('a method that the resource does not have answers 405 and names those it has', async () => {
    const id = await create('Lead', lead());
    expect(await sync.call('POST', `/sobjects/Lead/${id}`, lead())).toMatchObject({
      status: 405,
      body: [
        {
          errorCode: 'METHOD_NOT_ALLOWED',
          message: "HTTP Method 'POST' not allowed. Allowed are HEAD,GET,PATCH,DELETE",
        },
      ],
    });
  });
});

describe('two writers on one row', () => {
  it('wait for each other: both writes are in, stamps never go back', async () => {
    const id = await create('Lead', lead());
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () =>
        sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'one' }),
      ),
      ...Array.from({ length: 5 }, () =>
        sync.call('PATCH', `/sobjects/Lead/${id}`, { City: 'two' }),
      ),
    ]);
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    const { body } = await sync.call('GET', `/sobjects/Lead/${id}`);
    expect(body).toMatchObject({ Title: 'one', City: 'two' });
  });

  it('trap 22: a row that another transaction keeps answers UNABLE_TO_LOCK_ROW, the others of the batch are written', async () => {
    const [held, free] = [await create('Lead', lead()), await create('Lead', lead())];
    const holder = await sandbox.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM org."Lead" WHERE "Id" = $1 FOR UPDATE', [held]);
      const { body } = await sync.call('PATCH', '/composite/sobjects', {
        records: [held, free].map((id) => ({ attributes: { type: 'Lead' }, id, Title: 'CEO' })),
      });
      expect(body[0].errors[0]).toMatchObject({
        statusCode: 'UNABLE_TO_LOCK_ROW',
        message: `unable to obtain exclusive access to this record or 1 records: ${held}`,
      });
      expect(body[1]).toEqual({ id: free, success: true, errors: [] });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  });
});

describe('rows and query results', () => {
  it.each(['Lead', 'Contact', 'Account', 'User'])(
    'show the values of a %s alike',
    async (object) => {
      const { fields } = (await sync.call('GET', `/sobjects/${object}/describe`)).body;
      const names = fields.map(({ name }: { name: string }) => name).join(',');
      const soql = encodeURIComponent(`SELECT ${names} FROM ${object} LIMIT 10`);
      const { records } = (await sync.call('GET', `/query?q=${soql}`)).body;
      expect(records.length).toBeGreaterThan(1);
      for (const record of records) {
        const { body } = await sync.call('GET', `/sobjects/${object}/${record.Id}`);
        expect(body).toEqual(record);
      }
    },
  );
});

describe('what a delete takes along', () => {
  it('an account’s contacts go with it; lookups to what is gone are emptied', async () => {
    const account = await create('Account', { Name: 'Doomed' });
    const child = await create('Account', { Name: 'Child', ParentId: account });
    const boss = await create('Contact', { LastName: 'Boss', AccountId: account });
    const report = await create('Contact', { LastName: 'Report', ReportsToId: boss });
    expect((await sync.call('DELETE', `/sobjects/Account/${account}`)).status).toBe(204);
    const { rows } = await sandbox.pool.query('SELECT * FROM org."Contact" WHERE "Id" = $1', [
      boss,
    ]);
    expect(rows[0]).toMatchObject({ IsDeleted: true, LastModifiedById: sync.userId });
    expect((await sync.call('GET', `/sobjects/Contact/${report}`)).body.ReportsToId).toBeNull();
    expect((await sync.call('GET', `/sobjects/Account/${child}`)).body.ParentId).toBeNull();
  });

  it('a queue that owns leads stays, and the refusal names them', async () => {
    const admin = await recordClient(sandbox, sandbox.admin);
    const { rows } = await sandbox.pool.query(
      `SELECT "Id" AS id, "Name" AS name FROM org."Group" WHERE "Type" = 'Queue' ORDER BY "Id" LIMIT 1`,
    );
    await sandbox.pool.query('UPDATE org."Lead" SET "IsDeleted" = true WHERE "OwnerId" = $1', [
      rows[0].id,
    ]);
    await create('Lead', lead({ FirstName: 'Ada', OwnerId: rows[0].id }));
    expect(await admin.call('DELETE', `/sobjects/Group/${rows[0].id}`)).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'DELETE_FAILED',
          message: `Your attempt to delete ${rows[0].name} could not be completed because it is associated with the following leads.: Ada Okafor`,
        },
      ],
    });
  });

  it('no contact outlives its account, however the two writes meet', async () => {
    for (let round = 0; round < 5; round += 1) {
      const account = await create('Account', { Name: 'Contested' });
      const [, ...contacts] = await Promise.all([
        sync.call('DELETE', `/sobjects/Account/${account}`),
        ...Array.from({ length: 4 }, () =>
          sync.call('POST', '/sobjects/Contact', { LastName: 'Racer', AccountId: account }),
        ),
      ]);
      expect(contacts.every(({ status }) => status === 201 || status === 400)).toBe(true);
      const { rows } = await sandbox.pool.query(
        'SELECT 1 FROM org."Contact" WHERE "AccountId" = $1 AND NOT "IsDeleted"',
        [account],
      );
      expect(rows).toEqual([]);
    }
  });
});
