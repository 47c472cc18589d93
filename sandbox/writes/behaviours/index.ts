import type { Behaviour } from '../behaviour.ts';
import { account } from './account.ts';
import { campaign } from './campaign.ts';
import { campaignMember } from './campaign-member.ts';
import { campaignMemberStatus } from './campaign-member-status.ts';
import { contact } from './contact.ts';
import { event } from './event.ts';
import { lead } from './lead.ts';
import { opportunity } from './opportunity.ts';
import { opportunityContactRole } from './opportunity-contact-role.ts';
import {
  fieldPermissionsBehaviour,
  objectPermissionsBehaviour,
  permissionSetAssignmentBehaviour,
  permissionSetBehaviour,
  userRights,
} from './permissions.ts';
import { task } from './task.ts';

/** Each object's behaviours, in the order in which they run. */
export const BEHAVIOURS: Record<string, readonly Behaviour[] | undefined> = {
  Account: [account],
  Campaign: [campaign],
  CampaignMember: [campaignMember],
  CampaignMemberStatus: [campaignMemberStatus],
  Contact: [contact],
  Event: [event],
  FieldPermissions: [fieldPermissionsBehaviour],
  Lead: [lead],
  ObjectPermissions: [objectPermissionsBehaviour],
  Opportunity: [opportunity],
  OpportunityContactRole: [opportunityContactRole],
  PermissionSet: [permissionSetBehaviour],
  PermissionSetAssignment: [permissionSetAssignmentBehaviour],
  Task: [task],
  User: [userRights],
};
