import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

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

describe('Queries of the Tooling API', () => {
  const all = "SELECT Id FROM FieldDefinition WHERE EntityDefinitionId = 'Lead'";

  it('come in pages like those of the data API', async () => {
    const ask = (path: string) =>
      rest('GET', path, undefined, { 'Sforce-Query-Options': 'batchSize=200' });
    const first = await ask(`tooling/query?q=${encodeURIComponent(all.replace('=', '!='))}`);
    expect(first.body).toMatchObject({ done: false, size: 200, entityTypeName: 'FieldDefinition' });
    expect(first.body.nextRecordsUrl).toMatch(/\/tooling\/query\/01g\w{15}-200$/);
    const next = await ask(first.body.nextRecordsUrl.replace(/^.*v\d+\.0\//, ''));
    expect(next.body.totalSize).toBe(first.body.totalSize);
    expect(next.body.records[0].Id).not.toBe(first.body.records[0].Id);
  });

  it('read Metadata of one row alone', async () => {
    const { status, body } = await query('SELECT FullName FROM CustomField', 'tooling/query');
    expect([status, body[0].errorCode]).toEqual([400, 'MALFORMED_QUERY']);
    expect(body[0].message).toMatch(/must specify no more than one row for retrieval/);
  });
});
