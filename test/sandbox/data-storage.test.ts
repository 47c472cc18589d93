import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSchema, makeField, saveObject, standardObjects } from '../../sandbox/objects/index.ts';
import { Schema, type SObject } from '../../sandbox/schema.ts';
import { addCustomFields } from '../../sandbox/seed/custom-fields.ts';
import {
  addColumn,
  columnSql,
  createStorage,
  createTable,
  dropColumn,
  isStored,
  renameColumn,
  retypeColumn,
  tableSql,
} from '../../sandbox/storage.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let database: FreshDatabase;
let pool: pg.Pool;
let schema: Schema;
let lead: SObject;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  schema = new Schema(standardObjects());
  addCustomFields(schema);
  await createStorage(pool, schema);
  lead = schema.object('Lead')!;
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** One row as all of its object's fields read it. */
async function read(object: SObject, id: string): Promise<Record<string, unknown>> {
  const columns = object.fields.map(
    (field) => `${columnSql(object, field, 'x')} AS "${field.name}"`,
  );
  const { rows } = await pool.query(
    `SELECT ${columns.join(', ')} FROM ${tableSql(object)} AS x WHERE "Id" = $1`,
    [id],
  );
  return rows[0];
}

async function insertLead(values: Record<string, unknown>): Promise<string> {
  const names = Object.keys(values).map((name) => `"${name}"`);
  const marks = names.map((_, i) => `$${i + 1}`);
  const { rows } = await pool.query(
    `INSERT INTO org."Lead" (${names.join(', ')}) VALUES (${marks.join(', ')}) RETURNING "Id"`,
    Object.values(values),
  );
  return rows[0].Id;
}

describe('the standard objects', () => {
  it('C6: LastName, and Company or Name, are required without Person Accounts', () => {
    const required = (object: string, field: string) =>
      !schema.field(schema.object(object)!, field)!.nillable;
    expect(required('Lead', 'LastName')).toBe(true);
    expect(required('Lead', 'Company')).toBe(true);
    expect(required('Contact', 'LastName')).toBe(true);
    expect(required('Account', 'Name')).toBe(true);
    expect(required('Lead', 'FirstName')).toBe(false);
  });

  it('a lead belongs to a user or a queue, a contact to a user', () => {
    expect(schema.field(lead, 'OwnerId')!.referenceTo).toEqual(['Group', 'User']);
    expect(schema.field(schema.object('Contact')!, 'OwnerId')!.referenceTo).toEqual(['User']);
  });

  it('finds objects and fields without regard to case, and objects by their prefix', () => {
    expect(schema.object('lEAD')).toBe(lead);
    expect(schema.field(lead, 'lastname')!.name).toBe('LastName');
    expect(schema.objectByPrefix('00G')!.name).toBe('Group');
  });

  it('N2: Tandem_Id__c is a unique external id of 36 characters on Lead and Contact', () => {
    for (const name of ['Lead', 'Contact']) {
      const field = schema.field(schema.object(name)!, 'Tandem_Id__c');
      expect(field).toMatchObject({ type: 'string', length: 36, unique: true, externalId: true });
    }
  });

  it('J6: a lead has custom fields of every type that syncs', () => {
    const types = new Set(lead.fields.filter((field) => field.custom).map((field) => field.type));
    expect([...types].sort()).toEqual(
      (
        'boolean currency date datetime double email multipicklist percent phone picklist ' +
        'reference string textarea time url'
      ).split(' '),
    );
  });

  it('long text areas and formulas can not be filtered or written', () => {
    expect(schema.field(lead, 'Background__c')).toMatchObject({ filterable: false });
    expect(schema.field(lead, 'Score_Band__c')).toMatchObject({ createable: false });
    expect(schema.field(lead, 'Name')).toMatchObject({ createable: false, updateable: false });
  });
});

