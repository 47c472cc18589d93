import { Readable } from 'node:stream';
import { type Database, openDatabase, type Transaction } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { growSchema } from '../../src/marketing/schema-growth.ts';
import { restage, type StagedRow, stageRows } from '../../src/marketing/staging.ts';
import {
  type DescribedField,
  type FieldConfig,
  type FieldMapping,
  mapObjects,
} from '../../src/sync/field-map.ts';
import { type ObjectSpec, objectSpec } from '../../src/sync/objects.ts';
import { freshDatabase } from '../support/database.ts';
import { forTests } from '../support/for-tests.ts';

export const LEAD = objectSpec('Lead');
export const CONTACT = objectSpec('Contact');
export const ACCOUNT = objectSpec('Account');
export const USER = objectSpec('User');
export const EXTERNAL_ID = 'Tandem_Id__c';

/** Stages rows as a cycle's fetch does: in place of those before, without what says nothing new. */
export function fetched(
  { db, mappings }: Pick<Fixture, 'db' | 'mappings'>,
  { name }: ObjectSpec,
  rows: readonly StagedRow[],
): Promise<{ remaining: number; skipped: number }> {
  const fill = (tx: Transaction) => stageRows(tx, name, Object.keys(rows[0]!), rows);
  return restage(db, name, mappings, 'fetched', fill, { retry: true });
}

const READ_ONLY = ['Id', 'IsDeleted', 'CreatedDate', 'SystemModstamp', 'IsConverted'];

function described(fields: Record<string, string>): DescribedField[] {
  return Object.entries(fields).map(([name, type]) => ({
    name,
    type,
    length: 255,
    scale: type === 'double' ? 2 : 0,
    createable: !READ_ONLY.includes(name),
    updateable: !READ_ONLY.includes(name),
    calculated: false,
    custom: name.endsWith('__c'),
  }));
}

const COMMON = {
  Id: 'id',
  IsDeleted: 'boolean',
  CreatedDate: 'datetime',
  SystemModstamp: 'datetime',
};

export const DESCRIBES: Record<string, Record<string, string>> = {
  User: {
    Id: 'id',
    Name: 'string',
    FirstName: 'string',
    LastName: 'string',
    Title: 'string',
    Phone: 'phone',
    Email: 'email',
    SystemModstamp: 'datetime',
  },
  Group: { Id: 'id', Name: 'string', SystemModstamp: 'datetime' },
  Account: {
    ...COMMON,
    Name: 'string',
    Industry: 'picklist',
    OwnerId: 'reference',
    AnnualRevenue: 'currency',
  },
  Lead: {
    ...COMMON,
    FirstName: 'string',
    LastName: 'string',
    Company: 'string',
    Email: 'email',
    Phone: 'phone',
    Title: 'string',
    Street: 'textarea',
    OwnerId: 'reference',
    IsConverted: 'boolean',
    HasOptedOutOfEmail: 'boolean',
    NumberOfEmployees: 'int',
    AnnualRevenue: 'currency',
    Level__c: 'double',
    Seen__c: 'datetime',
    Born__c: 'date',
    [EXTERNAL_ID]: 'string',
  },
  Contact: {
    ...COMMON,
    FirstName: 'string',
    LastName: 'string',
    Email: 'email',
    Phone: 'phone',
    AccountId: 'reference',
    OwnerId: 'reference',
    Level__c: 'double',
    [EXTERNAL_ID]: 'string',
  },
};

export interface Fixture {
  url: string;
  db: Database;
  mappings: FieldMapping[];
  close(): Promise<void>;
}

/** A migrated database of its own with the columns of DESCRIBES grown. */
export async function openFixture(config: Partial<FieldConfig> = {}): Promise<Fixture> {
  const fresh = await freshDatabase();
  await migrate(fresh.url);
  const db = openDatabase(fresh.url);
  const mappings = mapped(DESCRIBES, config);
  await growSchema(db, mappings);
  return {
    url: fresh.url,
    db,
    mappings,
    async close() {
      await db.end();
      await fresh.drop();
    },
  };
}

/** A fixture for the tests of a file, and its database. */
export function fixtureForTests(): { fixture: Fixture; db: Database } {
  const fixture = forTests(openFixture, ({ close }) => close());
  return { fixture, db: forTests(async () => fixture.db) };
}

export function mapped(
  describes: Record<string, Record<string, string>>,
  config: Partial<FieldConfig> = {},
): FieldMapping[] {
  return mapObjects(
    Object.entries(describes).map(([name, fields]) => ({
      spec: objectSpec(name),
      describe: { name, fields: described(fields) },
    })),
    { externalIdField: EXTERNAL_ID, objects: {}, ...config },
  );
}

/** The n-th id of an object, 18 characters (the checksum does not matter here). */
export function sfdcId(spec: ObjectSpec, n: number): string {
  return `${spec.keyPrefix}${String(n).padStart(12, '0')}AAA`;
}

export const T0 = '2026-01-01T10:00:00.000Z';
export const T1 = '2026-01-01T11:00:00.000Z';
export const T2 = '2026-01-01T12:00:00.000Z';

type Values = Record<string, string | number | boolean | null>;

/** A row of Salesforce's with every field of the object. */
export function row(spec: ObjectSpec, n: number, values: Values = {}): Values {
  const empty = Object.fromEntries(
    Object.keys(DESCRIBES[spec.name]!).map((field) => [field, null]),
  );
  const deleted = 'IsDeleted' in empty ? { IsDeleted: false } : {};
  const lead = spec.name === 'Lead' ? { IsConverted: false, HasOptedOutOfEmail: false } : {};
  return { ...empty, ...deleted, ...lead, Id: sfdcId(spec, n), SystemModstamp: T1, ...values };
}

export function csv(fields: readonly string[], rows: Values[]): Readable {
  const quoted = (value: unknown) =>
    value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;
  const lines = [
    fields.map(quoted).join(','),
    ...rows.map((one) => fields.map((field) => quoted(one[field])).join(',')),
  ];
  return Readable.from([Buffer.from(`${lines.join('\n')}\n`)]);
}

/** Every row version in `marketing`: equal before and after when nothing was written (N4). */
export async function marketingVersions(db: Database): Promise<unknown> {
  const { rows } = await db.query(
    `select 'person' as of, id::text, xmin::text, ctid::text from marketing.person
     union all select 'account', sfdc_id, xmin::text, ctid::text from marketing.account
     union all select 'sales_user', sfdc_id, xmin::text, ctid::text from marketing.sales_user
     union all select 'activity', id::text, xmin::text, ctid::text from marketing.activity
     order by 1, 2`,
  );
  return rows;
}
