import fc from 'fast-check';

/** One of several texts, written as one text with `|` between them. */
export const oneOf = (texts: string) => fc.constantFrom(...texts.split('|'));

const field = oneOf(
  'LastName|Company|Email|NumberOfEmployees|AnnualRevenue|OwnerId|RecordTypeId|VIP__c|Renewal_Date__c|Last_Webinar__c|Call_After__c|Interests__c|Segment__c|Lead_Score__c|Seats__c|Tandem_Id__c|Partner_Account__c|Owner|Partner_Account__r|Address|Name|SystemModstamp|attributes|Id|id|__proto__|constructor||LASTNAME|CampaignId|LeadId|ContactId|AccountId|WhoId|WhatId|Status|StageName|CloseDate|ActivityDate|StartDateTime|EndDateTime|DurationInMinutes|IsPrimary|ParentId|PermissionsRead|SobjectType|Field|AssigneeId|PermissionSetId|IsoCode|ConversionRate|Label|MasterLabel|SortOrder|Subject',
);
const object = oneOf(
  'Lead|Contact|Account|User|Group|Organization|Campaign|CampaignMember|Opportunity|OpportunityContactRole|Task|Event|PermissionSet|FieldPermissions|RecordType|Site__c|Nothing__c|a"b',
);

/** Values that have broken programs before. */
export const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udc00x',
    '💥',
    '\'; DROP TABLE org."Lead" --',
    '$1',
    '%',
    '_',
    '\\',
    '"',
    '@{a.id}',
    '@{a[0].x}',
    '1e999',
    '-1e-999',
    '9'.repeat(400),
    'NaN',
    'Infinity',
    '2026-02-30',
    '2026-01-01T25:00:00Z',
    '9999-12-31T23:59:59Z',
    '0001-01-01',
    '4000-12-31T23:59:59-12:00',
    '24:00:00Z',
    '٣',
    'x'.repeat(70_000),
    '00Q000000000001AAA',
    '001000000000001',
    '005000000000001AAA',
    'ﬁ@ﬁ.ﬁ',
    'a@b.c',
    'true',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom(null, true, false, 0, -0, 1.5, 1e308, -1e21, 2 ** 53),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);
export const record = fc.dictionary(field, oddValue, { maxKeys: 6 });
export const goodRecord = fc.record({
  attributes: fc.constant({ type: 'Lead' }),
  LastName: fc.constant('Fuzz'),
  Company: fc.constant('Fuzz'),
});
const records = fc.array(
  fc.oneof(
    goodRecord,
    fc
      .tuple(record, fc.oneof(object, oddValue))
      .map(([fields, type]) => ({ ...fields, attributes: { type } })),
    oddValue,
  ),
  { maxLength: 6 },
);
export const collection = fc.record(
  {
    records: fc.oneof({ weight: 5, arbitrary: records }, oddValue),
    allOrNone: fc.oneof(fc.boolean(), oddValue),
  },
  { requiredKeys: [] },
);
