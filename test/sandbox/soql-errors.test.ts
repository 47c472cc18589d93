import { describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import type { Options } from './soql-org.ts';
import { refusalOf, soqlOrg, without } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

const refusal = (soql: string, options?: Options) => refusalOf(org, soql, options);

const HINT =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.";
const RELATIONSHIP_HINT = HINT.replaceAll('custom field', 'custom relationship').replace(
  '__c',
  '__r',
);

describe('errors show their spot in the query', () => {
  it.each<[string, string, string]>([
    [
      'SELECT Idd FROM Account',
      'INVALID_FIELD',
      `\nSELECT Idd FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Idd' on entity 'Account'. ${HINT}`,
    ],
    [
      'SELECT Id, Owner.Nope FROM Account',
      'INVALID_FIELD',
      `\nSELECT Id, Owner.Nope FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Nope' on entity 'User'. ${HINT}`,
    ],
    [
      'SELECT Id FROM Lead WHERE Nope = 1',
      'INVALID_FIELD',
      `\nSELECT Id FROM Lead WHERE Nope = 1\n                          ^\nERROR at Row:1:Column:27\nNo such column 'Nope' on entity 'Lead'. ${HINT}`,
    ],
    [
      'SELECT Id,\n  Nope FROM Lead',
      'INVALID_FIELD',
      `\n  Nope FROM Lead\n  ^\nERROR at Row:2:Column:3\nNo such column 'Nope' on entity 'Lead'. ${HINT}`,
    ],
    [
      'SELECT Id, Nope.Name FROM Account',
      'INVALID_FIELD',
      `\nSELECT Id, Nope.Name FROM Account\n           ^\nERROR at Row:1:Column:12\nDidn't understand relationship 'Nope' in field path. ${RELATIONSHIP_HINT}`,
    ],
    [
      'SELECT Id FROM Contact c, c.Nope n',
      'INVALID_FIELD',
      `\nSELECT Id FROM Contact c, c.Nope n\n                          ^\nERROR at Row:1:Column:27\nDidn't understand relationship 'Nope' in field path. ${RELATIONSHIP_HINT}`,
    ],
    [
      'SELECT Id FROM XYZZY',
      'INVALID_TYPE',
      `\nSELECT Id FROM XYZZY\n               ^\nERROR at Row:1:Column:16\nsObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
    ],
    [
      "SELECT Id FROM Lead WHERE Notes__c = 'a'",
      'INVALID_FIELD',
      "\nSELECT Id FROM Lead WHERE Notes__c = 'a'\n                          ^\nERROR at Row:1:Column:27\nfield 'Notes__c' can not be filtered in a query call",
    ],
    [
      'SELECT Id FROM Lead ORDER BY Notes__c',
      'INVALID_FIELD',
      "\nSELECT Id FROM Lead ORDER BY Notes__c\n                             ^\nERROR at Row:1:Column:30\nfield 'Notes__c' can not be sorted in a query call",
    ],
    [
      'SELECT COUNT(Id) FROM Lead GROUP BY CreatedDate',
      'INVALID_FIELD',
      "\nSELECT COUNT(Id) FROM Lead GROUP BY CreatedDate\n                                    ^\nERROR at Row:1:Column:37\nfield 'CreatedDate' can not be grouped in a query call",
    ],
    [
      "SELECT Id FROM Lead WHERE CreatedDate > '2026-01-02T03:04:05Z'",
      'INVALID_FIELD',
      "\nSELECT Id FROM Lead WHERE CreatedDate > '2026-01-02T03:04:05Z'\n                          ^\nERROR at Row:1:Column:27\nvalue of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ],
    [
      'SELECT FROM Lead',
      'MALFORMED_QUERY',
      "\nSELECT FROM Lead\n       ^\nERROR at Row:1:Column:8\nunexpected token: 'FROM'",
    ],
    [
      'SELECT Id,, Name FROM Lead',
      'MALFORMED_QUERY',
      "\nSELECT Id,, Name FROM Lead\n          ^\nERROR at Row:1:Column:11\nunexpected token: ','",
    ],
    [
      'SELECT Id FROM Lead WHERE IsDeleted = true OR Email = null AND Id != null',
      'MALFORMED_QUERY',
      "\nWHERE IsDeleted = true OR Email = null AND Id != null\n                                       ^\nERROR at Row:1:Column:60\nunexpected token: 'AND'",
    ],
  ])('%s', (soql, code, message) => {
    expect(refusal(soql)).toEqual([code, message]);
  });

  it('and in a long query only the words around it', () => {
    const [, message] = refusal(
      'SELECT Id, FirstName, LastName, Company, Email, Phone, Fax, Nope__c, City, State, Country, Street, Website FROM Lead',
    );
    expect(message.split('\n').slice(1, 4)).toEqual([
      'LastName, Company, Email, Phone, Fax, Nope__c, City, State, Country, Street,',
      '                                      ^',
      'ERROR at Row:1:Column:61',
    ]);
  });
});

describe('other refusals', () => {
  it.each<[string, string, string]>([
    ['foo', 'MALFORMED_QUERY', 'unexpected token: foo'],
    ['SELECT Id FROM', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    ['SELECT Id FROM Lead WHERE', 'MALFORMED_QUERY', "unexpected token: '<EOF>'"],
    [
      "SELECT Id FROM Lead WHERE Id = 'abc'",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid ID field: abc',
    ],
    [
      "SELECT Id FROM Lead WHERE LastName = 'a\\q'",
      'MALFORMED_QUERY',
      "Invalid string literal 'a\\q'. Illegal character sequence '\\q' in string literal.",
    ],
    [
      'SELECT Id FROM Lead OFFSET 2001',
      'NUMBER_OUTSIDE_VALID_RANGE',
      'Maximum SOQL offset allowed is 2000',
    ],
    [
      'SELECT FIELDS(ALL) FROM Lead',
      'MALFORMED_QUERY',
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    ],
    [
      'SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201',
      'MALFORMED_QUERY',
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    ],
    [
      'SELECT Id lead_id FROM Lead',
      'MALFORMED_QUERY',
      'only aggregate expressions use field aliasing',
    ],
  ])('%s', (soql, code, message) => {
    expect(refusal(soql)).toEqual([code, message]);
  });

  it.each<[string, string, string]>([
    ['SELECT Id, Id FROM Lead', 'INVALID_FIELD', 'duplicate field selected: Id'],
    [
      'SELECT Id FROM Lead WHERE LastName = 5',
      'INVALID_FIELD',
      "field 'LastName' must be of type string and should be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Lead WHERE Score__c = '5'",
      'INVALID_FIELD',
      "field 'Score__c' must be of type double and should not be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Lead WHERE IsConverted = 'true'",
      'INVALID_FIELD',
      "field 'IsConverted' must be of type boolean and should not be enclosed in quotes",
    ],
    [
      'SELECT Id FROM Lead WHERE CreatedDate = 2026-01-02',
      'INVALID_FIELD',
      "field 'CreatedDate' must be of type dateTime",
    ],
    [
      'SELECT Id FROM Lead WHERE Born__c = 2026-01-02T00:00:00Z',
      'INVALID_FIELD',
      "field 'Born__c' must be of type date ",
    ],
    [
      "SELECT Id FROM Lead WHERE OwnerId LIKE '005%'",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid operator on id field',
    ],
    [
      "SELECT Id FROM Lead WHERE Status INCLUDES ('a')",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid operator',
    ],
    [
      'SELECT Status, COUNT(Id) FROM Lead',
      'MALFORMED_QUERY',
      'Field must be grouped or aggregated: Status',
    ],
    [
      'SELECT SUM(LastName) FROM Lead',
      'MALFORMED_QUERY',
      'field LastName does not support aggregate operator SUM',
    ],
    [
      'SELECT Id, (SELECT Id FROM Nopes) FROM Account',
      'INVALID_TYPE',
      "Didn't understand relationship 'Nopes' in FROM part of query call.",
    ],
    [
      'SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact',
      'MALFORMED_QUERY',
      "TYPEOF can only be used with polymorphic relationship fields, cannot use: 'Account'",
    ],
  ])('%s', (soql, code, message) => {
    expect(refusal(soql)[0]).toBe(code);
    expect(refusal(soql)[1]).toContain(message);
  });
});

describe('L2: what the user may not see does not exist', () => {
  it('a hidden field', () => {
    const access = without('Lead.Score__c');
    for (const soql of [
      'SELECT Score__c FROM Lead',
      'SELECT Id FROM Lead WHERE Score__c = 1',
      'SELECT Id FROM Lead ORDER BY Score__c',
    ])
      expect(refusal(soql, { access })[1]).toContain("No such column 'Score__c' on entity 'Lead'");
  });

  it('an object, and the way to it', () => {
    expect(refusal('SELECT Id FROM Account', { access: without('Account') })[0]).toBe(
      'INVALID_TYPE',
    );
    expect(
      refusal('SELECT Account.Name FROM Contact', { access: without('Account') })[1],
    ).toContain("Didn't understand relationship 'Account'");
    expect(
      refusal('SELECT Account.Name FROM Contact', { access: without('Contact.AccountId') })[1],
    ).toContain("Didn't understand relationship 'Account'");
    expect(
      refusal('SELECT Id, (SELECT Id FROM Contacts) FROM Account', {
        access: without('Contact'),
      })[0],
    ).toBe('INVALID_TYPE');
  });

  it('FIELDS() leaves it out', async () => {
    const [row] = await org.query('SELECT FIELDS(CUSTOM) FROM Lead LIMIT 1', {
      access: without('Lead.Score__c'),
    });
    expect(row).not.toHaveProperty('Score__c');
  });
});
