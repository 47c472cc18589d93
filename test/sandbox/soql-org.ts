import pg from 'pg';
import type { Access } from '../../sandbox/access.ts';
import { SalesforceError } from '../../sandbox/errors.ts';
import { makeId } from '../../sandbox/ids.ts';
import { makeField, picklistOf, standardObjects } from '../../sandbox/objects/index.ts';
import { Schema } from '../../sandbox/schema.ts';
import { type Compiled, compile } from '../../sandbox/soql/compile.ts';
import type { Currencies } from '../../sandbox/soql/currency.ts';
import { recordWriter } from '../../sandbox/soql/records.ts';
import { runRows } from '../../sandbox/soql/run.ts';
import { createStorage } from '../../sandbox/storage.ts';
import { freshDatabase } from '../support/database.ts';

/** A Wednesday; in Los Angeles it is still the day before. */
const NOW = new Date('2026-07-15T03:30:00Z');

export const id = {
  admin: makeId('005', 1),
  seller: makeId('005', 2),
  queue: makeId('00G', 1),
  acme: makeId('001', 1),
  globex: makeId('001', 2),
  lead: (n: number) => makeId('00Q', n),
  contact: (n: number) => makeId('003', n),
};

const all: Access = {
  canRead: () => true,
  canCreate: () => true,
  canEdit: () => true,
  canDelete: () => true,
  canReadField: () => true,
  canEditField: () => true,
  canViewAll: () => true,
  canModifyAll: () => true,
  has: () => true,
};

/** Everything but some objects and `Object.Field`s. */
export function without(...hidden: string[]): Access {
  return {
    ...all,
    canRead: (object) => !hidden.includes(object),
    canReadField: (object, field) => !hidden.includes(`${object}.${field}`),
  };
}

function testSchema(): Schema {
  const schema = new Schema(standardObjects());
  schema.object('Lead')!.fields.push(
    makeField({ name: 'Score__c', type: 'double', scale: 2 }),
    makeField({ name: 'Tags__c', type: 'multipicklist', picklist: ['red', 'green', 'blue'] }),
    makeField({ name: 'Notes__c', type: 'textarea', length: 32_000 }),
    makeField({ name: 'Born__c', type: 'date' }),
    makeField({
      name: 'Grade__c',
      type: 'picklist',
      picklistValues: picklistOf(['a']).map((value) => ({ ...value, label: 'Very good' })),
    }),
    makeField({ name: 'Tandem_Id__c', type: 'string', length: 36, unique: true, externalId: true }),
    makeField({
      name: 'Partner__c',
      type: 'reference',
      referenceTo: ['Account'],
      relationshipName: 'Partner__r',
    }),
  );
  return schema;
}

type Values = Record<string, string | number | boolean | null>;

const STAMP = '2026-07-01T10:00:00Z';

export async function insert(pool: pg.Pool, object: string, rows: Values[]): Promise<void> {
  for (const row of rows) {
    const names = Object.keys(row).map((name) => `"${name}"`);
    const marks = names.map((_, i) => `$${i + 1}`);
    await pool.query(
      `INSERT INTO org."${object}" (${names.join(', ')}) VALUES (${marks.join(', ')})`,
      Object.values(row),
    );
  }
}

