import type { SystemPermission } from './objects/permission-set.ts';
import type { Field, SObject } from './schema.ts';

/** Standard objects with ObjectPermissions of their own; every custom object has them too. */
const WITH_OWN = new Set(['Account', 'Campaign', 'Contact', 'Lead', 'Opportunity']);

/** Objects that go with another one: who sees that sees them, who edits that writes them. */
const GOES_WITH: Record<string, string | undefined> = {
  AccountContactRelation: 'Account',
  AccountContactRole: 'Account',
  CampaignMember: 'Campaign',
  CampaignMemberStatus: 'Campaign',
  OpportunityContactRole: 'Opportunity',
  OpportunityHistory: 'Opportunity',
};

/** All others everybody sees; these system permissions write them, where the object lets anybody. */
const WRITTEN_BY: Record<string, SystemPermission | undefined> = {
  Event: 'EditEvent',
  EventRelation: 'EditEvent',
  FieldPermissions: 'ManageProfilesPermissionsets',
  Group: 'ManageUsers',
  GroupMember: 'ManageUsers',
  ObjectPermissions: 'ManageProfilesPermissionsets',
  PermissionSet: 'ManageProfilesPermissionsets',
  PermissionSetAssignment: 'AssignPermissionSets',
  QueueSobject: 'ManageUsers',
  Task: 'EditTask',
  TaskRelation: 'EditTask',
  User: 'ManageUsers',
  UserRole: 'ManageUsers',
};

/** What decides about the rows of an object. */
export type Source =
  | { kind: 'own' }
  | { kind: 'parent'; object: string }
  | { kind: 'system'; permission: SystemPermission };

export function sourceOf(object: Pick<SObject, 'name' | 'custom'>): Source {
  if (object.custom || WITH_OWN.has(object.name)) return { kind: 'own' };
  const parent = GOES_WITH[object.name];
  if (parent !== undefined) return { kind: 'parent', object: parent };
  return { kind: 'system', permission: WRITTEN_BY[object.name] ?? 'CustomizeApplication' };
}

/** Standard objects besides those of WITH_OWN whose standard fields can be hidden. */
const WITH_FIELD_SECURITY = new Set(['CampaignMember', 'Event', 'OpportunityContactRole', 'Task']);

/**
 * Whether field-level security decides about a field: then nobody sees it without a FieldPermissions
 * row. What an object needs (its name, its owner, required and system fields) cannot be hidden.
 */
export function isPermissionable(object: SObject, field: Field): boolean {
  if (field.nameField || field.type === 'id') return false;
  const canBeEmpty = field.nillable || field.type === 'boolean';
  if (field.custom) return canBeEmpty;
  if (object.custom || !(WITH_OWN.has(object.name) || WITH_FIELD_SECURITY.has(object.name)))
    return false;
  const isCompound = field.type === 'address' || field.type === 'location';
  return canBeEmpty && field.updateable && field.formula === null && !isCompound;
}
