import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { type SoapClient, soapClient } from './soap-client.ts';
import { restClient } from './support-client.ts';

const sandbox = sandboxForTests();
let soap: SoapClient;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  soap = await soapClient(sandbox, { who: sandbox.admin });
  rest = restClient(sandbox, soap.token);
});

const lead = (lastName: string, more = '') =>
  `<sObjects><type>Lead</type><LastName>${lastName}</LastName><Company>Acme</Company>${more}</sObjects>`;

async function newLead(more = ''): Promise<string> {
  const answer = await soap.call('create', lead('Doe', more));
  return answer.find(/<id>(\w{18})<\/id>/)!;
}

const read = async (id: string) => (await rest('GET', `sobjects/Lead/${id}`)).body;

describe('SOAP create', () => {
  it('answers each record in order: an id, or errors with fields, message and status code', async () => {
    const { status, text } = await soap.call(
      'create',
      lead('One') + lead('Two', '<Email>no address</Email>') + lead('Three'),
    );
    expect(status).toBe(200);
    expect(text).toMatch(
      /<createResponse><result><id>00Q\w{15}<\/id><success>true<\/success><\/result><result><errors><fields>Email<\/fields><message>Email: invalid email address: no address<\/message><statusCode>INVALID_EMAIL_ADDRESS<\/statusCode><\/errors><id xsi:nil="true"\/><success>false<\/success><\/result><result><id>00Q\w{15}<\/id><success>true<\/success><\/result><\/createResponse>/,
    );
    expect(text).toMatch(
      /<LimitInfoHeader><limitInfo><current>\d+<\/current><limit>108000<\/limit><type>API REQUESTS<\/type>/,
    );
  });

  it('AllOrNoneHeader undoes the whole call when one record fails', async () => {
    const { text } = await soap.call(
      'create',
      lead('Undone') + lead('Bad', '<Email>no address</Email>'),
      '<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>',
    );
    expect(text).toContain('<statusCode>ALL_OR_NONE_OPERATION_ROLLED_BACK</statusCode>');
    expect(text).not.toContain('<success>true</success>');
    const { body } = await rest('GET', "query?q=SELECT+Id+FROM+Lead+WHERE+LastName='Undone'");
    expect(body.totalSize).toBe(0);
  });

  it('takes records of several objects, in ten runs at most', async () => {
    const account = '<sObjects><type>Account</type><Name>Run</Name></sObjects>';
    const mixed = await soap.call('create', lead('A') + account + lead('B'));
    expect(mixed.text.match(/<id>(001|00Q)/g)).toEqual(['<id>00Q', '<id>001', '<id>00Q']);
    const { status, text } = await soap.call('create', (lead('A') + account).repeat(6));
    expect(status).toBe(500);
    expect(text).toContain('Cannot have more than 10 chunks in a single operation.');
  });

  it('takes 200 records and not one more', async () => {
    const { status, text } = await soap.call('create', lead('Many').repeat(201));
    expect(status).toBe(500);
    expect(text).toContain('<faultcode>sf:EXCEEDED_ID_LIMIT</faultcode>');
    expect(text).toContain('cannot submit more than 200 records into this call');
  });

  it.each([
    [
      'an unknown type',
      '<sObjects><type>Nothing__c</type></sObjects>',
      'InvalidSObjectFault',
      'INVALID_TYPE',
      "sObject type 'Nothing__c' is not supported.",
    ],
    [
      'no type',
      '<sObjects><LastName>x</LastName></sObjects>',
      'InvalidSObjectFault',
      'INVALID_TYPE',
      'Must send a concrete entity type.',
    ],
    [
      'an unknown field',
      lead('x', '<Nothing__c>1</Nothing__c>'),
      'InvalidFieldFault',
      'INVALID_FIELD',
      "No such column 'Nothing__c' on entity 'Lead'.",
    ],
    [
      'an unknown field to null',
      lead('x', '<fieldsToNull>Nope</fieldsToNull>'),
      'InvalidFieldFault',
      'INVALID_FIELD',
      "No such column 'Nope' on entity 'Lead'.",
    ],
    [
      'an unknown relationship',
      lead('x', '<Nope__r><type>Lead</type><Id>1</Id></Nope__r>'),
      'InvalidFieldFault',
      'INVALID_FIELD',
      "No such relation 'Nope__r' on entity 'Lead'.",
    ],
  ])(
    '%s fails the whole call, and nothing is written',
    async (_, records, fault, code, message) => {
      const { status, text } = await soap.call('create', lead('Whole') + records);
      expect(status).toBe(500);
      expect(text).toContain(`<faultcode>sf:${code}</faultcode>`);
      expect(text).toContain(`<sf:${fault} xsi:type="sf:${fault}"><sf:exceptionCode>${code}`);
      expect(text.replaceAll('&apos;', "'")).toContain(`<sf:exceptionMessage>${message}`);
      expect(text).toContain('<sf:row>-1</sf:row><sf:column>-1</sf:column>');
      const { body } = await rest('GET', "query?q=SELECT+Id+FROM+Lead+WHERE+LastName='Whole'");
      expect(body.totalSize).toBe(0);
    },
  );

  it.each([
    ['NumberOfEmployees', 'many', 'xsd:int'],
    ['AnnualRevenue', '', 'xsd:double'],
    ['HasOptedOutOfEmail', 'yes', 'xsd:boolean'],
  ])('a value that %s cannot be read from is a client fault', async (field, value, type) => {
    const { status, text } = await soap.call('create', lead('x', `<${field}>${value}</${field}>`));
    expect(status).toBe(500);
    expect(text).toContain(
      `<faultcode>soapenv:Client</faultcode><faultstring>&apos;${value}&apos; is not a valid value for the type ${type}</faultstring>`,
    );
  });
});

