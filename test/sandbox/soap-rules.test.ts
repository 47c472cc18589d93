import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { type SoapClient, soapClient } from './soap-client.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests({ people: 4 });
let soap: SoapClient;
let queueId: string;
beforeAll(async () => {
  soap = await soapClient(sandbox, { who: sandbox.admin });
  const { rows } = await sandbox.pool.query(
    `SELECT "QueueId" AS id FROM org."QueueSobject" WHERE "SobjectType" = 'Lead' LIMIT 1`,
  );
  queueId = rows[0].id;
});

const lead = (more = '') =>
  `<sObjects><type>Lead</type><FirstName>Liv</FirstName><LastName>Berg</LastName><Email>liv@berg.example</Email><Company>Berg AS</Company>${more}</sObjects>`;

describe('duplicate rules in SOAP', () => {
  const RULE = { kind: 'duplicate', name: 'Standard_Lead_Duplicate_Rule', op: 'change' };
  let first: string;
  beforeAll(async () => {
    first = (await soap.call('create', lead())).find(/<id>(\w{18})/)!;
    await control(sandbox, 'POST', '/rules', { ...RULE, active: true, onInsert: 'Alert' });
  });
  afterAll(() => control(sandbox, 'POST', '/rules', { ...RULE, active: false }));

  it('a duplicate is an error of its own type, with the records found', async () => {
    const { status, text } = await soap.call(
      'create',
      lead(),
      '<DuplicateRuleHeader><allowSave>false</allowSave><includeRecordDetails>true</includeRecordDetails></DuplicateRuleHeader>',
    );
    expect(status).toBe(200);
    expect(text).toContain(
      '<result><errors xsi:type="DuplicateError"><message>Use one of these records?</message><statusCode>DUPLICATES_DETECTED</statusCode><duplicateResult><allowSave>true</allowSave><duplicateRule>Standard_Lead_Duplicate_Rule</duplicateRule><duplicateRuleEntityType>Lead</duplicateRuleEntityType><errorMessage>Use one of these records?</errorMessage><matchResults><entityType>Lead</entityType>',
    );
    expect(text).toContain(
      `<matchRecords><matchConfidence>100.0</matchConfidence><record xsi:type="sf:sObject"><sf:type>Lead</sf:type><sf:Id>${first}</sf:Id><sf:Id>${first}</sf:Id>`,
    );
    expect(text).toContain(
      '</duplicateResult></errors><id xsi:nil="true"/><success>false</success>',
    );
  });

  it('DuplicateRuleHeader saves it all the same', async () => {
    const { text } = await soap.call(
      'create',
      lead(),
      '<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>',
    );
    expect(text).toContain('<success>true</success>');
  });
});

describe('assignment rules in SOAP', () => {
  let ruleId: string;
  beforeAll(async () => {
    await control(sandbox, 'POST', '/rules', {
      kind: 'assignment',
      object: 'Lead',
      op: 'add',
      name: 'All to the queue',
      active: true,
      entries: [{ owner: queueId }],
    });
    const { text } = await soap.call(
      'query',
      "<queryString>SELECT Id FROM AssignmentRule WHERE Name = 'All to the queue'</queryString>",
    );
    ruleId = /01Q\w{15}/.exec(text)![0];
  });

  async function ownerWith(header: string): Promise<string> {
    const made = await soap.call('create', lead(), header);
    const { rows } = await sandbox.pool.query(
      'SELECT "OwnerId" AS owner FROM org."Lead" WHERE "Id" = $1',
      [made.find(/<id>(\w{18})/)],
    );
    return rows[0].owner;
  }

  it('assign only when AssignmentRuleHeader asks for it', async () => {
    expect(await ownerWith('')).not.toBe(queueId);
    const asked = (inner: string) => `<AssignmentRuleHeader>${inner}</AssignmentRuleHeader>`;
    expect(await ownerWith(asked('<useDefaultRule>true</useDefaultRule>'))).toBe(queueId);
    const byId = asked(`<assignmentRuleId>${ruleId.slice(0, 15)}</assignmentRuleId>`);
    expect(await ownerWith(byId)).toBe(queueId);
  });

  it('an id of a rule that is none is a fault', async () => {
    const { status, text } = await soap.call(
      'create',
      lead(),
      '<AssignmentRuleHeader><assignmentRuleId>perhaps</assignmentRuleId></AssignmentRuleHeader>',
    );
    expect(status).toBe(500);
    expect(text).toContain('<sf:InvalidIdFault xsi:type="sf:InvalidIdFault">');
  });
});
