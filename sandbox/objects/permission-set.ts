import type { ObjectFacts } from './facts.ts';
import type { FieldSpec } from './field.ts';

/** A part of Salesforce's hundreds: those that decide something here, or that clients ask for. */
export const SYSTEM_PERMISSIONS = [
  'ApiEnabled',
  'ApiUserOnly',
  'ViewSetup',
  'ModifyAllData',
  'ViewAllData',
  'ManageUsers',
  'CustomizeApplication',
  'BulkApiHardDelete',
  'EditTask',
  'EditEvent',
  'ConvertLeads',
  'TransferAnyLead',
  'TransferAnyEntity',
  'ManageLeads',
  'ViewAllUsers',
  'ViewAllProfiles',
  'ManageProfilesPermissionsets',
  'AssignPermissionSets',
  'PasswordNeverExpires',
  'RunReports',
  'ExportReport',
  'ImportLeads',
  'CreateAuditFields',
  'UpdateWithInactiveOwner',
  'EditReadonlyFields',
  'QueryAllFiles',
  'ViewDataAssessment',
  'ModifyMetadata',
  'AuthorApex',
  'ResetPasswords',
] as const;

export type SystemPermission = (typeof SYSTEM_PERMISSIONS)[number];

const fixed = { createable: false, updateable: false } as const;

export const AUDIT_FIELDS: Record<string, Partial<FieldSpec>> = {
  CreatedDate: stamp('Created Date'),
  CreatedById: person('CreatedBy', 'Created By ID'),
  LastModifiedDate: stamp('Last Modified Date'),
  LastModifiedById: person('LastModifiedBy', 'Last Modified By ID'),
  SystemModstamp: stamp('System Modstamp'),
};

function stamp(label: string): Partial<FieldSpec> {
  return { ...fixed, type: 'datetime', label, nillable: false, defaultedOnCreate: true };
}

function person(relationshipName: string, label: string): Partial<FieldSpec> {
  return {
    ...fixed,
    type: 'reference',
    label,
    nillable: false,
    defaultedOnCreate: true,
    referenceTo: ['User'],
    relationshipName,
  };
}

/** A set of rights. Each profile owns one, which says what the profile's users may do. */
export const permissionSet: ObjectFacts = {
  name: 'PermissionSet',
  label: 'Permission Set',
  keyPrefix: '0PS',
  fields: {
    Id: { type: 'id', label: 'PermissionSet ID', defaultedOnCreate: true },
    Name: {
      type: 'string',
      label: 'Permission Set Name',
      length: 80,
      nillable: false,
      nameField: true,
    },
    Label: { type: 'string', label: 'Permission Set Label', length: 80, nillable: false },
    LicenseId: { type: 'reference', label: 'License ID', updateable: false },
    ProfileId: {
      ...fixed,
      type: 'reference',
      label: 'Profile ID',
      referenceTo: ['Profile'],
      relationshipName: 'Profile',
      onDelete: 'Cascade',
    },
    IsOwnedByProfile: {
      ...fixed,
      type: 'boolean',
      label: 'Is Owned By Profile',
      defaultedOnCreate: true,
    },
    IsCustom: {
      ...fixed,
      type: 'boolean',
      label: 'Custom',
      defaultedOnCreate: true,
      defaultValue: true,
    },
    Type: {
      ...fixed,
      type: 'picklist',
      label: 'Permission Set Type',
      restrictedPicklist: true,
      picklist: ['Regular', 'Standard', 'Profile', 'Session', 'Group'],
    },
    Description: { type: 'string', label: 'Description', length: 255 },
    NamespacePrefix: { ...fixed, type: 'string', label: 'Namespace Prefix', length: 15 },
    HasActivationRequired: { type: 'boolean', label: 'Has Activation Required' },
    ...AUDIT_FIELDS,
    ...Object.fromEntries(
      SYSTEM_PERMISSIONS.map((name) => [
        `Permissions${name}`,
        { type: 'boolean' as const, label: name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ') },
      ]),
    ),
  },
};
