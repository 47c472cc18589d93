import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from './support.ts';
import { login, restClient } from './support-client.ts';

let sandbox: RunningSandbox;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  sandbox = await startSandbox();
  rest = restClient(sandbox, await login(sandbox, sandbox.admin));
});
afterAll(() => sandbox.stop());

const asked = (soql: string, resource = 'query') =>
  rest('GET', `${resource}?q=${encodeURIComponent(soql)}&columns=true`);

async function columns(soql: string) {
  const { status, body } = await asked(soql);
  expect(status).toBe(200);
  return body.columnMetadata;
}

/** What a column has, where nothing else is said. */
const text = {
  aggregate: false,
  apexType: 'String',
  booleanType: false,
  custom: false,
  foreignKeyName: null,
  insertable: false,
  joinColumns: [],
  numberType: false,
  textType: true,
  updatable: false,
};
const named = (name: string) => ({ ...text, columnName: name, displayName: name });

describe("GET /query?columns=true, as Salesforce's command line asks for the heads of its tables", () => {
  it('names the fields of rows with their types, and no rows', async () => {
    const { body } = await asked('SELECT id, Name, IsActive, CreatedDate FROM User');
    expect(body).toEqual({
      columnMetadata: [
        { ...named('Id'), apexType: 'Id', textType: false },
        named('Name'),
        expect.objectContaining({ columnName: 'IsActive', booleanType: true, insertable: true }),
        expect.objectContaining({ columnName: 'CreatedDate', apexType: 'Datetime' }),
      ],
      entityName: 'User',
      groupBy: false,
      idSelected: true,
      keyPrefix: '005',
    });
  });

  it('has the fields of parents and lists of children in their joins', async () => {
    const join = { ...text, apexType: null, textType: false };
    const lastName = { ...named('LastName'), insertable: true, updatable: true };
    expect(
      await columns('SELECT Owner.Name, (SELECT LastName FROM Contacts) FROM Account'),
    ).toEqual([
      {
        ...join,
        columnName: 'Owner',
        displayName: 'Owner',
        foreignKeyName: 'OwnerId',
        joinColumns: [named('Name')],
      },
      {
        ...join,
        aggregate: true,
        columnName: 'Contacts',
        displayName: 'Contacts',
        joinColumns: [lastName],
      },
    ]);
    const [what] = await columns(
      'SELECT TYPEOF What WHEN Account THEN Phone, Name WHEN Opportunity THEN Name END FROM Task',
    );
    expect(what).toMatchObject({
      columnName: 'What',
      foreignKeyName: 'WhatId',
      joinColumns: [{ columnName: 'Phone' }, { columnName: 'Name' }],
    });
  });

  it('calls functions by their name or their alias', async () => {
    const { body } = await asked(
      'SELECT CampaignId, AVG(Amount), COUNT(Id) n FROM Opportunity GROUP BY CampaignId',
    );
    expect(body).toMatchObject({ groupBy: true, idSelected: false, entityName: 'Opportunity' });
    expect(body.columnMetadata).toMatchObject([
      { aggregate: false, columnName: 'CampaignId', apexType: 'Id', insertable: true },
      {
        aggregate: true,
        columnName: 'expr0',
        displayName: 'avg(Amount)',
        apexType: null,
        numberType: true,
      },
      { aggregate: true, columnName: 'n', displayName: 'count(Id)' },
    ]);
    expect(await columns('SELECT COUNT() FROM Lead')).toEqual([]);
  });

  it('refuses what the query itself is refused for, and knows definitions in tooling', async () => {
    const refused = await asked('SELECT Nope FROM Lead');
    expect([refused.status, refused.body[0].errorCode]).toEqual([400, 'INVALID_FIELD']);
    const { body } = await asked('SELECT DeveloperName FROM CustomField', 'tooling/query');
    expect(body).toMatchObject({
      entityName: 'CustomField',
      columnMetadata: [{ columnName: 'DeveloperName', textType: true }],
    });
  });
});
