import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { columnName, snakeCase } from '../../src/sync/column-name.ts';
import { creationFields } from '../../src/sync/creation.ts';
import {
  type DescribedField,
  type FieldConfig,
  type FieldMapping,
  isPulled,
  isPushed,
  mapFields,
  mapObjects,
  unknownFields,
} from '../../src/sync/field-map.ts';
import { OBJECTS, objectSpec, RESERVED_COLUMNS } from '../../src/sync/objects.ts';
import { freshDatabase } from '../support/database.ts';

const NO_CONFIG: FieldConfig = { externalIdField: 'Tandem_Id__c', objects: {} };

function field(name: string, over: Partial<DescribedField> = {}): DescribedField {
  return {
    name,
    type: 'string',
    length: 255,
    scale: 0,
    createable: true,
    updateable: true,
    calculated: false,
    custom: name.endsWith('__c'),
    ...over,
  };
}

const readOnly = { createable: false, updateable: false };
const LEAD = [
  field('Id', { type: 'id', ...readOnly }),
  field('IsDeleted', { type: 'boolean', ...readOnly }),
  field('CreatedDate', { type: 'datetime', ...readOnly }),
  field('SystemModstamp', { type: 'datetime', ...readOnly }),
  field('LastModifiedDate', { type: 'datetime', ...readOnly }),
  field('LastName'),
  field('FirstName'),
  field('Name', readOnly),
  field('Company'),
  field('Street', { type: 'textarea' }),
  field('Address', { type: 'address', ...readOnly }),
  field('OwnerId', { type: 'reference' }),
  field('AnnualRevenue', { type: 'currency' }),
  field('NumberOfEmployees', { type: 'int' }),
  field('Rating', { type: 'picklist' }),
  field('Photo__c', { type: 'base64' }),
  field('Shared__c'),
  field('Grade__c', { type: 'double' }),
  field('Days_Open__c', { type: 'double', calculated: true, ...readOnly }),
  field('Tandem_Id__c', { updateable: true }),
];
const CONTACT = [
  field('Id', { type: 'id', ...readOnly }),
  field('LastName'),
  field('AccountId', { type: 'reference' }),
  field('MailingStreet', { type: 'textarea' }),
  field('Birthdate', { type: 'date' }),
  field('Shared__c', { length: 40 }),
  field('Grade__c', { type: 'picklist' }),
];

const lead = (config: FieldConfig = NO_CONFIG, fields = LEAD) =>
  mapFields(objectSpec('Lead'), { name: 'Lead', fields }, config);
const withFields = (
  object: string,
  fields: FieldConfig['objects'][string]['fields'],
): FieldConfig => ({
  ...NO_CONFIG,
  objects: { [object]: { fields } },
});
const of = (mappings: FieldMapping[], name: string) => {
  const found = mappings.find((mapping) => mapping.field === name);
  if (!found) throw new Error(`${name} is not mapped.`);
  return found;
};

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

describe('the standard objects of a real org', () => {
  const [header, ...lines] = readFileSync(
    join(import.meta.dirname, '../../sandbox/objects/fields.tsv'),
    'utf8',
  )
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const cell = (line: string[], name: string) => line[header!.indexOf(name)] ?? '';
  const describes = OBJECTS.map((spec) => ({
    spec,
    describe: {
      name: spec.name,
      fields: lines
        .filter((line) => cell(line, 'object') === spec.name)
        .map((line) =>
          field(cell(line, 'field'), {
            type: cell(line, 'type'),
            createable: cell(line, 'createable') === '1',
            updateable: cell(line, 'updateable') === '1',
          }),
        ),
    },
  }));
  const mapped = mapObjects(describes, NO_CONFIG);

  it('C2: have every field of the default map', () => {
    for (const { spec, describe } of describes) {
      const names = describe.fields.map(({ name }) => name);
      if (names.length === 0) continue;
      const expected = Object.keys(spec.columns).filter((name) => name !== 'IsDeleted');
      expect(names).toEqual(expect.arrayContaining(expected));
    }
  });

  it('J1: sync every field but compounds, stamps and what moves with logins', () => {
    const off = (object: string) =>
      mapped
        .filter((mapping) => mapping.object === object && mapping.direction === 'off')
        .map((mapping) => mapping.field)
        .sort();
    const stamps = [
      'LastModifiedById',
      'LastModifiedDate',
      'LastReferencedDate',
      'LastViewedDate',
      'SystemModstamp',
    ];
    expect(off('Lead')).toEqual(['Address', ...stamps, 'Name'].sort());
    expect(off('Contact')).toEqual([...stamps, 'MailingAddress', 'Name', 'OtherAddress'].sort());
    expect(off('Account')).toEqual(['BillingAddress', ...stamps, 'ShippingAddress'].sort());
    expect(off('User')).toEqual(
      ['Address', 'LastLoginDate', 'NumberOfFailedLogins', ...stamps].sort(),
    );
  });

  it('C4: lead and contact share a column only where it is the same field or the default map says so', () => {
    const leads = new Map(
      mapped.filter(({ object }) => object === 'Lead').map(({ column, field }) => [column, field]),
    );
    const contacts = mapped.filter(
      ({ object, direction }) => object === 'Contact' && direction !== 'off',
    );
    for (const { column, field } of contacts) {
      const other = leads.get(column);
      if (other === undefined || other === field) continue;
      expect(objectSpec('Contact').columns[field]).toBe(column);
    }
  });

  it('J6: the columns that the migrations lay have the types of the map', async () => {
    const database = await freshDatabase();
    await migrate(database.url);
    const db = openDatabase(database.url, { max: 1 });
    const { rows } = await db.query(
      `select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'marketing'`,
      [],
    );
    await db.end();
    await database.drop();
    const laid = new Map(
      rows.map((row) => [`${row.table_name}.${row.column_name}`, String(row.data_type)]),
    );
    let compared = 0;
    for (const { object, column, columnType } of mapped) {
      const type = laid.get(`${objectSpec(object).table}.${column}`);
      if (type === undefined) continue;
      compared += 1;
      expect(type, column).toBe(columnType.replace(/^timestamptz$/, 'timestamp with time zone'));
    }
    expect(compared).toBeGreaterThan(40);
  });
});

