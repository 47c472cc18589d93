import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from './support.ts';
import { login, restClient } from './support-client.ts';

let sandbox: RunningSandbox;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  sandbox = await startSandbox();
  rest = restClient(sandbox, await login(sandbox));
});
afterAll(() => sandbox.stop());

const query = (soql: string, path = 'query') =>
  rest('GET', `${path}?q=${encodeURIComponent(soql)}`);

describe.each(['query', 'tooling/query'])('Definitions by %s', (path) => {
  it('objects have their names, prefixes and sharing', async () => {
    const { body } = await query(
      `SELECT QualifiedApiName, DeveloperName, Label, KeyPrefix, DurableId, InternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN ('Lead', 'Account') ORDER BY QualifiedApiName`,
      path,
    );
    expect(body.records.map(({ attributes: _, ...row }: { attributes: object }) => row)).toEqual([
      {
        QualifiedApiName: 'Account',
        DeveloperName: 'Account',
        Label: 'Account',
        KeyPrefix: '001',
        DurableId: 'Account',
        InternalSharingModel: 'ReadWrite',
      },
      expect.objectContaining({ QualifiedApiName: 'Lead', KeyPrefix: '00Q' }),
    ]);
  });

  it.each([
    `EntityDefinition.QualifiedApiName = 'Lead'`,
    `EntityDefinitionId = 'Lead'`,
    `EntityDefinition.DeveloperName IN ('Lead')`,
  ])('fields of an object are found where %s', async (filter) => {
    const { body } = await query(
      `SELECT QualifiedApiName, DataType, Length, IsNillable, IsIndexed, EntityDefinitionId FROM FieldDefinition WHERE ${filter} AND QualifiedApiName = 'Company'`,
      path,
    );
    expect(body.records[0]).toMatchObject({
      DataType: 'Text(255)',
      Length: 255,
      IsNillable: false,
      IsIndexed: false,
      EntityDefinitionId: 'Lead',
    });
  });

  it('fields without a filter on their object are refused', async () => {
    const { status, body } = await query('SELECT QualifiedApiName FROM FieldDefinition', path);
    expect([status, body]).toEqual([
      400,
      [
        {
          message:
            'FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]',
          errorCode: 'MALFORMED_QUERY',
        },
      ],
    ]);
  });
});

describe('Tooling describes', () => {
  it('name what the Tooling API has', async () => {
    const { body } = await rest('GET', 'tooling/sobjects');
    expect(body.sobjects.map(({ name }: { name: string }) => name)).toContain('CustomField');
    const described = await rest('GET', 'tooling/sobjects/CustomField/describe');
    expect(described.body.fields.map(({ name }: { name: string }) => name)).toContain('FullName');
    expect((await rest('GET', 'tooling/sobjects/Wish/describe')).status).toBe(404);
  });
});
