import { describe, expect, it } from 'vitest';
import {
  isPulled,
  isPushed,
  mapFields,
  mapObjects,
  unknownFields,
} from '../../src/sync/field-map.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { field, LEAD, lead, NO_CONFIG, of, withFields } from './described-fields.ts';

const CONTACT = [
  field('Id', { type: 'id', createable: false, updateable: false }),
  field('LastName'),
  field('AccountId', { type: 'reference' }),
  field('MailingStreet', { type: 'textarea' }),
  field('Birthdate', { type: 'date' }),
  field('Shared__c', { length: 40 }),
  field('Grade__c', { type: 'picklist' }),
];

describe('the default map', () => {
  it.each([
    ['Id', 'sfdc_id', 'text', 'pull'],
    ['IsDeleted', 'sfdc_is_deleted', 'boolean', 'pull'],
    ['CreatedDate', 'sfdc_created_at', 'timestamptz', 'pull'],
    ['Street', 'address', 'text', 'both'],
    ['OwnerId', 'owner_id', 'text', 'both'],
    ['AnnualRevenue', 'annual_revenue', 'numeric', 'both'],
    ['NumberOfEmployees', 'num_employees', 'integer', 'both'],
    ['Shared__c', 'shared__c', 'text', 'both'],
    ['Days_Open__c', 'days_open__c', 'numeric', 'pull'],
  ])('C2, J6: Lead.%s goes to %s, %s, %s', (name, column, columnType, direction) => {
    expect(of(lead(), name)).toMatchObject({ column, columnType, direction });
  });

  it.each(['Name', 'Address', 'Photo__c', 'SystemModstamp', 'LastModifiedDate', 'Tandem_Id__c'])(
    'J5: Lead.%s is off, with a reason',
    (name) => {
      const mapping = of(lead(), name);
      expect(mapping.direction).toBe('off');
      expect(mapping.reason).toMatch(/\w{5}/);
    },
  );

  it('J5: what moves one way only says why, what moves both ways says nothing', () => {
    for (const mapping of lead()) {
      expect(mapping.reason === null, mapping.field).toBe(mapping.direction === 'both');
    }
  });

  it('J1: every field that describe shows is there', () => {
    expect(lead().map((mapping) => mapping.field)).toEqual(LEAD.map(({ name }) => name));
  });

  it('D1: accounts are pulled only, whatever describe allows', () => {
    const account = mapFields(
      objectSpec('Account'),
      { name: 'Account', fields: [field('Site')] },
      NO_CONFIG,
    );
    expect(of(account, 'Site')).toMatchObject({
      direction: 'pull',
      reason: 'Account is pulled only',
    });
  });

  it('C2: a custom number field for the lead score goes to score, text of that name does not', () => {
    const score = (type: string) =>
      of(lead(NO_CONFIG, [field('Lead_Score__c', { type })]), 'Lead_Score__c');
    expect(score('double').column).toBe('score');
    expect(score('string').column).toBe('lead_score__c');
  });

  it('B: marketing wins on leads, Salesforce on contacts', () => {
    expect(of(lead(), 'LastName').conflict).toBe('marketing');
    expect(objectSpec('Contact').conflict).toBe('salesforce');
  });
});

describe('lead and contact in one table', () => {
  const objects = [
    { spec: objectSpec('Lead'), describe: { name: 'Lead', fields: LEAD } },
    { spec: objectSpec('Contact'), describe: { name: 'Contact', fields: CONTACT } },
  ];
  const column = (object: string, name: string, config = NO_CONFIG) =>
    of(
      mapObjects(objects, config).filter((mapping) => mapping.object === object),
      name,
    ).column;

  it('C2: addresses and accounts go to the columns of the person', () => {
    expect(column('Contact', 'MailingStreet')).toBe('address');
    expect(column('Contact', 'AccountId')).toBe('account');
    expect(column('Contact', 'Birthdate')).toBe('date_of_birth');
  });

  it('C4: a custom field of the same name is one column', () => {
    expect(column('Contact', 'Shared__c')).toBe(column('Lead', 'Shared__c'));
  });

  it('C4, J6: of another type it is a column of its own', () => {
    expect(column('Lead', 'Grade__c')).toBe('grade__c');
    expect(column('Contact', 'Grade__c')).toBe('grade__c_contact');
  });

  it('C4: config splits and joins', () => {
    const split = withFields('Contact', { Shared__c: { column: 'shared_of_contact' } });
    expect(column('Contact', 'Shared__c', split)).toBe('shared_of_contact');
    const join = withFields('Contact', { Shared__c: { column: 'company' } });
    expect(column('Contact', 'Shared__c', join)).toBe('company');
  });

  it('C4: config that joins columns of different types is refused with what to do', () => {
    const join = withFields('Contact', { Birthdate: { column: 'company' } });
    expect(() => mapObjects(objects, join)).toThrow(
      'Contact.Birthdate cannot map to company: Lead.Company holds text in company. Choose another column in tandem.yaml.',
    );
  });
});

describe('B1: config', () => {
  it('sets the way and the conflict rule per field, and the rule per object', () => {
    const mapped = lead({
      ...NO_CONFIG,
      objects: {
        Lead: {
          conflict: 'latest',
          fields: { Rating: { way: 'push' }, Company: { conflict: 'salesforce' } },
        },
      },
    });
    expect(of(mapped, 'Rating')).toMatchObject({ direction: 'push', conflict: 'latest' });
    expect(of(mapped, 'Company')).toMatchObject({ direction: 'both', conflict: 'salesforce' });
    expect(isPulled(of(mapped, 'Rating'))).toBe(false);
    expect(isPushed(of(mapped, 'Rating'))).toBe(true);
  });

  it('leaves a field out, and takes one in that is left out by default', () => {
    expect(of(lead(withFields('Lead', { Rating: { way: 'off' } })), 'Rating')).toMatchObject({
      direction: 'off',
      reason: 'off in tandem.yaml',
    });
    expect(of(lead(withFields('Lead', { Name: { way: 'pull' } })), 'Name').direction).toBe('pull');
  });

  it('cannot push what Salesforce does not let the user edit, and says so', () => {
    const mapped = of(lead(withFields('Lead', { Days_Open__c: { way: 'both' } })), 'Days_Open__c');
    expect(mapped.direction).toBe('pull');
    expect(mapped.reason).toContain('"both" in tandem.yaml has no effect');
  });

  it('cannot take a column that the table keeps for itself, or one that is taken', () => {
    const map = (name: string, column: string) => lead(withFields('Lead', { [name]: { column } }));
    expect(() => map('Rating', 'id')).toThrow(/keeps the column id for itself/);
    expect(() => map('Rating', 'company')).toThrow(/Lead.Company has the column company already/);
  });

  it('L2: a field that describe does not show is named', () => {
    const config = withFields('Lead', { Rating: { way: 'pull' }, Ratting: { way: 'pull' } });
    expect(unknownFields(objectSpec('Lead'), { name: 'Lead', fields: LEAD }, config)).toEqual([
      'Ratting',
    ]);
  });
});