describe('storage', () => {
  it('reads every field of every object, on a table of its own', async () => {
    for (const object of schema.objects()) await read(object, 'none');
  });

  it('numbers new rows by the object’s own sequence', async () => {
    const first = await insertLead({ LastName: 'A', Company: 'C' });
    const second = await insertLead({ LastName: 'B', Company: 'C' });
    expect(first).toMatch(/^00Q[A-Za-z0-9]{12}[A-Z0-5]{3}$/);
    expect(second > first).toBe(true);
  });

  it('computes names, addresses and formulas from the row', async () => {
    const id = await insertLead({
      FirstName: 'Ada',
      LastName: 'King "Lovelace"',
      Company: 'C',
      City: 'London',
      Lead_Score__c: 81,
      Budget__c: 100,
      Seats__c: 3,
    });
    const row = await read(lead, id);
    expect(row.Name).toBe('Ada King "Lovelace"');
    expect(row.Address).toMatchObject({ city: 'London', street: null, geocodeAccuracy: null });
    expect(row.Score_Band__c).toBe('A');
    expect(Number(row.Budget_per_Seat__c)).toBe(33.33);
  });

  it('shows an address without parts, and a formula without its operands, as null', async () => {
    const row = await read(lead, await insertLead({ LastName: 'A', Company: 'C' }));
    expect(row.Address).toBeNull();
    expect(row.Budget_per_Seat__c).toBeNull();
  });

  it('N2: an external id is unique without regard to case, among rows not in the recycle bin', async () => {
    await insertLead({ LastName: 'A', Company: 'C', Tandem_Id__c: 'abc' });
    const again = { LastName: 'B', Company: 'C', Tandem_Id__c: 'ABC' };
    await expect(insertLead(again)).rejects.toMatchObject({ code: '23505' });
    await insertLead({ ...again, IsDeleted: true });
  });

  it('is made again without harm', async () => {
    const { rows: before } = await pool.query('SELECT count(*) FROM org."Lead"');
    await createStorage(pool, schema);
    expect((await pool.query('SELECT count(*) FROM org."Lead"')).rows).toEqual(before);
  });
});

describe('changes of the schema while the org runs', () => {
  it('J1: a new field gets a column, and is there after a restart', async () => {
    const field = makeField({ name: 'Shoe_Size__c', type: 'double', precision: 3, scale: 1 });
    const changed = { ...lead, fields: [...lead.fields, field] };
    await addColumn(pool, schema, changed, field);
    await saveObject(pool, changed);
    const reloaded = await loadSchema(pool);
    expect(reloaded.field(reloaded.object('Lead')!, 'shoe_size__C')).toEqual(field);
    await read(reloaded.object('Lead')!, 'none');
    await dropColumn(pool, changed, field);
    await saveObject(pool, lead);
    await expect(read(changed, 'none')).rejects.toMatchObject({ code: '42703' });
  });

  it('J2: a renamed field keeps its values and its index', async () => {
    const old = schema.field(lead, 'Tandem_Id__c')!;
    const id = await insertLead({ LastName: 'A', Company: 'C', Tandem_Id__c: 'kept' });
    await renameColumn(pool, lead, old, 'Partner_Id__c');
    const renamed = { ...old, name: 'Partner_Id__c' };
    const changed = { ...lead, fields: lead.fields.map((f) => (f === old ? renamed : f)) };
    expect(await read(changed, id)).toMatchObject({ Partner_Id__c: 'kept' });
    await renameColumn(pool, changed, renamed, 'Tandem_Id__c');
  });

  it('J2: a field of another type keeps the values that fit it and loses the others', async () => {
    const text = schema.field(lead, 'Preferred_Language__c')!;
    const number = makeField({ name: text.name, type: 'double', precision: 6, scale: 0 });
    const fits = await insertLead({ LastName: 'A', Company: 'C', Preferred_Language__c: '12' });
    const not = await insertLead({ LastName: 'A', Company: 'C', Preferred_Language__c: 'zwölf' });
    await retypeColumn(pool, schema, lead, text, number);
    expect(await read(lead, fits)).toMatchObject({ Preferred_Language__c: '12' });
    expect(await read(lead, not)).toMatchObject({ Preferred_Language__c: null });
    await retypeColumn(pool, schema, lead, number, text);
    expect(await read(lead, fits)).toMatchObject({ Preferred_Language__c: '12' });
  });

  it('G1: a new object gets a table, with its own ids', async () => {
    const object: SObject = {
      ...lead,
      name: 'Machine__c',
      keyPrefix: 'a00',
      custom: true,
      fields: [
        makeField({ name: 'Id', type: 'id' }),
        makeField({ name: 'Name', type: 'string', length: 80 }),
      ],
    };
    await createTable(pool, object);
    const { rows } = await pool.query(
      `INSERT INTO org."Machine__c" ("Name") VALUES ('M') RETURNING *`,
    );
    expect(rows[0].Id).toMatch(/^a00/);
    expect(object.fields.every(isStored)).toBe(true);
    await expect(createTable(pool, { ...object, keyPrefix: null })).rejects.toThrow('keyPrefix');
  });
});
