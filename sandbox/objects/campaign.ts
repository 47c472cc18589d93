import type { ObjectFacts } from './facts.ts';

/** Sums over other rows: nothing is there yet when the campaign is made. */
const none = { defaultValue: 0 };

export const campaign: ObjectFacts = {
  name: 'Campaign',
  keyPrefix: '701',
  undeletable: true,
  searchable: true,
  fields: {
    Name: { nameField: true },
    Status: { defaultValue: 'Planned' },
    ParentId: { childRelationshipName: 'ChildCampaigns' },
    OwnerId: { onDelete: 'Restrict' },
    AmountAllOpportunities: none,
    AmountWonOpportunities: none,
    NumberOfContacts: none,
    NumberOfConvertedLeads: none,
    NumberOfLeads: none,
    NumberOfOpportunities: none,
    NumberOfResponses: none,
    NumberOfWonOpportunities: none,
  },
};
