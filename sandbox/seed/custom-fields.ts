import { type FieldSpec, makeField } from '../objects/index.ts';
import type { Schema } from '../schema.ts';

/**
 * The custom fields that this org's administrators have added: one of each type on Lead, several of
 * them on Contact as well, one of those with another type (`Seats__c`), and a few on other objects.
 */
const score: FieldSpec = {
  name: 'Lead_Score__c',
  type: 'double',
  label: 'Lead Score',
  precision: 8,
  scale: 2,
};

/** The id that another system knows the person by. */
const tandemId: FieldSpec = {
  name: 'Tandem_Id__c',
  type: 'string',
  label: 'Tandem Id',
  length: 36,
  unique: true,
  externalId: true,
};

const scoreBand: FieldSpec = {
  name: 'Score_Band__c',
  type: 'string',
  length: 1300,
  formula: `CASE WHEN "Lead_Score__c" >= 80 THEN 'A' WHEN "Lead_Score__c" >= 40 THEN 'B' ELSE 'C' END`,
};

const onLeadAndContact: FieldSpec[] = [
  score,
  tandemId,
  { name: 'Preferred_Language__c', type: 'string', length: 40 },
  { name: 'VIP__c', type: 'boolean', label: 'VIP' },
  { name: 'Renewal_Date__c', type: 'date' },
  { name: 'Last_Webinar__c', type: 'datetime' },
  {
    name: 'Segment__c',
    type: 'picklist',
    picklist: ['Enterprise', 'Mid-Market', 'Small Business', 'Public Sector'],
    restrictedPicklist: true,
  },
  {
    name: 'Interests__c',
    type: 'multipicklist',
    picklist: ['Analytics', 'Automation', 'Events', 'Integration', 'Pricing', 'Security'],
  },
  scoreBand,
];

const CUSTOM_FIELDS: Record<string, FieldSpec[]> = {
  Lead: [
    ...onLeadAndContact,
    { name: 'Background__c', type: 'textarea', length: 32768 },
    { name: 'Seats__c', type: 'double', precision: 6, scale: 0 },
    { name: 'Budget__c', type: 'currency', precision: 18, scale: 2 },
    { name: 'Close_Probability__c', type: 'percent', precision: 5, scale: 2 },
    { name: 'Call_After__c', type: 'time' },
    { name: 'Second_Email__c', type: 'email' },
    { name: 'Assistant_Phone__c', type: 'phone' },
    { name: 'LinkedIn__c', type: 'url', label: 'LinkedIn' },
    { name: 'Partner_Account__c', type: 'reference', referenceTo: ['Account'] },
    {
      name: 'Budget_per_Seat__c',
      type: 'currency',
      precision: 18,
      scale: 2,
      formula: 'round("Budget__c" / nullif("Seats__c", 0), 2)',
    },
    // Field-level security hides it from the sync user; see rules.ts.
    { name: 'Commission__c', type: 'currency', precision: 18, scale: 2 },
  ],
  Contact: [
    ...onLeadAndContact,
    { name: 'Seats__c', type: 'string', length: 20 },
    {
      name: 'Loyalty_Number__c',
      type: 'string',
      length: 20,
      unique: true,
      externalId: true,
      caseSensitive: true,
    },
  ],
  Account: [
    {
      name: 'Customer_Number__c',
      type: 'string',
      length: 20,
      unique: true,
      externalId: true,
      caseSensitive: true,
    },
    { name: 'Tier__c', type: 'picklist', picklist: ['Gold', 'Silver', 'Bronze'] },
    { name: 'Contract_Value__c', type: 'currency', precision: 18, scale: 2 },
    { name: 'Onboarded__c', type: 'date' },
  ],
  Campaign: [
    { name: 'Region__c', type: 'picklist', picklist: ['Europe', 'Americas', 'Asia Pacific'] },
  ],
  CampaignMember: [{ name: 'Invited_By__c', type: 'string', length: 80 }],
  Opportunity: [{ name: 'Delivery_Date__c', type: 'date' }],
};

/** Adds the org's custom fields to a schema of standard objects. */
export function addCustomFields(schema: Schema): void {
  for (const [name, specs] of Object.entries(CUSTOM_FIELDS)) {
    const object = schema.object(name)!;
    schema.put({ ...object, fields: [...object.fields, ...specs.map(makeField)] });
  }
}
