import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { mapObjects } from '../../src/sync/field-map.ts';
import { OBJECTS, objectSpec } from '../../src/sync/objects.ts';
import { freshDatabase } from '../support/database.ts';
import { field, NO_CONFIG } from './described-fields.ts';

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
