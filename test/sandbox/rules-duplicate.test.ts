import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { recordClient } from './record-client.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests({ people: 4 });
const sync = forTests(() => recordClient(sandbox));
let existing: string;

const RULE = { kind: 'duplicate', name: 'Standard_Lead_Duplicate_Rule' };
const ALLOW = { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' };

beforeAll(async () => {
  existing = (await create('Lead', person())).body.id;
});
beforeEach(() =>
  control({ ...RULE, op: 'change', active: true, onInsert: 'Alert', onUpdate: 'Allow' }),
);

const person = (fields: object = {}) => ({
  FirstName: 'Zoë',
  LastName: 'Lindqvist',
  Email: 'zoe@norrsken.example',
  Company: 'Norrsken AB',
  ...fields,
});

const create = (object: string, body: object, headers?: Record<string, string>) =>
  sync.call('POST', `/sobjects/${object}`, body, headers);

async function control(body: object) {
  const answer = await fetch(`${sandbox.controlUrl}/rules`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  expect(text).toBe('{"changed":true}');
}

describe('an alert rule', () => {
  it('refuses a duplicate and names the record it found, in Salesforce’s keys', async () => {
    const { status, body } = await create('Lead', person({ FirstName: 'zoe' }));
    expect(status).toBe(400);
    expect(body).toEqual([
      {
        duplicateResut: {
          allowSave: true,
          duplicateRule: 'Standard_Lead_Duplicate_Rule',
          duplicateRuleEntityType: 'Lead',
          errorMessage: 'Use one of these records?',
          matchResults: [
            {
              entityType: 'Lead',
              errors: [],
              matchEngine: 'FuzzyMatchEngine',
              matchRecords: [
                {
                  additionalInformation: [],
                  fieldDiffs: [],
                  matchConfidence: 100,
                  record: {
                    attributes: {
                      type: 'Lead',
                      url: `/services/data/v59.0/sobjects/Lead/${existing}`,
                    },
                    Id: existing,
                  },
                },
              ],
              rule: 'Standard_Lead_Match_Rule_v1_1',
              size: 1,
              success: true,
            },
          ],
        },
        errorCode: 'DUPLICATES_DETECTED',
        message: 'Use one of these records?',
      },
    ]);
  });

  it('lets it through for a call that allows the save', async () => {
    const { status, body } = await create('Lead', person(), ALLOW);
    expect(status).toBe(201);
    await sync.call('DELETE', `/sobjects/Lead/${body.id}`);
  });

  it('shows fields of what it found when asked to', async () => {
    const { body } = await create('Lead', person(), {
      'Sforce-Duplicate-Rule-Header': 'allowSave=false; includeRecordDetails=true',
    });
    expect(body[0].duplicateResut.matchResults[0].matchRecords[0].record).toMatchObject({
      Id: existing,
      Email: 'zoe@norrsken.example',
    });
  });

  it('in a collection says only that there are duplicates, and keeps no other record', async () => {
    const attributes = { type: 'Lead' };
    const { body } = await sync.call('POST', '/composite/sobjects', {
      records: [
        { attributes, ...person() },
        { attributes, LastName: 'Other', Company: 'C' },
      ],
    });
    expect(body).toEqual([
      {
        success: false,
        errors: [
          {
            statusCode: 'DUPLICATES_DETECTED',
            message: 'Use one of these records?',
            fields: [],
          },
        ],
      },
      { id: expect.any(String), success: true, errors: [] },
    ]);
  });

  it('finds a contact for a lead', async () => {
    const contact = await create('Contact', {
      FirstName: 'Ada',
      LastName: 'King',
      Email: 'ada@king.example',
    });
    const { body } = await create(
      'Lead',
      person({ FirstName: 'Ada', LastName: 'King', Email: 'ADA@king.example' }),
    );
    expect(body[0].duplicateResut.matchResults).toMatchObject([
      { entityType: 'Contact', matchRecords: [{ record: { Id: contact.body.id } }] },
    ]);
  });

  it('passes by who is in the bin, and who has no e-mail address', async () => {
    const gone = await create('Lead', person({ Email: 'gone@x.example' }));
    await sync.call('DELETE', `/sobjects/Lead/${gone.body.id}`);
    expect((await create('Lead', person({ Email: 'gone@x.example' }))).status).toBe(201);
    expect((await create('Lead', person({ Email: null }))).status).toBe(201);
  });
});

describe('a blocking rule', () => {
  it('refuses whatever the header says', async () => {
    await control({ ...RULE, op: 'change', onInsert: 'Block', message: 'We know this one' });
    const { body } = await create('Lead', person(), ALLOW);
    expect(body).toMatchObject([
      { message: 'We know this one', duplicateResut: { allowSave: false } },
    ]);
    await control({ ...RULE, op: 'change', message: 'Use one of these records?' });
  });

  it('looks at updates that change what is matched, and no others', async () => {
    const other = await create('Lead', person({ LastName: 'Berg' }));
    await control({ ...RULE, op: 'change', onUpdate: 'Block' });
    const path = `/sobjects/Lead/${other.body.id}`;
    expect((await sync.call('PATCH', path, { Title: 'Boss' })).status).toBe(204);
    const { body } = await sync.call('PATCH', path, { LastName: 'LINDQVIST' });
    expect(body[0].errorCode).toBe('DUPLICATES_DETECTED');
    // It is no duplicate of itself.
    expect(
      (
        await sync.call('PATCH', `/sobjects/Lead/${existing}`, {
          Phone: '1',
          LastName: 'Lindquist',
        })
      ).status,
    ).toBe(204);
    expect(
      (await sync.call('PATCH', `/sobjects/Lead/${existing}`, { LastName: 'Lindqvist' })).status,
    ).toBe(204);
  });
});

it('an update that writes what is there already is no new duplicate', async () => {
  await control({ ...RULE, op: 'change', onInsert: 'Allow', onUpdate: 'Block' });
  const twin = person({ LastName: 'Twin', Email: 'twin@x.example' });
  await create('Lead', twin);
  const path = `/sobjects/Lead/${(await create('Lead', twin)).body.id}`;
  expect((await sync.call('PATCH', path, { LastName: 'Twin', Title: 'Boss' })).status).toBe(204);
  expect((await sync.call('PATCH', path, { LastName: 'TWIN' })).status).toBe(400);
});

it('rules are rows, none of them active in a new org', async () => {
  await control({ ...RULE, op: 'change', active: false });
  expect((await create('Lead', person())).status).toBe(201);
  const { records } = await sync.connection.query(
    `SELECT DeveloperName, SobjectType, IsActive FROM DuplicateRule ORDER BY DeveloperName`,
  );
  expect(records).toMatchObject([
    { DeveloperName: 'Standard_Account_Duplicate_Rule', SobjectType: 'Account', IsActive: false },
    { DeveloperName: 'Standard_Contact_Duplicate_Rule', SobjectType: 'Contact', IsActive: false },
    { DeveloperName: 'Standard_Lead_Duplicate_Rule', SobjectType: 'Lead', IsActive: false },
  ]);
});