describe('SOAP update, upsert and delete', () => {
  it('fieldsToNull empties fields; nil and empty elements leave them alone', async () => {
    const id = await newLead('<Phone>1</Phone><Title>Boss</Title><City>Oslo</City>');
    const { text } = await soap.call(
      'update',
      `<sObjects><type>Lead</type><fieldsToNull>Phone</fieldsToNull><Id>${id}</Id><Title xsi:nil="true"/><City></City><Company>New</Company></sObjects>`,
    );
    expect(text).toContain(`<id>${id}</id><success>true</success>`);
    expect(await read(id)).toMatchObject({
      Phone: null,
      Title: 'Boss',
      City: 'Oslo',
      Company: 'New',
    });
  });

  it('an update without an id, or of a row that is gone, fails by itself', async () => {
    const id = await newLead();
    await soap.call('delete', `<ids>${id}</ids>`);
    const { text } = await soap.call(
      'update',
      `${lead('x')}<sObjects><type>Lead</type><Id>${id}</Id><LastName>y</LastName></sObjects>`,
    );
    expect(text).toContain('<statusCode>MISSING_ARGUMENT</statusCode>');
    expect(text).toContain(
      '<message>entity is deleted</message><statusCode>ENTITY_IS_DELETED</statusCode></errors><id xsi:nil="true"/><success>false</success>',
    );
  });

  it('upsert says what it created, and takes Id for a key', async () => {
    const id = await newLead();
    const { text } = await soap.call(
      'upsert',
      `<externalIDFieldName>Id</externalIDFieldName>${lead('Changed', `<Id>${id}</Id>`)}${lead('New')}`,
    );
    expect(text).toMatch(
      new RegExp(
        `<result><created>false</created><id>${id}</id><success>true</success></result><result><created>true</created><id>00Q`,
      ),
    );
    expect(await read(id)).toMatchObject({ LastName: 'Changed' });
  });

  it('upsert by a field that one of the objects has not got is a fault, and saves none of the others', async () => {
    const { status } = await soap.call(
      'upsert',
      `<externalIDFieldName>Username</externalIDFieldName><sObjects><type>User</type><Username>${sandbox.username}</Username><Title>Half</Title></sObjects>${lead('x')}`,
    );
    expect(status).toBe(500);
    const { rows } = await sandbox.pool.query(
      `SELECT "Title" FROM org."User" WHERE "Username" = $1`,
      [sandbox.username],
    );
    expect(rows[0].Title).not.toBe('Half');
  });

  it('upsert by a field that is no external id is a fault', async () => {
    const { status, text } = await soap.call(
      'upsert',
      `<externalIDFieldName>City</externalIDFieldName>${lead('x')}`,
    );
    expect(status).toBe(500);
    expect(text).toContain(
      'Field name provided, City does not match an External ID, Salesforce Id, or indexed field for Lead',
    );
  });

  it('delete takes ids of several objects; what is no id fails by itself', async () => {
    const id = await newLead();
    const { text } = await soap.call(
      'delete',
      `<ids/><ids>${id}</ids><ids>nonsense</ids><ids>${id}</ids>`,
    );
    expect(text).toContain(
      `<statusCode>MALFORMED_ID</statusCode></errors><id xsi:nil="true"/><success>false</success></result><result><id>${id}</id><success>true</success></result>`,
    );
    expect(text).toContain('<statusCode>MALFORMED_ID</statusCode>');
    expect(text).toContain('<statusCode>ENTITY_IS_DELETED</statusCode>');
  });

  it('a parent can be named by an external id', async () => {
    await soap.call('create', '<sObjects><type>Account</type><Name>Parent</Name></sObjects>');
    const { text } = await soap.call(
      'create',
      `<sObjects><type>Contact</type><LastName>Child</LastName><Owner><type>User</type><Username>${sandbox.username}</Username></Owner></sObjects>`,
    );
    expect(text).toContain('<success>true</success>');
  });
});
