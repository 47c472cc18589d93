import { describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { id, refusalOf, soqlOrg } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

describe('what a query may look like', () => {
  it.each<[string, number]>([
    ["select Id from Lead where LASTNAME like 'a%' order by Id desc nulls last limit 1", 1],
    ['SELECT Id\n\tFROM Lead\r\n WHERE Email = null', 1],
    ['SELECT Id FROM Lead USING SCOPE everything WHERE Email = null', 1],
    ['SELECT Id FROM Lead WHERE Email = null WITH SECURITY_ENFORCED', 1],
    ['SELECT Id FROM Lead WHERE Email = null WITH USER_MODE LIMIT 5', 1],
    ['SELECT Id FROM Lead WHERE Email = null LIMIT 5 FOR VIEW', 1],
    ['SELECT Id FROM Lead WHERE Email = null FOR REFERENCE', 1],
    ['SELECT Id FROM Lead WHERE Email = null FOR UPDATE', 1],
    ['SELECT Id FROM Lead WHERE Email = null UPDATE VIEWSTAT', 1],
    ['SELECT Id FROM Lead WHERE Email = null ALL ROWS', 1],
    ['SELECT Id FROM Group', 1],
    ["SELECT g.Id FROM Group g WHERE g.Type = 'Queue'", 1],
    ['SELECT Lead.Id FROM Lead WHERE Lead.Email = null', 1],
    ["SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name = 'Acme'", 2],
    ['SELECT Id FROM Lead LIMIT 0', 0],
    ['SELECT Id FROM Lead WHERE (((Email = null)))', 1],
    ['SELECT Id FROM Lead WHERE Email IN (null)', 1],
    ["SELECT Id FROM Lead WHERE LastName = '\\u0041ble'", 1],
    ['SELECT Id FROM Lead WHERE Score__c = +300', 1],
    ['SELECT Id FROM Lead WHERE SystemModstamp > 2026-07-02T12:00:00+23:59', 1],
    ['SELECT Id FROM Lead WHERE SystemModstamp = 2026-07-02T12:00:00+0200', 1],
    ['SELECT Id FROM Lead WHERE Score__c > .0003 AND Score__c < 1', 1],
    ['SELECT Id FROM Lead WHERE Status includes_ = 1', -1],
  ])('%s', async (soql, count) => {
    if (count < 0) expect(refusalOf(org, soql)[0]).toBe('MALFORMED_QUERY');
    else expect(await org.query(soql)).toHaveLength(count);
  });

  it('USING SCOPE mine finds what the user owns, and other scopes only where there are such', async () => {
    const mine = 'SELECT Id FROM Lead USING SCOPE mine';
    expect(await org.query(mine, { userId: id.admin })).toHaveLength(3);
    expect(await org.query(mine, { userId: id.seller })).toHaveLength(1);
    expect(await org.query('SELECT Id FROM Task USING SCOPE delegated')).toEqual([]);
    expect(refusalOf(org, 'SELECT Id FROM Lead USING SCOPE delegated')[0]).toBe('MALFORMED_QUERY');
    expect(refusalOf(org, 'SELECT Id FROM Lead USING SCOPE toString')[0]).toBe('MALFORMED_QUERY');
  });
});

describe('what it may not look like', () => {
  it.each<[string, number, string]>([
    ["SELECT Id FROM Lead WHERE Email = null AND NOT City = 'x'", 44, "unexpected token: 'NOT'"],
    ["SELECT Id FROM Lead WHERE NOT City = 'x' AND Id = null", 42, "unexpected token: 'AND'"],
    ["SELECT Id FROM Lead WHERE NOT NOT City = 'x'", 31, "unexpected token: 'NOT'"],
    [
      'SELECT Id FROM Lead WHERE Id = null OR Fax = null AND City = null',
      51,
      "unexpected token: 'AND'",
    ],
    ['SELECT * FROM Lead', 8, "line 1:7 no viable alternative at character '*'"],
    ['SELECT Id FROM Lead WHERE Email == null', 34, "unexpected token: '='"],
    ['SELECT Id FROM Lead WHERE Email = :email', 35, 'Bind variables only allowed in Apex code'],
    ['SELECT Id FROM Lead WHERE Email IN :emails', 36, 'Bind variables only allowed in Apex code'],
    ['SELECT Id FROM Lead WHERE Email IN ()', 37, "unexpected token: ')'"],
    ['SELECT Id FROM Lead WHERE Email = City', 35, "unexpected token: 'City'"],
    ['SELECT Id FROM Lead LIMIT -1', 27, "unexpected token: '-1'"],
    ['SELECT Id FROM Lead LIMIT 1 WHERE Id = null', 29, "unexpected token: 'WHERE'"],
    ['SELECT Id FROM Lead ORDER BY Id GROUP BY Id', 33, "unexpected token: 'GROUP'"],
    ['SELECT Id FROM Lead -- comment', 21, "line 1:20 no viable alternative at character '-'"],
    ['SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS', 41, "unexpected token: 'LAST_N_DAYS'"],
    ['SELECT Id FROM Lead WHERE CreatedDate = TODAY:3', 46, "unexpected token: ':'"],
    [
      'SELECT Id FROM Lead WHERE CreatedDate = THIS_N_DAYS:3',
      41,
      "unexpected token: 'THIS_N_DAYS'",
    ],
    ['SELECT Limit FROM Lead', 8, "unexpected token: 'Limit'"],
    ['SELECT Id FROM Lead WITH DATA CATEGORY x', 26, "unexpected token: 'DATA'"],
    ['SELECT Id FROM Lead HAVING COUNT(Id) > 1', 21, "unexpected token: 'HAVING'"],
    ['SELECT nope(Id) FROM Lead', 8, 'Invalid function: nope'],
  ])('%s', (soql, column, reason) => {
    const [code, message] = refusalOf(org, soql);
    expect([code, ...message.split('\n').slice(-2)]).toEqual([
      'MALFORMED_QUERY',
      `ERROR at Row:1:Column:${column}`,
      reason,
    ]);
  });

  it.each<[string, string]>([
    [
      "SELECT Id FROM Lead WHERE City = 'abc",
      "line 1:33 mismatched character '<EOF>' expecting '''",
    ],
    ['SELECT Id FROM Lead LIMIT 2147483648', 'numeric value out of range: 2147483648'],
    [
      'SELECT Id FROM Lead WHERE CreatedDate > 2026-02-30T00:00:00Z',
      'invalid dateTime: 2026-02-30T00:00:00Z',
    ],
    ['SELECT Id FROM Lead WHERE Born__c = 2026-02-30', 'invalid date: 2026-02-30'],
    [
      'SELECT Id FROM Lead ORDER BY Name FOR UPDATE',
      'Explicit ORDER BY not allowed when locking rows (Id order is implied)',
    ],
    [
      'SELECT Id FROM Lead OFFSET 1 FOR UPDATE',
      'FOR UPDATE cannot be used in conjunction with the OFFSET clause',
    ],
    ['SELECT Id, FIELDS(STANDARD) FROM Lead', 'duplicate field selected: Id'],
    [
      'SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account',
      'SOQL statements cannot query foreign key relationships more than 5 levels away from the root entity object.',
    ],
  ])('%s', (soql, reason) => {
    expect(refusalOf(org, soql)[1]).toBe(reason);
  });

  it('parents through more than 55 relationships', () => {
    const steps = ['Owner', 'CreatedBy', 'LastModifiedBy', 'Manager'];
    const chains = ['CreatedBy', 'LastModifiedBy'].flatMap((one) =>
      steps.flatMap((two) => steps.map((three) => `${one}.${two}.${three}`)),
    );
    const users = chains.filter((chain) => !chain.includes('Owner'));
    const paths = users.flatMap((chain) => steps.slice(1).map((four) => `${chain}.${four}.Id`));
    expect(refusalOf(org, `SELECT ${paths.join(', ')} FROM Lead`)[1]).toBe(
      'SOQL statements cannot query more than 55 foreign key relationships.',
    );
  });

  it('more than 100,000 characters', () => {
    const soql = `SELECT Id FROM Lead WHERE City = '${'x'.repeat(100_000)}'`;
    expect(refusalOf(org, soql)[0]).toBe('QUERY_TOO_COMPLICATED');
  });

  it('shows the row of a query of several', () => {
    const [, message] = refusalOf(org, 'SELECT Id\nFROM Lead\nWHERE  Nope = 1');
    expect(message).toContain('\nWHERE  Nope = 1\n       ^\nERROR at Row:3:Column:8\n');
  });

  it('reads five levels of parents', async () => {
    const [row] = await org.query(
      `SELECT Parent.Parent.Parent.Parent.Parent.Name FROM Account WHERE Name = 'Globex'`,
    );
    expect(row).toMatchObject({ Parent: { Parent: null } });
  });
});

describe('semi-joins', () => {
  it.each<[string, string]>([
    [
      'Id IN (SELECT Id FROM Lead)',
      'The inner and outer selects should not be on the same object type',
    ],
    [
      "City = 'x' OR Partner__c IN (SELECT Id FROM Account)",
      "Semi join sub-selects are not allowed with the 'OR' operator",
    ],
    [
      "City = 'x' AND (City = 'y' OR Partner__c IN (SELECT Id FROM Account))",
      'Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.',
    ],
    [
      'Partner__c IN (SELECT AccountId FROM Contact WHERE OwnerId IN (SELECT Id FROM User))',
      'Nesting of semi join sub-selects is not supported',
    ],
    [
      'Partner__c IN (SELECT Id FROM Account) AND OwnerId IN (SELECT Id FROM User) AND Partner__c NOT IN (SELECT AccountId FROM Contact)',
      'Maximum 2 semi join sub-selects are allowed',
    ],
    [
      'Partner__c IN (SELECT Name FROM Account)',
      "Semi join sub-selects can only query id fields, cannot use: 'Name'",
    ],
    [
      'Partner__r.OwnerId IN (SELECT Id FROM User)',
      'The left operand cannot have more than one level of relationships',
    ],
    [
      'Partner__c IN (SELECT Account.Id FROM Contact)',
      "The inner select field 'Account.Id' cannot have more than one level of relationships",
    ],
    [
      'Partner__c IN (SELECT Id FROM Contact)',
      "The selected field 'Id' in the subquery and the left operand field in the where expression in the outer query 'Partner__c' should point to the same object type",
    ],
    [
      'Email IN (SELECT Id FROM Contact)',
      "The left operand field in the where expression for outer query should be an id field, cannot use: 'Email'",
    ],
    [
      'Partner__c IN (SELECT WhatId FROM Task)',
      "Entity 'Task' is not supported for semi join inner selects",
    ],
    ['Partner__c IN (SELECT Id FROM Account LIMIT 1)', "missing value at 'LIMIT'"],
    ['Partner__c IN (SELECT Id FROM Account ORDER BY Id)', "missing value at 'ORDER'"],
  ])('%s', (condition, reason) => {
    const [code, message] = refusalOf(org, `SELECT Id FROM Lead WHERE ${condition}`);
    expect(code).toBe('MALFORMED_QUERY');
    expect(message.split('\n').at(-1)).toBe(reason);
    expect(message).toContain('ERROR at Row:1:Column:');
  });

  it('stand beside other conditions and one another', async () => {
    const rows = await org.query(
      `SELECT Id FROM Account WHERE Name != null AND (Id IN (SELECT AccountId FROM Contact WHERE Email != null)) AND Id NOT IN (SELECT AccountId FROM Opportunity)`,
    );
    expect(rows.map((row) => row.Id)).toEqual([id.acme]);
  });
});
