/**
 * Records as real orgs have them and programs stumble over. Row `slot` of every SHAPE_CYCLE rows takes
 * the shape's values in place of its own, so that even a small org has each of them.
 */
export const SHAPE_CYCLE = 400;

export interface Shape {
  fields: Record<string, string | number | boolean>;
  /** Nothing but what is required and who it belongs to. */
  bare?: boolean;
  /** The highest row number that takes it: for values so long that they would outweigh all others. */
  until?: number;
}

const names = (first: string, last: string): Shape => ({
  fields: { FirstName: first, LastName: last },
});

const LONG_PARAGRAPH = 'The quick brown fox jumps over the lazy dog; "so be it", it said.\n';

/** Shapes of a person; `address` is the prefix of the address fields, '' or 'Mailing'. */
export function personShapes(address: string): Shape[] {
  const a = (part: string) => address + part;
  return [
    { bare: true, fields: {} },
    names('#N/A', '#N/A'),
    names('null', 'null'),
    names('NaN', 'undefined'),
    names('=HYPERLINK("http://example.com","x")', '=1+1'),
    names('+1', '-2+3'),
    names('@SUM(A1)', "'quoted"),
    names('Sinéad', "O'Brien-Müller"),
    // Combining marks: the same letters as above in the other normal form.
    names('Sine\u0301ad', "O'Brien-Mu\u0308ller"),
    names('Mária "Mimi"', 'Nagy, Dr.'),
    names('小龙', '李'),
    names('محمد', 'عبد الله'),
    names('שרה', 'כהן'),
    names('Дмитрий', 'Щербаков'),
    names('สมชาย', 'ใจดี'),
    names('นันท์', 'กำเนิด'),
    names('𠮷之助', '𩸽田'),
    names('👩‍👩‍👧‍👦', '🇨🇭 Zoë'),
    names('İbrahim', 'Iıİi'),
    names('Straße', 'ẞ'),
    names('A\u00a0B', 'zero\u200bwidth'),
    names('\u202eabc', 'line\u2028separator'),
    names('tab\there', 'back\\slash'),
    names('C:\\new\\table', '\\N'),
    names('\\.', '\\.'),
    names('true', 'false'),
    names('0', '00123'),
    names('1e5', '0x1F'),
    { fields: { LastName: 'L'.repeat(80), FirstName: 'F'.repeat(40), MiddleName: 'M'.repeat(40) } },
    { fields: { LastName: '龍'.repeat(80) } },
    { fields: { LastName: 'X', Title: 'T'.repeat(128), Company: 'C'.repeat(255) } },
    { fields: { Company: 'Müller & Söhne "GmbH", <Zürich>', Title: 'VP; R&D' } },
    { fields: { Company: "=cmd|' /C calc'!A0", Title: '#N/A' } },
    { fields: { Email: `${'e'.repeat(64)}@example.example` } },
    { fields: { Email: 'UPPER.Case+tag@Example.EXAMPLE' } },
    { fields: { Email: "o'brien@example.example" } },
    { fields: { [a('Street')]: 'Suite 5\n1 High Street\nBuilding "B"', [a('City')]: 'São Paulo' } },
    { fields: { [a('Street')]: '1 Main St\r\nFloor 2', [a('PostalCode')]: '01234' } },
    { fields: { [a('Street')]: 'S'.repeat(255), [a('Country')]: 'K'.repeat(80) } },
    { fields: { Description: 'line one\nline two\r\nline three\rline four' } },
    { fields: { Description: '"""; DROP TABLE people; --\n,,,"' } },
    { fields: { Description: '<script>alert("1")</script>&nbsp;&lt;' } },
    { fields: { Description: '{"json": [1, 2, {"a": null}]}' } },
    { fields: { Description: LONG_PARAGRAPH.repeat(500).slice(0, 32_000).trim() }, until: 2_000 },
    { fields: { Background__c: '漢字かな交じり文。'.repeat(1_500) }, until: 2_000 },
    { fields: { AnnualRevenue: 123_456_789_012_345_600, NumberOfEmployees: 99_999_999 } },
    { fields: { AnnualRevenue: -1, NumberOfEmployees: 0, Lead_Score__c: -999_999.99 } },
    { fields: { AnnualRevenue: 0, Budget__c: 0, Lead_Score__c: 0, Close_Probability__c: 0 } },
    { fields: { Lead_Score__c: 999_999.99, Close_Probability__c: 999.99, Seats__c: 999_999 } },
    { fields: { Budget__c: 0.01, Lead_Score__c: 0.1, Close_Probability__c: 33.33 } },
    { fields: { Renewal_Date__c: '1700-01-01', Last_Webinar__c: '1700-01-01T00:00:00Z' } },
    { fields: { Renewal_Date__c: '4000-12-31', Last_Webinar__c: '4000-12-31T23:59:59Z' } },
    { fields: { Renewal_Date__c: '2024-02-29', Last_Webinar__c: '2024-03-31T01:30:00Z' } },
    { fields: { Birthdate: '1700-01-01', Call_After__c: '00:00:00' } },
    { fields: { Birthdate: '1900-02-28', Call_After__c: '23:59:59.999' } },
    { fields: { Interests__c: 'Analytics;Automation;Events;Integration;Pricing;Security' } },
    { fields: { LeadSource: 'Not on the list', Interests__c: 'Security;Analytics' } },
    { fields: { Phone: '+41 (0)44 123 45 67 ext. 89', Website: 'javascript:alert(1)' } },
    { fields: { Website: `https://example.example/${'p'.repeat(220)}?a=1&b=2` } },
    { fields: { [a('Latitude')]: -89.999999999999, [a('Longitude')]: 179.999999999999 } },
    // Unique, and equal but for case.
    { fields: { Loyalty_Number__c: 'aBc-001' }, until: SHAPE_CYCLE },
    { fields: { Loyalty_Number__c: 'ABC-001' }, until: SHAPE_CYCLE },
  ];
}

const company = (Name: string): Shape => ({ fields: { Name } });

export const accountShapes: Shape[] = [
  { bare: true, fields: {} },
  company('#N/A'),
  company('null'),
  company('=SUM(1,2)'),
  company('"Quotes" & Commas, Inc.'),
  company('株式会社山田製作所'),
  company('شركة النور'),
  company('N'.repeat(255)),
  company('🚀 Rocket'),
  { fields: { BillingStreet: 'Dock 4\r\nHarbour "North"', BillingCity: 'København' } },
  { fields: { Description: 'one\ntwo\r\nthree' } },
  { fields: { AnnualRevenue: 999_999_999_999_999, NumberOfEmployees: 99_999_999 } },
  { fields: { AnnualRevenue: -1, NumberOfEmployees: 0, Contract_Value__c: 0.01 } },
  { fields: { Onboarded__c: '1700-01-01' } },
  { fields: { Onboarded__c: '4000-12-31' } },
];