describe('column names', () => {
  it.each([
    ['NumberOfEmployees', 'number_of_employees'],
    ['LastCURequestDate', 'last_cu_request_date'],
    ['OwnerId', 'owner_id'],
    ['UserPermissionsSFContentUser', 'user_permissions_sf_content_user'],
    ['PhotoUrl', 'photo_url'],
  ])('%s is %s', (name, column) => expect(snakeCase(name)).toBe(column));

  it('fit into PostgreSQL, and different names stay different', () => {
    const long = fc.stringMatching(/^[a-z][a-z0-9_]{60,90}$/);
    fc.assert(
      fc.property(long, long, (a, b) => {
        expect(columnName(a).length).toBeLessThanOrEqual(63);
        if (a !== b) expect(columnName(a)).not.toBe(columnName(b));
      }),
    );
  });

  it('never meet within a table, unless they are shared on purpose', () => {
    const name = fc.stringMatching(/^[A-Z][A-Za-z]{0,4}(__c)?$/);
    const type = fc.constantFrom('string', 'double', 'date', 'boolean');
    const fields = fc.uniqueArray(
      fc.tuple(name, type).map(([name, type]) => field(name, { type })),
      { selector: ({ name }) => name.toLowerCase(), maxLength: 12 },
    );
    fc.assert(
      fc.property(fields, fields, (leadFields, contactFields) => {
        const mapped = mapObjects(
          [
            { spec: objectSpec('Lead'), describe: { name: 'Lead', fields: leadFields } },
            { spec: objectSpec('Contact'), describe: { name: 'Contact', fields: contactFields } },
          ],
          NO_CONFIG,
        ).filter((mapping) => mapping.direction !== 'off');
        const byObject = new Set(mapped.map(({ object, column }) => `${object}.${column}`));
        expect(byObject.size).toBe(mapped.length);
        const types = new Map<string, string>();
        for (const { column, columnType } of mapped) {
          expect(types.get(column) ?? columnType).toBe(columnType);
          types.set(column, columnType);
          expect(RESERVED_COLUMNS.person).not.toContain(column);
        }
      }),
    );
  });
});

describe('the catalogue', () => {
  it('A6: parents come before children', () => {
    const tiers = OBJECTS.map(({ tier }) => tier);
    expect(tiers).toEqual([...tiers].sort());
    expect(objectSpec('User').tier).toBeLessThan(objectSpec('Account').tier);
    expect(objectSpec('Account').tier).toBeLessThan(objectSpec('Contact').tier);
  });

  it('an object that is not known is told with those that are', () => {
    expect(() => objectSpec('Widget')).toThrow(/Widget; it knows User, Group/);
  });
});

describe('C6: a record that is created', () => {
  const defaults = { lastName: 'Unknown', company: 'No company' };
  it('takes the default only where Salesforce insists and nothing is there', () => {
    expect(
      creationFields(objectSpec('Lead'), lead(), { last_name: 'Okri', rating: null }, defaults),
    ).toEqual({
      LastName: 'Okri',
      Company: 'No company',
    });
  });

  it('sends what may be created and moves that way, in the form of JSON', () => {
    const values = {
      company: 'X',
      last_name: 'Y',
      annual_revenue: '5.50',
      sfdc_is_deleted: 'true',
      rating: 'Hot',
    };
    const mapped = lead(withFields('Lead', { Rating: { way: 'pull' } }));
    expect(creationFields(objectSpec('Lead'), mapped, values, defaults)).toEqual({
      Company: 'X',
      LastName: 'Y',
      AnnualRevenue: 5.5,
    });
  });
});
