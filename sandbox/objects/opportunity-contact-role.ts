import type { ObjectFacts } from './facts.ts';

export const opportunityContactRole: ObjectFacts = {
  name: 'OpportunityContactRole',
  label: 'Opportunity Contact Role',
  keyPrefix: '00K',
  fields: {
    OpportunityId: { onDelete: 'Cascade', childRelationshipName: 'OpportunityContactRoles' },
    ContactId: { onDelete: 'Cascade', childRelationshipName: 'OpportunityContactRoles' },
  },
};
