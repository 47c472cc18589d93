import jsforce from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, login, restClient } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);
let admin: ReturnType<typeof restClient>;
let connection: jsforce.Connection;

beforeAll(async () => {
  const accessToken = await login(sandbox, sandbox.admin);
  admin = restClient(sandbox, accessToken);
  connection = new jsforce.Connection({ instanceUrl: sandbox.url, accessToken, version: '60.0' });
});

const create = (FullName: string, Metadata: object) =>
  admin('POST', 'tooling/sobjects/CustomField', { FullName, Metadata });

const text = { label: 'Outer Id', type: 'Text', length: 36, externalId: true, unique: true };

async function field(object: string, name: string, client = admin) {
  const { body } = await client('GET', `sobjects/${object}/describe`);
  return body.fields?.find((one: { name: string }) => one.name === name);
}

async function toolingQuery(soql: string) {
  return (await admin('GET', `tooling/query?q=${encodeURIComponent(soql)}`)).body;
}

/** As a client grants it: to the set of a profile, by rows. */
async function grant(path: string, profile: string) {
  const sets = await connection.query(
    `SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND Profile.Name = '${profile}'`,
  );
  const answer = await admin('POST', 'sobjects/FieldPermissions', {
    ParentId: sets.records[0]!.Id,
    SobjectType: path.split('.')[0],
    Field: path,
    PermissionsRead: true,
    PermissionsEdit: true,
  });
  expect(answer.body.errors).toEqual([]);
}

describe('A field made by the Tooling API', () => {
  it('is invisible to everybody, the admin too, until it is granted', async () => {
    const { status, body } = await create('Lead.Outer_Id__c', { ...text, caseSensitive: false });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^00N\w{15}$/),
        success: true,
        errors: [],
        warnings: [],
        infos: [],
      },
    ]);
    expect(await field('Lead', 'Outer_Id__c')).toBeUndefined();
    await grant('Lead.Outer_Id__c', 'System Administrator');
    expect(await field('Lead', 'Outer_Id__c')).toMatchObject({
      type: 'string',
      length: 36,
      unique: true,
      externalId: true,
      idLookup: true,
    });
    expect(await field('Lead', 'Outer_Id__c', rest)).toBeUndefined();
    await grant('Lead.Outer_Id__c', 'Sync User');
    const row = { LastName: 'Granted', Company: 'A' };
    const made = await rest('PATCH', 'sobjects/Lead/Outer_Id__c/x-1', row);
    expect([made.status, made.body.created]).toEqual([201, true]);
  });

  it('can be made, changed and dropped with jsforce', async () => {
    const fields = connection.tooling.sobject('CustomField');
    const { id } = (await fields.create({
      FullName: 'Contact.Mood__c',
      Metadata: {
        label: 'Mood',
        type: 'Picklist',
        valueSet: {
          restricted: true,
          valueSetDefinition: {
            sorted: false,
            value: [{ fullName: 'good', label: 'Good', default: true }],
          },
        },
      },
      // biome-ignore lint/suspicious/noExplicitAny: jsforce knows no type of it
    } as any)) as unknown as { id: string };
    const kept = await fields.retrieve(id);
    expect(kept).toMatchObject({ FullName: 'Contact.Mood__c', TableEnumOrId: 'Contact' });
    const { Metadata } = kept as unknown as {
      Metadata: { valueSet: { valueSetDefinition: { value: object[] } } };
    };
    Metadata.valueSet.valueSetDefinition.value.push({ valueName: 'bad', label: 'Bad' });
    const patched = await admin('PATCH', `tooling/sobjects/CustomField/${id}`, { Metadata });
    expect(patched.status).toBe(204);
    await grant('Contact.Mood__c', 'System Administrator');
    const { picklistValues } = await field('Contact', 'Mood__c');
    expect(picklistValues.map(({ value }: { value: string }) => value)).toEqual(['good', 'bad']);
    await fields.destroy(id);
    expect(await field('Contact', 'Mood__c')).toBeUndefined();
  });

  it.each([
    ['Number', { precision: 18, scale: 2 }, { type: 'double', precision: 18, scale: 2 }],
    ['Checkbox', { defaultValue: 'true' }, { type: 'boolean', defaultValue: true }],
    ['DateTime', {}, { type: 'datetime' }],
    ['LongTextArea', { length: 32000, visibleLines: 3 }, { type: 'textarea', length: 32000 }],
    [
      'Lookup',
      { referenceTo: 'account', relationshipName: 'Fans' },
      { type: 'reference', referenceTo: ['Account'], relationshipName: 'Made_Lookup__r' },
    ],
    [
      'Checkbox',
      { formula: 'ISBLANK(Rating)' },
      { type: 'boolean', calculated: true, createable: false },
    ],
  ])('of type %s is described as the API has it', async (type, rest, expected) => {
    const name = `Made_${type}${'formula' in rest ? '_Formula' : ''}__c`;
    const { body } = await create(`Lead.${name}`, { label: name, type, ...rest });
    expect(body.errors).toEqual([]);
    await grant(`Lead.${name}`, 'System Administrator').catch(() => undefined);
    expect(await field('Lead', name)).toMatchObject(expected);
  });

  it('of an activity is there on tasks and events', async () => {
    await create('Activity.Channel__c', { label: 'Channel', type: 'Text', length: 20 });
    await grant('Task.Channel__c', 'System Administrator');
    await grant('Event.Channel__c', 'System Administrator');
    expect(await field('Task', 'Channel__c')).toBeDefined();
    expect(await field('Event', 'Channel__c')).toBeDefined();
  });

  it.each([
    ['a name that is taken', 'Lead.Outer_Id__c', text, 'DUPLICATE_DEVELOPER_NAME'],
    ['an object of the setup', 'Profile.A__c', text, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    [
      'a scale above the precision',
      'Lead.A__c',
      { label: 'A', type: 'Number', precision: 2, scale: 3 },
      'FIELD_INTEGRITY_EXCEPTION',
    ],
    [
      'a default that does not fit',
      'Lead.A__c',
      { label: 'A', type: 'Number', precision: 2, scale: 0, defaultValue: '100' },
      'FIELD_INTEGRITY_EXCEPTION',
    ],
    [
      'a master of a standard object',
      'Lead.A__c',
      { label: 'A', type: 'MasterDetail', referenceTo: 'Account', relationshipName: 'As' },
      'FIELD_INTEGRITY_EXCEPTION',
    ],
    [
      'an object that is not there',
      'Wish__c.A__c',
      text,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    ],
    ['a name without __c', 'Lead.Wish', text, 'FIELD_INTEGRITY_EXCEPTION'],
    ['no length', 'Lead.A__c', { label: 'A', type: 'Text' }, 'FIELD_INTEGRITY_EXCEPTION'],
    ['no label', 'Lead.A__c', { type: 'Date' }, 'FIELD_INTEGRITY_EXCEPTION'],
    ['an unknown type', 'Lead.A__c', { label: 'A', type: 'Wish' }, 'JSON_PARSER_ERROR'],
    [
      'a type that this org lacks',
      'Lead.A__c',
      { label: 'A', type: 'Summary' },
      'FIELD_INTEGRITY_EXCEPTION',
    ],
    [
      'a wrong formula',
      'Lead.A__c',
      { label: 'A', type: 'Checkbox', formula: 'WISH(' },
      'FIELD_INTEGRITY_EXCEPTION',
    ],
  ])('%s is refused', async (_name, fullName, metadata, code) => {
    const { status, body } = await create(fullName, metadata);
    expect([status, body[0].errorCode]).toEqual([400, code]);
  });

  it('a request without metadata, or from somebody who may not, is refused', async () => {
    const none = await admin('POST', 'tooling/sobjects/CustomField', { FullName: 'Lead.B__c' });
    expect([none.status, none.body[0].errorCode]).toEqual([400, 'REQUIRED_FIELD_MISSING']);
    const plain = { FullName: 'Lead.B__c', Metadata: text };
    const refused = await rest('POST', 'tooling/sobjects/CustomField', plain);
    expect(refused.status).toBe(403);
    expect((await admin('DELETE', 'tooling/sobjects/CustomField/00N000000000001')).status).toBe(
      404,
    );
  });

  it('a field of the control URL is seen by all at once', async () => {
    const change = { op: 'add-field', object: 'Lead', field: 'Open__c', type: 'string' };
    await control(sandbox, 'POST', '/schema', change);
    expect(await field('Lead', 'Open__c', rest)).toMatchObject({ updateable: true });
  });
});

