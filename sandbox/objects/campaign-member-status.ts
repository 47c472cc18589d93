import type { ObjectFacts } from './facts.ts';

export const campaignMemberStatus: ObjectFacts = {
  name: 'CampaignMemberStatus',
  label: 'Campaign Member Status',
  labelPlural: 'Campaign Member Statuses',
  keyPrefix: '01Y',
  fields: {
    CampaignId: { onDelete: 'Cascade', childRelationshipName: 'CampaignMemberStatuses' },
  },
};
