import { describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { refusalOf, soqlOrg } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

describe('subtotals', () => {
  it('ROLLUP adds them from right to left, and GROUPING tells them apart', async () => {
    const rows = await org.query(
      'SELECT Status s, IsConverted c, COUNT(Id) n, GROUPING(Status) gs, GROUPING(IsConverted) gc FROM Lead GROUP BY ROLLUP(Status, IsConverted) ORDER BY GROUPING(Status), GROUPING(IsConverted), Status, IsConverted',
    );
    expect(rows.map(({ s, c, n, gs, gc }) => [s, c, n, gs, gc])).toEqual([
      ['Open', false, 3, 0, 0],
      ['Open', true, 1, 0, 0],
      ['Closed', false, 1, 0, 0],
      ['Open', null, 4, 0, 1],
      ['Closed', null, 1, 0, 1],
      [null, null, 5, 1, 1],
    ]);
  });

  it('CUBE adds them for all combinations', async () => {
    const rows = await org.query(
      'SELECT COUNT(Id) n FROM Lead GROUP BY CUBE(Status, IsConverted) ORDER BY COUNT(Id)',
    );
    expect(rows.map(({ n }) => n)).toEqual([1, 1, 1, 1, 3, 4, 4, 5]);
  });
});

describe('grouped queries', () => {
  it('sort and filter by aggregates, and format them', async () => {
    expect(
      await org.query(
        "SELECT Status, FORMAT(MAX(CreatedDate)) latest FROM Lead GROUP BY Status HAVING COUNT(Id) > 1 AND Status LIKE 'o%' ORDER BY MAX(CreatedDate) DESC NULLS LAST LIMIT 1",
      ),
    ).toMatchObject([{ Status: 'Open', latest: '7/14/2026, 1:00 PM' }]);
  });

  it('number the aggregates without an alias', async () => {
    expect(
      await org.query(
        'SELECT COUNT(Id), Status, COUNT(Email) mails, MIN(Score__c) FROM Lead GROUP BY Status ORDER BY Status',
      ),
    ).toMatchObject([
      { expr0: 4, Status: 'Open', mails: 3, expr1: 0.0004 },
      { expr0: 1, Status: 'Closed', mails: 1, expr1: -2.5 },
    ]);
  });
});

describe('refused are', () => {
  it.each<[string, string]>([
    [
      'SELECT MAX(Score__c) FROM Lead LIMIT 1',
      'Non-grouped query that uses overall aggregate functions cannot also use LIMIT',
    ],
    [
      'SELECT MAX(Score__c) FROM Lead OFFSET 1',
      'Non-grouped query that uses overall aggregate functions cannot also use OFFSET',
    ],
    [
      'SELECT COUNT(IsConverted) FROM Lead',
      'field IsConverted does not support aggregate operator COUNT',
    ],
    ['SELECT COUNT(Tags__c) FROM Lead', 'field Tags__c does not support aggregate operator COUNT'],
    ['SELECT MAX(Notes__c) FROM Lead', 'field Notes__c does not support aggregate operator MAX'],
    [
      'SELECT AVG(CreatedDate) FROM Lead',
      'field CreatedDate does not support aggregate operator AVG',
    ],
    ['SELECT SUM(Address) FROM Lead', 'field Address does not support aggregate operator SUM'],
    ['SELECT COUNT() FROM Lead ORDER BY Id', 'COUNT() does not allow ORDER BY'],
    ['SELECT COUNT() n FROM Lead', "unexpected token: 'n'"],
    ['SELECT COUNT(), Id FROM Lead', "unexpected token: 'COUNT'"],
    ['SELECT MAX() FROM Lead', "unexpected token: 'MAX()'"],
    [
      'SELECT MAX(MIN(Id)) FROM Lead',
      'nested functional syntax can only be used in the following manner: date_function(convertTimezone(columnName)): MAX',
    ],
    ['SELECT Email FROM Lead GROUP BY Status', 'Field must be grouped or aggregated: Email'],
    [
      'SELECT CALENDAR_YEAR(CreatedDate) FROM Lead',
      'Field must be grouped or aggregated: CALENDAR_YEAR(CreatedDate)',
    ],
    [
      'SELECT Status FROM Lead GROUP BY Status ORDER BY Email',
      'Ordered field must be grouped or aggregated: Email',
    ],
    [
      "SELECT Status FROM Lead GROUP BY Status HAVING Email = 'x'",
      'Field must be grouped or aggregated: Email',
    ],
    ['SELECT Status FROM Lead GROUP BY Status, Status', 'duplicate grouping expression: Status'],
    ['SELECT GROUPING(Status), COUNT(Id) FROM Lead', 'Field must be grouped: Status'],
    [
      'SELECT Status FROM Lead GROUP BY Status ORDER BY GROUPING(City)',
      'Field must be grouped: City',
    ],
    ['SELECT COUNT(Id) a, COUNT(Email) a FROM Lead', 'duplicate alias: a'],
    [
      'SELECT COUNT(Id) FROM Lead GROUP BY ROLLUP(Status, City, State, Country)',
      'GROUP BY ROLLUP must contain 3 fields or less',
    ],
    [
      'SELECT COUNT(Id) FROM Lead GROUP BY Tags__c',
      "field 'Tags__c' can not be grouped in a query call",
    ],
    [
      'SELECT Name, (SELECT COUNT(Id) FROM Contacts) FROM Account',
      'only root queries support aggregate expressions',
    ],
    [
      'SELECT Id FROM Lead ORDER BY COUNT(Id)',
      'Ordered field must be grouped or aggregated: COUNT(Id)',
    ],
    ['SELECT Id FROM Lead WHERE COUNT(Id) > 1', 'Invalid function: COUNT'],
  ])('%s', (soql, reason) => {
    expect(refusalOf(org, soql)[1].split('\n').at(-1)).toBe(reason);
  });
});