describe('Tooling queries', () => {
  it('find custom fields by name and object, with their metadata', async () => {
    const { records, totalSize } = await toolingQuery(
      `SELECT Id, DeveloperName, FullName, Metadata, EntityDefinition.QualifiedApiName FROM CustomField WHERE DeveloperName = 'Outer_Id' AND TableEnumOrId = 'Lead'`,
    );
    expect(totalSize).toBe(1);
    expect(records[0]).toMatchObject({
      attributes: {
        type: 'CustomField',
        url: expect.stringContaining('/tooling/sobjects/CustomField/00N'),
      },
      FullName: 'Lead.Outer_Id__c',
      Metadata: { type: 'Text', length: 36, externalId: true },
      EntityDefinition: { QualifiedApiName: 'Lead' },
    });
  });

  it('make and find custom objects, which have fields of their own', async () => {
    const { status, body } = await admin('POST', 'tooling/sobjects/CustomObject', {
      FullName: 'Visit__c',
      Metadata: {
        label: 'Visit',
        pluralLabel: 'Visits',
        nameField: { type: 'Text', label: 'Name' },
        deploymentStatus: 'Deployed',
        sharingModel: 'ReadWrite',
      },
    });
    expect([status, body.id]).toEqual([201, expect.stringMatching(/^01I/)]);
    expect((await admin('GET', 'sobjects/Visit__c/describe')).body.labelPlural).toBe('Visits');
    expect((await rest('GET', 'sobjects/Visit__c/describe')).status).toBe(404);
    expect((await create('Visit__c.Note__c', { label: 'Note', type: 'TextArea' })).status).toBe(
      201,
    );
    const { records } = await toolingQuery(
      `SELECT DurableId FROM EntityDefinition WHERE QualifiedApiName = 'Visit__c'`,
    );
    expect(records[0].DurableId).toBe(body.id.slice(0, 15));
  });

  it('validation rules are made of formulas and hold at once', async () => {
    const { status, body } = await admin('POST', 'tooling/sobjects/ValidationRule', {
      FullName: 'Lead.No_Fax',
      Metadata: {
        active: true,
        errorConditionFormula: 'NOT(ISBLANK(Fax))',
        errorMessage: 'No fax any more',
        errorDisplayField: 'Fax',
      },
    });
    expect([status, body.id]).toEqual([201, expect.stringMatching(/^03d/)]);
    const lead = { LastName: 'F', Company: 'A', Fax: '1' };
    const refused = await rest('POST', 'sobjects/Lead', lead);
    expect(refused.body).toEqual([
      {
        message: 'No fax any more',
        errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        fields: ['Fax'],
      },
    ]);
    await admin('DELETE', `tooling/sobjects/ValidationRule/${body.id}`);
    expect((await rest('POST', 'sobjects/Lead', lead)).status).toBe(201);
  });
});
