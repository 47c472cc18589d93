import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toId18 } from '../../src/salesforce/ids.ts';
import { parseJson, toRow } from '../../src/salesforce/json.ts';
import { parseLimitInfo } from '../../src/salesforce/limits.ts';
import * as soql from '../../src/salesforce/soql.ts';

describe('SOQL', () => {
  it('traps 1, 3, 4: a window reads by SystemModstamp and Id between two of Salesforce’s times', () => {
    const text = soql.changes({
      object: 'Group',
      fields: ['Id', 'Name'],
      filter: "Type = 'Queue'",
      after: new Date('2026-01-02T03:04:05Z'),
      upTo: new Date('2026-01-02T03:14:05Z'),
      ordered: true,
    });
    expect(text).toBe(
      'SELECT Id,SystemModstamp,Name FROM Group WHERE SystemModstamp > 2026-01-02T03:04:05.000Z ' +
        "AND SystemModstamp <= 2026-01-02T03:14:05.000Z AND (Type = 'Queue') ORDER BY SystemModstamp,Id",
    );
  });

  it('traps 5, 11: for the Bulk API it is unordered, and the first time from the beginning', () => {
    const window = { object: 'Lead', fields: ['Email'], filter: null, after: null, upTo: null };
    expect(soql.changes({ ...window, ordered: false })).toBe(
      'SELECT Id,SystemModstamp,Email FROM Lead',
    );
  });

  it.each(['', '1a', 'a b', "a'b", 'a.b.', 'Näme', 'a;b', 'a--b', 'x'.repeat(256)])(
    'refuses "%s" as a name',
    (name) => {
      expect(() => soql.identifier(name)).toThrow('INVALID_IDENTIFIER');
    },
  );

  it.each([
    ["O'Hara", "'O\\'Hara'"],
    ['a\\b', "'a\\\\b'"],
    ['line\nnext\t"x"', '\'line\\nnext\\t\\"x\\"\''],
  ])('quotes %j', (value, literal) => {
    expect(soql.text(value)).toBe(literal);
  });

  it('no text can leave its quotes', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const inside = soql.text(value).slice(1, -1).replace(/\\./g, '');
        expect(inside).not.toMatch(/['\n\r]/);
        expect(inside).not.toContain('\\');
      }),
    );
  });

  it.each(["Name = 'a", 'a) OR (b', '(a', ' ', "Name = 'x\\'"])(
    'C12: refuses the filter "%s", which would reach beyond its parentheses',
    (where) => {
      expect(() => soql.condition(where)).toThrow('MALFORMED_QUERY');
    },
  );

  it("C12: a filter keeps what is quoted: Name = ')'", () => {
    expect(soql.count('Lead', "Name = ')' OR Name = 'it\\'s ('")).toBe(
      "SELECT COUNT() FROM Lead WHERE (Name = ')' OR Name = 'it\\'s (')",
    );
  });

  it('refuses what is no id', () => {
    expect(soql.id('0057e00000RmwSW')).toBe("'0057e00000RmwSW'");
    expect(() => soql.id("005' OR Id != '")).toThrow('MALFORMED_ID');
  });
});

describe('what Salesforce sends', () => {
  it('trap 16: an id of 15 characters gets its checksum', () => {
    expect(toId18('0057e00000RmwSW')).toBe('0057e00000RmwSWAAZ');
    expect(toId18('00Dxx0000001gPL')).toBe('00Dxx0000001gPLEAY');
  });

  it('trap 13: long numbers keep their digits, others stay numbers', () => {
    expect(
      parseJson('{"a":12345678901234567.89,"b":9.1E8,"c":-5,"d":"12345678901234567"}'),
    ).toEqual({
      a: '12345678901234567.89',
      b: 910000000,
      c: -5,
      d: '12345678901234567',
    });
  });

  it('a record becomes a flat row: parents by path, no attributes, no compounds', () => {
    const row = toRow({
      attributes: { type: 'Contact', url: '/x' },
      Id: '003',
      Account: {
        attributes: { type: 'Account' },
        Name: 'Acme',
        Owner: { attributes: {}, Name: 'Ann' },
      },
      ReportsTo: null,
      MailingAddress: { city: 'Rome' },
    });
    expect(row).toEqual({
      Id: '003',
      'Account.Name': 'Acme',
      'Account.Owner.Name': 'Ann',
      ReportsTo: null,
    });
  });

  it.each([
    ['api-usage=75/15000', { used: 75, limit: 15000 }],
    ['api-usage=1/2; per-app-api-usage=17/250(appName=x)', { used: 1, limit: 2 }],
    ['per-app-api-usage=17/250(appName=x)', null],
    [undefined, null],
  ])('M1: the limit header %j means %j', (header, usage) => {
    expect(parseLimitInfo(header)).toEqual(usage);
  });
});
