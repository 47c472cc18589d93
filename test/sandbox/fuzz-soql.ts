import fc from 'fast-check';
import { oneOf } from './fuzz-values.ts';

const WORDS =
  "SELECT|FROM|WHERE|ORDER BY|GROUP BY|LIMIT|OFFSET|AND|OR|NOT|IN|LIKE|INCLUDES|(|)|,|.|=|!=|<>|<|>=|'x'|'|''|null|TRUE|1|-1|1.5|2147483648|99999999999999999999|2026-01-01|2026-01-01T00:00:00Z|TODAY|LAST_N_DAYS:3|LAST_N_DAYS:99999999999|Id|Name|Email|AnnualRevenue|CreatedDate|Owner.Name|Account.Owner.Name|Lead|Contact|Account|User|(SELECT Id FROM Contacts)|COUNT()|COUNT(Id)|MAX(CreatedDate)|SUM(AnnualRevenue)|FIELDS(ALL)|TYPEOF|toLabel(Status)|FORMAT(CreatedDate)|CALENDAR_YEAR(CreatedDate)|Address|Description|Interests__c|VIP__c|NULLS LAST|DESC|FOR VIEW|ALL ROWS|USING SCOPE|WITH|HAVING|ROLLUP(Status)|\u0000|$1|--|/*|\\|💥|__proto__|DISTANCE(Address, GEOLOCATION(1,2), 'km')".split(
    '|',
  );
const looseSoql = fc
  .array(fc.constantFrom(...WORDS), { maxLength: 14 })
  .map((all) => all.join(' '));
const item = oneOf(
  'Id|Name|Owner.Name|COUNT(Id)|Address|MAX(CreatedDate)|VIP__c|FIELDS(CUSTOM)|toLabel(Status) x|FORMAT(AnnualRevenue)|(SELECT Id FROM Contacts LIMIT 1)|convertCurrency(AnnualRevenue)|CALENDAR_MONTH(CreatedDate)|Foo|Status|AnnualRevenue|SUM(AnnualRevenue) s|GROUPING(Status)',
);
const operand = oneOf(
  `'x'|null|TRUE|1|1.5|-3|2026-01-01|2026-01-01T00:00:00Z|TODAY|LAST_N_DAYS:3|'%\\%_'|('a','b')|(1, 2)|(null)|('a', null)|('')|(TODAY, YESTERDAY)|(SELECT Id FROM Account)|USD5|99999999999999999999|'00Q000000000001'|('a;b')|12:30:00Z|0001-01-01T00:00:00Z|9999-12-31|2026-01-01T00:00:00+23:59|'\\u0000'|N_DAYS_AGO:2147483647`,
);
const shapedSoql = fc
  .record({
    items: fc.array(item, { minLength: 1, maxLength: 3 }),
    object: oneOf('Lead|Contact|Account|User|Group|QueueSobject|Organization'),
    field: oneOf(
      'Id|Name|Owner.Name|OwnerId|CreatedDate|AnnualRevenue|VIP__c|Interests__c|Call_After__c|Renewal_Date__c|NumberOfEmployees|Description|Status|Owner.Type|CALENDAR_YEAR(CreatedDate)|toLabel(Status)|Email|Score_Band__c|Budget_per_Seat__c',
    ),
    operator: oneOf('=|!=|<>|<|<=|>|>=|LIKE|IN|NOT IN|INCLUDES|EXCLUDES'),
    operand,
    tail: oneOf(
      '| ORDER BY Name DESC NULLS LAST| GROUP BY Status| GROUP BY ROLLUP(Status)| LIMIT 3| LIMIT 3 OFFSET 2| GROUP BY Status HAVING COUNT(Id) > 1| ORDER BY Owner.Name, Id| GROUP BY Name ORDER BY COUNT(Id)| ALL ROWS| ORDER BY MAX(CreatedDate)',
    ),
  })
  .map(
    ({ items, object, field, operator, operand: right, tail }) =>
      `SELECT ${items.join(', ')} FROM ${object} WHERE ${field} ${operator} ${right}${tail}`,
  );
/** Queries: words in any order, and whole queries whose parts need not fit together. */
export const soql = fc.oneof(looseSoql, { weight: 3, arbitrary: shapedSoql });
