import type { ObjectFacts } from './facts.ts';

/** Field-level security: what one permission set allows with one field. */
export const fieldPermissions: ObjectFacts = {
  name: 'FieldPermissions',
  label: 'Field Permissions',
  labelPlural: 'Field Permissions',
  keyPrefix: '01k',
  replicateable: false,
  fields: {
    Id: { type: 'id', label: 'FieldPermissions ID', defaultedOnCreate: true },
    ParentId: {
      type: 'reference',
      label: 'Parent ID',
      nillable: false,
      updateable: false,
      referenceTo: ['PermissionSet'],
      relationshipName: 'Parent',
      childRelationshipName: 'FieldPerms',
      onDelete: 'Cascade',
    },
    SobjectType: {
      type: 'picklist',
      label: 'SObject Type Name',
      length: 40,
      nillable: false,
      updateable: false,
    },
    /** `Lead.Rating`. */
    Field: {
      type: 'picklist',
      label: 'Field Name',
      length: 95,
      nillable: false,
      updateable: false,
    },
    PermissionsRead: { type: 'boolean', label: 'Read Field' },
    PermissionsEdit: { type: 'boolean', label: 'Edit Field' },
    SystemModstamp: {
      type: 'datetime',
      label: 'System Modstamp',
      createable: false,
      updateable: false,
      nillable: false,
      defaultedOnCreate: true,
    },
  },
};
