/** The 25 fields of a lead, Id apart: those of the default map (C2) that leads mostly have, and the owner. */
const STANDARD = [
  ...['AnnualRevenue', 'City', 'Company', 'Country', 'CreatedDate', 'Description', 'Email'],
  ...['FirstName', 'HasOptedOutOfEmail', 'Industry', 'IsConverted', 'IsDeleted', 'LastName'],
  ...['LeadSource', 'MobilePhone', 'NumberOfEmployees', 'OwnerId', 'Phone', 'PostalCode'],
  ...['Rating', 'State', 'Status', 'Street', 'Title', 'Website'],
];

/** The 10 custom ones: each type that the org has. */
const CUSTOM = [
  ...['Background__c', 'Budget__c', 'Call_After__c', 'Interests__c', 'Last_Webinar__c'],
  ...['Lead_Score__c', 'Preferred_Language__c', 'Renewal_Date__c', 'Segment__c', 'VIP__c'],
];

export const FIELDS = { standard: STANDARD.length, custom: CUSTOM.length };

/** All of them, the Id first. */
export const LEAD_FIELDS: readonly string[] = ['Id', ...STANDARD, ...CUSTOM];

const WANTED = new Set(LEAD_FIELDS);

/** The setting that switches the other fields of an object off. */
export function switchedOff(fields: readonly string[]): Record<string, 'off'> {
  const others = fields.filter((field) => !WANTED.has(field));
  return Object.fromEntries(others.map((field) => [field, 'off']));
}
