import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies, INDUSTRIES, LEAD_SOURCES } from './shared.ts';

export const account: ObjectFacts = {
  name: 'Account',
  keyPrefix: '001',
  undeletable: true,
  mergeable: true,
  searchable: true,
  fields: {
    // Required wherever Person Accounts are off.
    Name: { nameField: true, nillable: false },
    AccountSource: { picklist: LEAD_SOURCES },
    Industry: { picklist: INDUSTRIES },
    Type: { picklist: ['Prospect', 'Customer', 'Partner', 'Reseller', 'Competitor', 'Other'] },
    ParentId: { childRelationshipName: 'ChildAccounts' },
    OwnerId: { onDelete: 'Restrict' },
    PhotoUrl: { formula: `'/services/images/photo/' || "Id"` },
    ...geocodeAccuracies('Billing', 'Shipping'),
  },
};
