import type { Pool } from 'pg';
import { Schema, type SObject } from '../schema.ts';
import { account } from './account.ts';
import { assignmentRule, currencyType, groupMember, userRole } from './administration.ts';
import { campaign } from './campaign.ts';
import { campaignMember } from './campaign-member.ts';
import { campaignMemberStatus } from './campaign-member-status.ts';
import { contact } from './contact.ts';
import { duplicateRule } from './duplicate-rule.ts';
import { entityDefinition, fieldDefinition } from './entity-definition.ts';
import { event } from './event.ts';
import { buildObject } from './facts.ts';
import { fieldPermissions } from './field-permissions.ts';
import { group } from './group.ts';
import { asKept } from './kept.ts';
import { lead } from './lead.ts';
import { objectPermissions } from './object-permissions.ts';
import { opportunity } from './opportunity.ts';
import { opportunityContactRole } from './opportunity-contact-role.ts';
import { organization } from './organization.ts';
import { permissionSet } from './permission-set.ts';
import { permissionSetAssignment } from './permission-set-assignment.ts';
import { profile } from './profile.ts';
import { queueSobject } from './queue-sobject.ts';
import { recordType } from './record-type.ts';
import { leadStatus, opportunityStage, taskPriority, taskStatus } from './status-objects.ts';
import { task } from './task.ts';
import { user } from './user.ts';

export { changeField, type FieldSpec, makeField, picklistOf } from './field.ts';

const STANDARD = [
  account,
  assignmentRule,
  campaign,
  campaignMember,
  campaignMemberStatus,
  contact,
  currencyType,
  duplicateRule,
  entityDefinition,
  event,
  fieldDefinition,
  fieldPermissions,
  group,
  groupMember,
  lead,
  leadStatus,
  objectPermissions,
  opportunity,
  opportunityContactRole,
  opportunityStage,
  organization,
  permissionSet,
  permissionSetAssignment,
  profile,
  queueSobject,
  recordType,
  task,
  taskPriority,
  taskStatus,
  user,
  userRole,
];

/** The standard objects as Salesforce ships them, before any org has changed them. */
export const standardObjects = (): SObject[] => STANDARD.map(buildObject);

/** The org's schema: the standard objects, with what org_meta.object keeps in their place. */
export async function loadSchema(pool: Pool): Promise<Schema> {
  const standard = new Schema(standardObjects());
  const schema = new Schema(standardObjects());
  const { rows: found } = await pool.query(`SELECT to_regclass('org_meta.object') AS kept`);
  if (found[0].kept === null) return schema;
  const { rows } = await pool.query('SELECT definition FROM org_meta.object');
  for (const { definition } of rows)
    schema.put(asKept(standard.object(definition.name), definition as SObject));
  return schema;
}

/** Keeps a new or changed object across restarts. Its table is changed by storage.ts. */
export async function saveObject(pool: Pick<Pool, 'query'>, sobject: SObject): Promise<void> {
  await pool.query(
    `INSERT INTO org_meta.object (name, definition) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition`,
    [sobject.name, JSON.stringify(sobject)],
  );
}
