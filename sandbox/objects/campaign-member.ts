import type { ObjectFacts } from './facts.ts';
import { LEAD_SOURCES, SALUTATIONS } from './shared.ts';
import { MEMBER_STATUSES } from './statuses.ts';

/** What it shows of the person is kept in columns, as it changes with the person's row. */
export const campaignMember: ObjectFacts = {
  name: 'CampaignMember',
  label: 'Campaign Member',
  keyPrefix: '00v',
  searchable: true,
  fields: {
    Name: { nameField: true },
    CampaignId: { onDelete: 'Cascade', childRelationshipName: 'CampaignMembers' },
    // Of a converted lead the contact stays a member.
    LeadId: {
      onDelete: 'Cascade',
      keptBy: 'ContactId',
      childRelationshipName: 'CampaignMembers',
    },
    ContactId: { onDelete: 'Cascade', childRelationshipName: 'CampaignMembers' },
    // Accounts can be members only where an org has switched that on.
    LeadOrContactId: {
      referenceTo: ['Contact', 'Lead'],
      formula: 'COALESCE("ContactId", "LeadId")',
    },
    Type: { formula: `CASE WHEN "ContactId" IS NOT NULL THEN 'Contact' ELSE 'Lead' END` },
    Status: { picklist: MEMBER_STATUSES.map(({ Label }) => Label) },
    LeadSource: { picklist: LEAD_SOURCES },
    Salutation: { picklist: SALUTATIONS },
  },
};
