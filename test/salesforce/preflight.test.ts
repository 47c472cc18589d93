import { describe, expect, it } from 'vitest';
import {
  CredentialsRejected,
  SalesforceRejected,
  SalesforceUnavailable,
} from '../../src/salesforce/errors.ts';
import type { FieldDescribe, ObjectDescribe } from '../../src/salesforce/port.ts';
import { type PreflightObject, preflight } from '../../src/salesforce/preflight.ts';
import { OBJECTS } from '../../src/sync/objects.ts';

const lead: PreflightObject = {
  name: 'Lead',
  way: 'both',
  optional: false,
  createable: true,
  columns: { Id: 'sfdc_id', LastName: 'last_name', Email: 'email', IsDeleted: 'sfdc_is_deleted' },
  required: { LastName: 'lastName' },
};

const field = (name: string, more: Partial<FieldDescribe> = {}) =>
  ({
    name,
    type: 'string',
    length: 36,
    createable: true,
    updateable: true,
    calculated: false,
    filterable: true,
    externalId: false,
    unique: false,
    ...more,
  }) as FieldDescribe;

const good: Record<string, FieldDescribe> = {
  SystemModstamp: field('SystemModstamp'),
  LastName: field('LastName'),
  Email: field('Email'),
  Tandem_Id__c: field('Tandem_Id__c', { externalId: true, unique: true }),
};

function seen(fields: Record<string, FieldDescribe | null>, more: Partial<ObjectDescribe> = {}) {
  return {
    name: 'Lead',
    label: 'Lead',
    queryable: true,
    createable: true,
    updateable: true,
    deletable: true,
    fields: Object.values({ ...good, ...fields }).filter((one) => one !== null),
    ...more,
  } as ObjectDescribe;
}

const check = (
  answer: ObjectDescribe | null | Error,
  objects: readonly PreflightObject[] = [lead],
) =>
  preflight(
    {
      describe: async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    { objects, externalIdField: 'Tandem_Id__c' },
  );

describe('L2: the preflight', () => {
  it('finds nothing where all is as it should be', async () => {
    expect(await check(seen({}))).toEqual([]);
  });

  it.each([
    ['an object that is not visible', null, 'error', null, 'cannot see Lead'],
    [
      'one that may not be queried',
      seen({}, { queryable: false }),
      'error',
      null,
      'cannot see Lead',
    ],
    [
      'one that may not be edited',
      seen({}, { updateable: false }),
      'error',
      null,
      'may not edit Lead',
    ],
    [
      'one that may not be created',
      seen({}, { createable: false }),
      'error',
      null,
      'may not create Lead',
    ],
    [
      'trap 1: a cursor that cannot be filtered',
      seen({ SystemModstamp: field('SystemModstamp', { filterable: false }) }),
      'error',
      'SystemModstamp',
      'cannot be queried by',
    ],
    ['a hidden field', seen({ Email: null }), 'warning', 'Email', 'not visible'],
    [
      'a read-only field',
      seen({ Email: field('Email', { updateable: false }) }),
      'warning',
      'Email',
      'read-only',
    ],
    [
      'C6: a read-only required field',
      seen({ LastName: field('LastName', { createable: false }) }),
      'error',
      'LastName',
      'each new record needs',
    ],
    [
      'N2: no External ID field',
      seen({ Tandem_Id__c: null }),
      'error',
      'Tandem_Id__c',
      'does not exist',
    ],
    [
      'N2: one that is no external id',
      seen({ Tandem_Id__c: field('Tandem_Id__c', { unique: true }) }),
      'error',
      'Tandem_Id__c',
      'not marked "External ID"',
    ],
    [
      'N2: one that is not unique',
      seen({ Tandem_Id__c: field('Tandem_Id__c', { externalId: true }) }),
      'error',
      'Tandem_Id__c',
      'not marked "Unique"',
    ],
    [
      'N2: one that is read-only',
      seen({ Tandem_Id__c: { ...good.Tandem_Id__c!, createable: false } }),
      'error',
      'Tandem_Id__c',
      'cannot be written',
    ],
    [
      'N2: one too short for a UUID',
      seen({ Tandem_Id__c: { ...good.Tandem_Id__c!, length: 18 } }),
      'error',
      'Tandem_Id__c',
      'at least 36',
    ],
    [
      'an object whose describe is refused',
      new SalesforceRejected('INSUFFICIENT_ACCESS', 'no'),
      'error',
      null,
      'INSUFFICIENT_ACCESS',
    ],
  ] as const)('names %s, its cost and the remedy', async (_, answer, severity, at, what) => {
    const findings = await check(answer);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity, object: 'Lead', field: at });
    expect(findings[0]!.what).toContain(what);
    expect(findings[0]!.cost).toMatch(/\.$/);
    expect(findings[0]!.remedy).toMatch(/\.$/);
  });

  it('names missing access to the API once, not for each object', async () => {
    const findings = await check(new CredentialsRejected('X', 'y', 'z'), [lead, lead]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      object: null,
      cost: 'Nothing is synced.',
    });
  });

  it('throws what may pass: an outage is no finding', async () => {
    await expect(check(new SalesforceUnavailable('down'))).rejects.toThrow(SalesforceUnavailable);
  });

  it('asks no write access of an object that is only pulled', async () => {
    const account = { ...lead, way: 'pull', createable: false } as const;
    const shut = { updateable: false, createable: false };
    const answer = seen({ Email: field('Email', shut), Tandem_Id__c: null }, shut);
    expect(await check(answer, [account])).toEqual([]);
  });

  it('takes the catalogue’s entries as they are', async () => {
    const findings = await check(null, OBJECTS);
    const needed = OBJECTS.filter(({ optional }) => !optional).map(({ name }) => name);
    expect(findings.map(({ object }) => object)).toEqual(needed);
  });
});
