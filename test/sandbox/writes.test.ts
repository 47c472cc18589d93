import { describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: sync } = recordsForTests();

const lead = (fields: object = {}) => ({
  LastName: 'Lindqvist',
  Company: 'Norrsken AB',
  ...fields,
});

async function createLead(fields: object = {}): Promise<string> {
  const { status, body } = await sync.call('POST', '/sobjects/Lead', lead(fields));
  expect(body).toMatchObject({ success: true });
  expect(status).toBe(201);
  return body.id;
}

async function stored(id: string, object = 'Lead') {
  const { rows } = await sandbox.pool.query(`SELECT * FROM org."${object}" WHERE "Id" = $1`, [id]);
  return rows[0];
}

describe('what a field refuses, in Salesforce’s words', () => {
  const unwritable = (names: string) =>
    `Unable to create/update fields: ${names}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
  const long = 'x'.repeat(81);
  const cases: [string, object, string, string, string[]][] = [
    [
      'an unknown field',
      { foo: 1 },
      'INVALID_FIELD',
      "No such column 'foo' on sobject of type Lead",
      [],
    ],
    [
      'a field hidden by field-level security',
      { Commission__c: 5 },
      'INVALID_FIELD',
      "No such column 'Commission__c' on sobject of type Lead",
      [],
    ],
    [
      'read-only fields, all named at once',
      { CreatedDate: '2026-01-02T03:04:05Z', IsDeleted: true },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      unwritable('CreatedDate, IsDeleted'),
      ['CreatedDate', 'IsDeleted'],
    ],
    [
      'a formula',
      { Score_Band__c: 'A' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      unwritable('Score_Band__c'),
      ['Score_Band__c'],
    ],
    [
      'a compound field',
      { Name: 'A B' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      unwritable('Name'),
      ['Name'],
    ],
    [
      'an id on insert',
      { Id: '00QHp00000000001AA' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'cannot specify Id in an insert call',
      ['Id'],
    ],
    [
      'missing required fields, all named at once',
      { LastName: ' ', Company: null },
      'REQUIRED_FIELD_MISSING',
      'Required fields are missing: [LastName, Company]',
      ['LastName', 'Company'],
    ],
    [
      'a text too long',
      { LastName: long },
      'STRING_TOO_LONG',
      `Last Name: data value too large: ${long} (max length=80)`,
      ['LastName'],
    ],
    [
      'a bad e-mail',
      { Email: '123' },
      'INVALID_EMAIL_ADDRESS',
      'Email: invalid email address: 123',
      ['Email'],
    ],
    [
      'text in a number',
      { NumberOfEmployees: 'abc' },
      'JSON_PARSER_ERROR',
      'Cannot deserialize instance of int from VALUE_STRING value abc or request may be missing a required field at [line:1, column:N]',
      undefined as never,
    ],
    [
      'a date that no calendar has',
      { Renewal_Date__c: '2026-02-30' },
      'JSON_PARSER_ERROR',
      'Cannot deserialize instance of date from VALUE_STRING value 2026-02-30 or request may be missing a required field at [line:1, column:N]',
      undefined as never,
    ],
    [
      'null in a checkbox',
      { VIP__c: null },
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      'VIP: value not of required type: ',
      ['VIP__c'],
    ],
    [
      'a number too large',
      { Seats__c: 1234567 },
      'NUMBER_OUTSIDE_VALID_RANGE',
      'Seats: value outside of valid range on numeric field: 1234567',
      ['Seats__c'],
    ],
    [
      'an integer of more than eight digits',
      { NumberOfEmployees: 1431655766 },
      'NUMBER_OUTSIDE_VALID_RANGE',
      'Employees: value outside of valid range on numeric field: 1431655766',
      ['NumberOfEmployees'],
    ],
    [
      'a value that a restricted picklist does not have',
      { Segment__c: 'abc' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Segment: bad value for restricted picklist field: abc',
      ['Segment__c'],
    ],
    [
      'a list in a multi-select picklist',
      { Interests__c: ['Events'] },
      'JSON_PARSER_ERROR',
      'Cannot deserialize instance of multipicklist from START_ARRAY value [line:1, column:N]',
      undefined as never,
    ],
    [
      'an id that is none',
      { OwnerId: 'abc' },
      'MALFORMED_ID',
      'Owner ID: id value of incorrect type: abc',
      ['OwnerId'],
    ],
    [
      'an id of another object',
      { Partner_Account__c: '005000000000001AAA' },
      'FIELD_INTEGRITY_EXCEPTION',
      'Partner Account: id value of incorrect type: 005000000000001AAA',
      ['Partner_Account__c'],
    ],
    [
      'a parent that never was',
      { Partner_Account__c: '001000000000001AAA' },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
      [],
    ],
    [
      'a record type of another object',
      { RecordTypeId: '012000000000001AAA' },
      'INVALID_CROSS_REFERENCE_KEY',
      "Record Type ID: this ID value isn't valid for the user: 012000000000001AAA",
      ['RecordTypeId'],
    ],
    [
      'what a validation rule refuses',
      { NumberOfEmployees: -1 },
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      'Employees cannot be negative',
      ['NumberOfEmployees'],
    ],
    [
      'a parent by an external id that nobody has',
      { Partner_Account__r: { Customer_Number__c: 'none' } },
      'INVALID_FIELD',
      'Foreign key external ID: none not found for field Customer_Number__c in entity Account',
      [],
    ],
  ];

  const withoutColumn = (error: { message: string; errorCode: string }) => ({
    ...error,
    message: error.message.replace(/column:\d+/, 'column:N'),
  });

  it.each(cases)('create: %s', async (_, fields, errorCode, message, names) => {
    const object = 'RecordTypeId' in fields ? 'Account' : 'Lead';
    const base = object === 'Account' ? { Name: 'Acme' } : lead();
    const { status, body } = await sync.call('POST', `/sobjects/${object}`, { ...base, ...fields });
    const expected =
      names === undefined ? { errorCode, message } : { errorCode, message, fields: names };
    expect({ status, body: [withoutColumn(body[0])] }).toEqual({ status: 400, body: [expected] });
  });

  it.each(cases.filter(([name]) => !name.includes('insert') && !name.includes('record type')))(
    'update: %s',
    async (_, fields, errorCode, message) => {
      const id = await createLead();
      const { status, body } = await sync.call('PATCH', `/sobjects/Lead/${id}`, fields);
      const refusal = withoutColumn(body[0]);
      expect({ status, code: refusal.errorCode, message: refusal.message }).toEqual({
        status: 400,
        code: errorCode,
        message,
      });
    },
  );

  it('a unique value held by another record is refused with its 15-character id, in any case of letters', async () => {
    const holder = await createLead({ Tandem_Id__c: 'Twice-Held' });
    const { status, body } = await sync.call(
      'POST',
      '/sobjects/Lead',
      lead({ Tandem_Id__c: 'TWICE-HELD' }),
    );
    expect(status).toBe(400);
    expect(body).toEqual([
      {
        errorCode: 'DUPLICATE_VALUE',
        message: `duplicate value found: Tandem_Id__c duplicates value on record with id: ${holder.slice(0, 15)}`,
        fields: [],
      },
    ]);
  });

  it('a deleted parent, a converted lead and an inactive owner are refused', async () => {
    const account = (await sync.call('POST', '/sobjects/Account', { Name: 'Gone' })).body.id;
    await sync.call('DELETE', `/sobjects/Account/${account}`);
    const orphan = await sync.call('POST', '/sobjects/Contact', {
      LastName: 'O',
      AccountId: account,
    });
    expect(orphan.body[0]).toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });

    const id = await createLead();
    await sandbox.pool.query('UPDATE org."Lead" SET "IsConverted" = true WHERE "Id" = $1', [id]);
    const { status, body } = await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'CEO' });
    expect(status).toBe(400);
    expect(body).toEqual([
      {
        errorCode: 'CANNOT_UPDATE_CONVERTED_LEAD',
        message: 'cannot reference converted lead',
        fields: [],
      },
    ]);

    const { rows } = await sandbox.pool.query(
      'SELECT "Id" FROM org."User" WHERE NOT "IsActive" LIMIT 1',
    );
    const owned = await sync.call('POST', '/sobjects/Lead', lead({ OwnerId: rows[0].Id }));
    expect(owned.body[0]).toMatchObject({ errorCode: 'INACTIVE_OWNER_OR_USER' });
  });
});

describe('what is stored', () => {
  it('trims text, makes empty text null, cuts seconds, keeps decimals beyond the scale and a picklist’s own spelling', async () => {
    const id = await createLead({
      FirstName: '  Åsa\u0000 ',
      Title: '   ',
      Lead_Score__c: 12.345,
      AnnualRevenue: '1.5E6',
      Last_Webinar__c: '2026-01-02T03:04:05.678+02:00',
      Renewal_Date__c: '2026-03-04',
      Call_After__c: '12:30:00.000Z',
      Segment__c: 'enterprise',
      Interests__c: 'Events; Pricing;Events',
      Rating: 'Lukewarm',
    });
    const { body } = await sync.call('GET', `/sobjects/Lead/${id}`);
    expect(body).toMatchObject({
      attributes: { type: 'Lead', url: `/services/data/v59.0/sobjects/Lead/${id}` },
      Id: id,
      Name: 'Åsa Lindqvist',
      FirstName: 'Åsa',
      Title: null,
      Lead_Score__c: 12.345,
      AnnualRevenue: 1500000,
      Last_Webinar__c: '2026-01-02T01:04:05.000+0000',
      Renewal_Date__c: '2026-03-04',
      Call_After__c: '12:30:00.000Z',
      Segment__c: 'Enterprise',
      Interests__c: 'Events;Pricing',
      Rating: 'Lukewarm',
      VIP__c: false,
      HasOptedOutOfEmail: false,
      Status: 'Open',
      OwnerId: sync.userId,
      CreatedById: sync.userId,
      IsDeleted: false,
    });
    expect(body.SystemModstamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);
  });

  it('decimals beyond the scale are kept as far as a double has them', async () => {
    const id = await createLead({ Lead_Score__c: '12.34567890123456789' });
    const { rows } = await sandbox.pool.query(
      'SELECT "Lead_Score__c"::text AS score FROM org."Lead" WHERE "Id" = $1',
      [id],
    );
    expect(rows[0].score).toBe('12.345678901234567');
  });

  it('an update with equal values still moves all three stamps', async () => {
    const id = await createLead({ Title: 'CEO' });
    await sandbox.pool.query(
      `UPDATE org."Lead" SET "SystemModstamp" = '2020-01-01Z', "LastModifiedDate" = '2020-01-01Z',
         "LastModifiedById" = "Id", "CreatedDate" = '2020-01-01Z' WHERE "Id" = $1`,
      [id],
    );
    expect((await sync.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'CEO' })).status).toBe(204);
    const row = await stored(id);
    expect(row.SystemModstamp.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(row.LastModifiedDate).toEqual(row.SystemModstamp);
    expect(row.LastModifiedById).toBe(sync.userId);
    expect(row.CreatedDate.getUTCFullYear()).toBe(2020);
  });

  it('a parent is found by its external id', async () => {
    const account = await sync.call('POST', '/sobjects/Account', {
      Name: 'Acme',
      Customer_Number__c: 'K-7',
    });
    const contact = await sync.call('POST', '/sobjects/Contact', {
      LastName: 'Kim',
      Account: { Customer_Number__c: 'K-7' },
    });
    expect((await stored(contact.body.id, 'Contact')).AccountId).toBe(account.body.id);
  });

  it('a validation rule added while the org runs counts at once, formulas included', async () => {
    await sandbox.pool.query(
      `INSERT INTO org_meta.validation_rule (object, name, condition_sql, message)
       VALUES ('Lead', 'No_Bots', '"Name" = ''Ro Bot''', 'No robots')`,
    );
    const { body } = await sync.call(
      'POST',
      '/sobjects/Lead',
      lead({ FirstName: 'Ro', LastName: 'Bot' }),
    );
    expect(body).toEqual([
      { errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No robots', fields: [] },
    ]);
    await sandbox.pool.query(`DELETE FROM org_meta.validation_rule WHERE name = 'No_Bots'`);
  });
});

describe('permissions', () => {
  it('what a profile may not create, edit or delete is refused', async () => {
    const created = await sync.call('POST', '/sobjects/RecordType', { Name: 'X' });
    expect(created).toMatchObject({
      status: 400,
      body: [
        {
          errorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
          message: 'entity type cannot be inserted: Record Type',
        },
      ],
    });
    const edited = await sync.call('PATCH', `/sobjects/User/${sync.userId}`, { Title: 'X' });
    expect(edited).toMatchObject({
      status: 403,
      body: [
        {
          errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY',
          message: 'insufficient access rights on object id',
        },
      ],
    });
    const deleted = await sync.call('DELETE', `/sobjects/User/${sync.userId}`);
    expect(deleted).toMatchObject({
      status: 403,
      body: [{ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' }],
    });
  });
});
