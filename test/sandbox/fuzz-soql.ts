import fc from 'fast-check';
import { oneOf } from './fuzz-values.ts';

const WORDS =
  "SELECT|FROM|WHERE|ORDER BY|GROUP BY|LIMIT|OFFSET|AND|OR|NOT|IN|LIKE|INCLUDES|(|)|,|.|=|!=|<>|<|>=|'x'|'|''|null|TRUE|1|-1|1.5|2147483648|99999999999999999999|2026-01-01|2026-01-01T00:00:00Z|TODAY|LAST_N_DAYS:3|LAST_N_DAYS:99999999999|Id|Name|Email|AnnualRevenue|CreatedDate|Owner.Name|Account.Owner.Name|Lead|Contact|Account|User|(SELECT Id FROM Contacts)|COUNT()|COUNT(Id)|MAX(CreatedDate)|SUM(AnnualRevenue)|FIELDS(ALL)|TYPEOF|toLabel(Status)|FORMAT(CreatedDate)|CALENDAR_YEAR(CreatedDate)|Address|Description|Interests__c|VIP__c|NULLS LAST|DESC|FOR VIEW|ALL ROWS|USING SCOPE|WITH|HAVING|ROLLUP(Status)|\u0000|$1|AS|x|:|:x|*|END|WHEN|THEN|ELSE|TYPEOF Owner WHEN User THEN Email|CUBE(|GROUPING(Status)|convertTimezone(CreatedDate)|GEOLOCATION(1,2)|'km'|FIELDS(STANDARD)|UPDATE VIEWSTAT|FOR UPDATE|WITH SECURITY_ENFORCED|SCOPE mine|NOT IN|(SELECT Id, (SELECT Id FROM Contacts) FROM ChildAccounts)|Account.Contacts|a.Name|--|/*|\\|💥|__proto__|DISTANCE(Address, GEOLOCATION(1,2), 'km')".split(
    `|`,
  );
const looseSoql = fc
  .array(fc.constantFrom(...WORDS), { maxLength: 14 })
  .map((all) => all.join(' '));
const item = oneOf(
  `Id|Name|Owner.Name|COUNT(Id)|Address|MAX(CreatedDate)|VIP__c|FIELDS(CUSTOM)|toLabel(Status) x|FORMAT(AnnualRevenue)|(SELECT Id FROM Contacts LIMIT 1)|convertCurrency(AnnualRevenue)|CALENDAR_MONTH(CreatedDate)|Foo|Status|AnnualRevenue|SUM(AnnualRevenue) s|GROUPING(Status)|TYPEOF Owner WHEN User THEN Email ELSE Name END|(SELECT Id, (SELECT Id FROM Contacts LIMIT 2) FROM ChildAccounts)|DISTANCE(Address, GEOLOCATION(1,2), 'km') d|DISTANCE(BillingAddress, GEOLOCATION(91,2), 'mi')|FORMAT(convertCurrency(AnnualRevenue)) f|FORMAT(MAX(CreatedDate)) m|FIELDS(STANDARD)|DAY_ONLY(convertTimezone(CreatedDate))|HOUR_IN_DAY(CreatedDate)|COUNT_DISTINCT(Name)|AVG(NumberOfEmployees)|toLabel(Owner.Name)|COUNT()|FISCAL_QUARTER(CreatedDate) q|TYPEOF What WHEN Account THEN Name, BillingAddress WHEN Opportunity THEN Amount ELSE Name END|What.Name|QualifiedApiName|FORMAT(Amount)|toLabel(StageName)`,
);
const operand = oneOf(
  `'x'|null|TRUE|1|1.5|-3|2026-01-01|2026-01-01T00:00:00Z|TODAY|LAST_N_DAYS:3|'%\\%_'|('a','b')|(1, 2)|(null)|('a', null)|('')|(TODAY, YESTERDAY)|(SELECT Id FROM Account)|USD5|99999999999999999999|'00Q000000000001'|('a;b')|12:30:00Z|0001-01-01T00:00:00Z|9999-12-31|2026-01-01T00:00:00+23:59|'\\u0000'|N_DAYS_AGO:2147483647|EUR1.50|XYZ1|THIS_N_DAYS:1|LAST_FISCAL_YEAR|N_FISCAL_QUARTERS_AGO:3|24:00:00Z|2026-02-30|2026-02-30T00:00:00Z|2026-01-01T24:00:00Z|0000-01-01|(SELECT AccountId FROM Contact WHERE Id IN (SELECT Id FROM Lead))|(SELECT Name FROM Account)|(SELECT OwnerId FROM Account LIMIT 1)|:x`,
);
const shapedSoql = fc
  .record({
    items: fc.array(item, { minLength: 1, maxLength: 3 }),
    object: oneOf(
      'Lead|Contact|Account|User|Group|QueueSobject|Organization|Task|Opportunity|CampaignMember|EntityDefinition|FieldDefinition|CurrencyType|PermissionSet',
    ),
    field: oneOf(
      `Id|Name|Owner.Name|OwnerId|CreatedDate|AnnualRevenue|VIP__c|Interests__c|Call_After__c|Renewal_Date__c|NumberOfEmployees|Description|Status|Owner.Type|CALENDAR_YEAR(CreatedDate)|toLabel(Status)|Email|Score_Band__c|Budget_per_Seat__c|DISTANCE(Address, GEOLOCATION(1,2), 'km')|FISCAL_YEAR(CreatedDate)|HOUR_IN_DAY(convertTimezone(CreatedDate))|convertCurrency(AnnualRevenue)|Address|COUNT(Id)|Account.Owner.Manager.Manager.Manager.Name|What.Name|Who.Type|WhatId|Campaign.Owner.Name|Amount|IsConverted|DurableId|QualifiedApiName`,
    ),
    operator: oneOf('=|!=|<>|<|<=|>|>=|LIKE|IN|NOT IN|INCLUDES|EXCLUDES'),
    operand,
    tail: oneOf(
      `| ORDER BY Name DESC NULLS LAST| GROUP BY Status| GROUP BY ROLLUP(Status)| LIMIT 3| LIMIT 3 OFFSET 2| GROUP BY Status HAVING COUNT(Id) > 1| ORDER BY Owner.Name, Id| GROUP BY Name ORDER BY COUNT(Id)| ALL ROWS| ORDER BY MAX(CreatedDate)| GROUP BY CUBE(Status, Name)| GROUP BY CALENDAR_MONTH(CreatedDate)| WITH USER_MODE LIMIT 200| FOR VIEW| FOR UPDATE| AND NOT Name = null| OR Name = null AND Id = null| ORDER BY DISTANCE(Address, GEOLOCATION(1,2), 'mi')| GROUP BY toLabel(Status)| GROUP BY Status ORDER BY Status, COUNT(Id) DESC NULLS LAST`,
    ),
  })
  .map(
    ({ items, object, field, operator, operand: right, tail }) =>
      `SELECT ${items.join(', ')} FROM ${object} WHERE ${field} ${operator} ${right}${tail}`,
  );
/** Queries: words in any order, and whole queries whose parts need not fit together. */
export const soql = fc.oneof(looseSoql, { weight: 3, arbitrary: shapedSoql });
