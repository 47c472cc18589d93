import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnName, snakeCase } from '../../src/sync/column-name.ts';
import { mapObjects } from '../../src/sync/field-map.ts';
import { objectSpec, RESERVED_COLUMNS } from '../../src/sync/objects.ts';
import { field, NO_CONFIG } from './described-fields.ts';

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
