import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/marketing/database.ts';
import { id18, normalise, type RawValue, toSalesforce } from '../../src/sync/value.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

describe('J6, trap 13: one form for a value, from JSON, CSV or PostgreSQL', () => {
  const cases: [string, RawValue[], string | null][] = [
    ['string', ['', '  ', '\n', '\u0000', null, undefined], null],
    ['string', ['Ann', ' Ann ', 'Ann\u0000\n', '\tAnn\r\n'], 'Ann'],
    ['textarea', ['a\r\nb', 'a\nb', 'a\rb'], 'a\nb'],
    ['multipicklist', ['b;a'], 'b;a'],
    ['boolean', [true, 'true', 't', 'TRUE', '1'], 'true'],
    ['boolean', [false, 'false', 'f', 'FALSE', '0'], 'false'],
    ['int', [5, '5', '5.0', '05', '+5'], '5'],
    ['int', [0, '0.0', '-0', '0'], '0'],
    ['double', [1200, '1200', '1200.00', '1.2E3', '1.2e+3', '0001200.000'], '1200'],
    ['double', [0.00125, '.00125', '1.25E-3', '0.001250'], '0.00125'],
    ['currency', ['-1234567890123456.78', '-1234567890123456.780'], '-1234567890123456.78'],
    ['percent', ['NaN'], 'NaN'],
    ['date', ['2026-03-01', '2026-03-01T00:00:00.000Z'], '2026-03-01'],
    [
      'datetime',
      [
        '2026-03-01T23:30:00.000+0000',
        '2026-03-01T23:30:00.000Z',
        '2026-03-01 23:30:00+00',
        '2026-03-02 01:30:00.999999+02',
        '2026-03-02 05:00:00+05:30',
        '2026-03-01 18:30:00-05',
      ],
      '2026-03-01T23:30:00Z',
    ],
    ['datetime', ['infinity'], 'infinity'],
    ['time', ['10:30:00.000Z', '10:30:00', '10:30:00Z'], '10:30:00'],
    ['time', ['10:30:00.120Z', '10:30:00.12'], '10:30:00.12'],
    ['id', ['001D000000IqhSL', '001D000000IqhSLIAZ'], '001D000000IqhSLIAZ'],
    ['reference', ['005000000000000'], '005000000000000AAA'],
    ['reference', ['not an id'], 'not an id'],
  ];
  it.each(cases)('%s %j is %j', (type, forms, value) => {
    for (const form of forms) expect(normalise(type, form)).toBe(value);
  });
});

describe('to Salesforce', () => {
  it.each([
    ['string', ' a ', 'a'],
    ['string', '', null],
    ['boolean', 'true', true],
    ['boolean', null, false],
    ['int', '5', 5],
    ['double', '0.1', 0.1],
    ['currency', '1234567890123456.78', '1234567890123456.78'],
    ['double', null, null],
    ['double', 'NaN', 'NaN'],
    ['double', 'Infinity', 'Infinity'],
    ['date', '2026-03-01', '2026-03-01'],
    ['datetime', '2026-03-01 23:30:00.5+00', '2026-03-01T23:30:00.000Z'],
    ['time', '10:30:00.12', '10:30:00.120Z'],
  ])('%s %j is sent as %j', (type, value, sent) => {
    expect(toSalesforce(type, value)).toBe(sent);
  });
});

it('trap 16: the checksum of an id is that of Salesforce', () => {
  expect(id18('00QD000000FP14J')).toHaveLength(18);
  expect(['001D000000IqhSL', '006A000000Qv9zM'].map(id18)).toEqual([
    '001D000000IqhSLIAZ',
    '006A000000Qv9zMIAR',
  ]);
});

const whitespaceAndMore = fc.string({
  unit: fc.constantFrom(
    'a',
    'é',
    '😀',
    ' ',
    '\t',
    '\n',
    '\r',
    '\u0000',
    '"',
    ',',
    ';',
    '0',
    '1',
    '.',
    '-',
    'e',
  ),
});
const types = fc.constantFrom(
  'string',
  'textarea',
  'boolean',
  'int',
  'double',
  'currency',
  'date',
  'datetime',
  'time',
  'id',
  'multipicklist',
);

describe('normalising', () => {
  it('done twice is done once, whatever the text', () => {
    fc.assert(
      fc.property(types, fc.oneof(whitespaceAndMore, fc.string()), (type, raw) => {
        const once = normalise(type, raw);
        expect(normalise(type, once)).toBe(once);
      }),
    );
  });

  it('N4: what is sent to Salesforce comes back the same', () => {
    fc.assert(
      fc.property(types, whitespaceAndMore, (type, raw) => {
        const value = normalise(type, raw);
        if (type === 'boolean' && value === null) return;
        expect(normalise(type, toSalesforce(type, value))).toBe(value);
      }),
    );
  });

  it('numbers keep every digit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
        fc.nat(15),
        (digits, scale) => {
          const sign = digits < 0n ? '-' : '';
          const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
          const split = text.length - scale;
          const written = `${sign}${text.slice(0, split)}.${text.slice(split)}`;
          const shifted = `${digits}E-${scale}`;
          expect(normalise('double', written)).toBe(normalise('double', shifted));
        },
      ),
    );
  });
});

describe('a round trip through PostgreSQL', () => {
  let database: FreshDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await freshDatabase();
    db = openDatabase(database.url, { max: 1 });
  });
  afterAll(async () => {
    await db.end();
    await database.drop();
  });

  const through = async (columnType: string, value: string | null) => {
    const { rows } = await db.query(`select ($1::text)::${columnType}::text as value`, [value]);
    return rows[0]!.value as string | null;
  };

  const instants = fc
    .date({ min: new Date('1700-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const numbers = fc
    .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.nat(18))
    .map(([digits, scale]) => `${digits}e-${scale}`);

  it('N4: every type comes back as it went in', async () => {
    for (const [type, columnType, values] of [
      ['datetime', 'timestamptz', instants],
      ['date', 'date', instants.map((text) => text.slice(0, 10))],
      ['time', 'time', instants.map((text) => text.slice(11))],
      ['double', 'numeric', numbers],
      ['boolean', 'boolean', fc.constantFrom('true', 'false')],
      ['int', 'integer', fc.integer().map(String)],
      ['textarea', 'text', whitespaceAndMore],
    ] as [string, string, fc.Arbitrary<string>][]) {
      await fc.assert(
        fc.asyncProperty(values, async (raw) => {
          const value = normalise(type, raw);
          expect(normalise(type, await through(columnType, value))).toBe(value);
        }),
        { numRuns: 40 },
      );
    }
  });

  it('N4: in any time zone of the session', async () => {
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Chatham']) {
      await db.query(`set time zone '${zone}'`, []);
      const instant = '1888-03-01T23:30:59Z';
      expect(normalise('datetime', await through('timestamptz', instant))).toBe(instant);
    }
  });
});
