import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies, LEAD_SOURCES, PERSON_NAME, SALUTATIONS } from './shared.ts';

export const contact: ObjectFacts = {
  name: 'Contact',
  keyPrefix: '003',
  undeletable: true,
  mergeable: true,
  searchable: true,
  fields: {
    Name: { nameField: true, formula: PERSON_NAME },
    LastName: { nillable: false },
    Email: { idLookup: true },
    LeadSource: { picklist: LEAD_SOURCES },
    Salutation: { picklist: SALUTATIONS },
    AccountId: { onDelete: 'Cascade', childRelationshipName: 'Contacts' },
    OwnerId: { onDelete: 'Restrict' },
    IsEmailBounced: { formula: '"EmailBouncedDate" IS NOT NULL' },
    PhotoUrl: { formula: `'/services/images/photo/' || "Id"` },
    DepartmentGroup: {
      picklist: ['Executive', 'Finance', 'Human Resources', 'IT', 'Marketing', 'Sales', 'Other'],
    },
    TitleType: { picklist: ['C-Level', 'Vice President', 'Director', 'Manager', 'Other'] },
    ContactSource: { picklist: ['Manual', 'Import', 'API'] },
    BuyerAttributes: {
      picklist: ['Decision Maker', 'Economic Buyer', 'Influencer', 'Champion', 'Other'],
    },
    ...geocodeAccuracies('Mailing', 'Other'),
  },
};