/** Two users, a queue, two accounts, three contacts, six leads (the last deleted). */
async function fill(pool: pg.Pool): Promise<void> {
  const stamps = { CreatedDate: STAMP, LastModifiedDate: STAMP, SystemModstamp: STAMP };
  await insert(pool, 'User', [
    {
      Id: id.admin,
      FirstName: 'Ada',
      LastName: 'Admin',
      Username: 'ada@example.com',
      Email: 'ada@example.com',
      IsActive: true,
      TimeZoneSidKey: 'America/Los_Angeles',
    },
    {
      Id: id.seller,
      FirstName: null,
      LastName: 'Seller',
      Username: 'sam@example.com',
      IsActive: false,
      TimeZoneSidKey: 'Europe/Berlin',
    },
  ]);
  await insert(pool, 'Group', [{ Id: id.queue, Name: 'Inbound', Type: 'Queue' }]);
  await insert(pool, 'Account', [
    {
      Id: id.acme,
      Name: 'Acme',
      OwnerId: id.admin,
      ParentId: null,
      BillingCity: 'Oslo',
      AnnualRevenue: 912_000_000,
      NumberOfEmployees: 7,
      ...stamps,
    },
    {
      Id: id.globex,
      Name: 'Globex',
      OwnerId: id.seller,
      ParentId: id.acme,
      AnnualRevenue: null,
      ...stamps,
    },
  ]);
  await insert(pool, 'Contact', [
    {
      Id: id.contact(1),
      FirstName: 'Carl',
      LastName: 'One',
      AccountId: id.acme,
      OwnerId: id.admin,
      Email: 'carl@example.com',
      ...stamps,
    },
    {
      Id: id.contact(2),
      LastName: 'Two',
      AccountId: id.acme,
      OwnerId: id.admin,
      Email: null,
      ...stamps,
    },
    {
      Id: id.contact(3),
      LastName: 'Three',
      AccountId: null,
      OwnerId: id.admin,
      Email: 'three@example.com',
      ...stamps,
    },
  ]);
  const lead = (n: number, values: Values): Values => ({
    Id: id.lead(n),
    Company: 'Initech',
    Status: 'Open',
    OwnerId: id.admin,
    ...stamps,
    ...values,
  });
  await insert(pool, 'Lead', [
    lead(1, {
      FirstName: 'Anna',
      LastName: 'Able',
      Email: 'anna@example.com',
      Score__c: 300,
      Tags__c: 'red;blue',
      CreatedDate: '2026-07-14T20:00:00Z',
      Born__c: '2026-07-14',
      City: 'Oslo',
      Latitude: 59.9,
      Grade__c: 'a',
      Tandem_Id__c: 'Ab-1',
    }),
    lead(2, {
      FirstName: null,
      LastName: "O'Brien",
      Email: 'BOB@Example.com',
      Score__c: -2.5,
      Tags__c: 'red',
      OwnerId: id.queue,
      CreatedDate: '2026-07-13T06:59:59Z',
      Status: 'Closed',
    }),
    lead(3, {
      LastName: '100% sure_ly',
      Email: null,
      Score__c: null,
      Tags__c: null,
      IsConverted: true,
      CreatedDate: '2025-12-31T23:00:00Z',
      Partner__c: id.acme,
    }),
    lead(4, {
      LastName: 'back\\slash\n"quoted"',
      Email: 'dora@example.com',
      Score__c: 12_345_678,
      Tags__c: 'green;red;blue',
      OwnerId: id.seller,
      SystemModstamp: '2026-07-02T10:00:00Z',
    }),
    lead(5, {
      LastName: 'Ελένη',
      Company: null,
      Email: 'anna@example.com',
      Score__c: 0.0004,
      NumberOfEmployees: 12,
    }),
    lead(6, {
      LastName: 'Deleted',
      IsDeleted: true,
      Email: 'gone@example.com',
      SystemModstamp: '2026-07-03T10:00:00Z',
    }),
  ]);
}

export interface SoqlOrg {
  pool: pg.Pool;
  schema: Schema;
  compile(soql: string, options?: Options): Compiled;
  /** The records, parsed. */
  query(soql: string, options?: Options): Promise<Record<string, unknown>[]>;
  /** Their JSON as it is sent. */
  json(soql: string, options?: Options): Promise<string[]>;
  close(): Promise<void>;
}

export interface Options {
  access?: Access;
  allRows?: boolean;
  userTimeZone?: string;
  apiVersion?: number;
  fiscalYearStart?: number;
  currencies?: Currencies | null;
  userId?: string;
}

/** The code and the text that a query is refused with. */
export function refusalOf(org: SoqlOrg, soql: string, options?: Options): [string, string] {
  try {
    org.compile(soql, options);
  } catch (error) {
    if (error instanceof SalesforceError) return [error.errorCode, error.message];
    throw error;
  }
  throw new Error(`compiled: ${soql}`);
}

/** A database of its own with the org's tables and rows, as they stand above. */
export async function soqlOrg(): Promise<SoqlOrg> {
  const database = await freshDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  // The drop ends what pool.end() has not yet seen closed, and that session says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const schema = testSchema();
  await createStorage(pool, schema);
  await fill(pool);
  const compiled = (
    soql: string,
    { access = all, allRows = false, userTimeZone = 'America/Los_Angeles', ...rest }: Options = {},
  ) => compile(soql, { schema, access, allRows, userTimeZone, now: NOW, ...rest });
  const json = async (soql: string, options?: Options) => {
    const { sql, params, shape } = compiled(soql, options);
    return (await runRows(pool, sql, params)).map(recordWriter(shape, '/services/data/v60.0'));
  };
  return {
    pool,
    schema,
    compile: compiled,
    json,
    query: async (soql, options) => (await json(soql, options)).map((text) => JSON.parse(text)),
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}
