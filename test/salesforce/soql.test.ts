import { describe, expect, it } from 'vitest';
import { toId18 } from '../../src/salesforce/ids.ts';
import { parseJson, toRow } from '../../src/salesforce/json.ts';
import { parseLimitInfo } from '../../src/salesforce/limits.ts';
import * as soql from '../../src/salesforce/soql.ts';

describe('SOQL', () => {
  it.each(['', '1a', 'a b', "a'b", 'a.b.', 'Näme', 'a;b', 'a--b', 'x'.repeat(256)])(
    'refuses "%s" as a name',
    (name) => {
      expect(() => soql.identifier(name)).toThrow('INVALID_IDENTIFIER');
    },
  );

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
