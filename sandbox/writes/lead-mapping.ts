import type { PoolClient } from 'pg';
import { SalesforceError } from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { isStored } from '../storage.ts';
import { findField } from './fields.ts';
import { normaliseValue } from './normalise-value.ts';
import type { Draft } from './types.ts';

export type Target = 'Account' | 'Contact' | 'Opportunity';

/** Lead field → field of the target. Fixed in Salesforce; custom fields are in org_meta.lead_mapping. */
const STANDARD: Record<Target, Record<string, string>> = {
  Account: {
    Company: 'Name',
    Phone: 'Phone',
    Fax: 'Fax',
    Website: 'Website',
    Industry: 'Industry',
    AnnualRevenue: 'AnnualRevenue',
    NumberOfEmployees: 'NumberOfEmployees',
    Rating: 'Rating',
    LeadSource: 'AccountSource',
    CurrencyIsoCode: 'CurrencyIsoCode',
    ...address('Billing'),
  },
  Contact: {
    Salutation: 'Salutation',
    FirstName: 'FirstName',
    MiddleName: 'MiddleName',
    LastName: 'LastName',
    Suffix: 'Suffix',
    Title: 'Title',
    Email: 'Email',
    Phone: 'Phone',
    MobilePhone: 'MobilePhone',
    Fax: 'Fax',
    Description: 'Description',
    LeadSource: 'LeadSource',
    DoNotCall: 'DoNotCall',
    HasOptedOutOfEmail: 'HasOptedOutOfEmail',
    HasOptedOutOfFax: 'HasOptedOutOfFax',
    IndividualId: 'IndividualId',
    Jigsaw: 'Jigsaw',
    EmailBouncedDate: 'EmailBouncedDate',
    EmailBouncedReason: 'EmailBouncedReason',
    CurrencyIsoCode: 'CurrencyIsoCode',
    ...address('Mailing'),
  },
  Opportunity: { LeadSource: 'LeadSource', CurrencyIsoCode: 'CurrencyIsoCode' },
};

function address(prefix: string): Record<string, string> {
  const parts = [
    'Street',
    'City',
    'State',
    'PostalCode',
    'Country',
    'Latitude',
    'Longitude',
    'GeocodeAccuracy',
  ];
  return Object.fromEntries(parts.map((part) => [part, prefix + part]));
}

export interface MappedField {
  target: Target;
  leadField: string;
  targetField: string;
}

/** The org's own mappings of custom fields. */
async function customMappings(client: Pick<PoolClient, 'query'>): Promise<MappedField[]> {
  const { rows } = await client.query<MappedField>(
    `SELECT target, lead_field AS "leadField", target_field AS "targetField"
       FROM org_meta.lead_mapping ORDER BY target, target_field`,
  );
  return rows;
}

/** What the lead's row gives the target: its fields with their values, none of them empty. */
export async function mappedValues(
  client: PoolClient,
  lead: Map<string, string | null>,
  target: SObject,
): Promise<Map<Field, string>> {
  const own = (await customMappings(client)).filter((one) => one.target === target.name);
  const pairs = [
    ...Object.entries(STANDARD[target.name as Target]),
    ...own.map(({ leadField, targetField }): [string, string] => [leadField, targetField]),
  ];
  const values = new Map<Field, string>();
  for (const [from, to] of pairs) {
    const field = findField(target, to);
    const value = lead.get(from) ?? null;
    if (field !== undefined && isStored(field) && value !== null) values.set(field, value);
  }
  return values;
}

/** Puts values into a draft in the fields' own form; what a field refuses becomes the draft's error. */
export function take(draft: Draft, values: Map<Field, string>): void {
  for (const [field, value] of values) {
    try {
      draft.values.set(field.name, normaliseValue(field, value));
    } catch (error) {
      if (!(error instanceof SalesforceError)) throw error;
      draft.errors.push(error);
      return;
    }
  }
}
