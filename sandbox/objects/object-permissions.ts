import type { ObjectFacts } from './facts.ts';
import { AUDIT_FIELDS } from './permission-set.ts';

/** What one permission set allows with the rows of one object. */
export const objectPermissions: ObjectFacts = {
  name: 'ObjectPermissions',
  label: 'Object Permissions',
  labelPlural: 'Object Permissions',
  keyPrefix: '110',
  replicateable: false,
  fields: {
    Id: { type: 'id', label: 'ObjectPermissions ID', defaultedOnCreate: true },
    ParentId: {
      type: 'reference',
      label: 'Parent ID',
      nillable: false,
      updateable: false,
      referenceTo: ['PermissionSet'],
      relationshipName: 'Parent',
      childRelationshipName: 'ObjectPerms',
      onDelete: 'Cascade',
    },
    SobjectType: {
      type: 'picklist',
      label: 'SObject Type Name',
      length: 40,
      nillable: false,
      updateable: false,
    },
    PermissionsCreate: { type: 'boolean', label: 'Create Records' },
    PermissionsRead: { type: 'boolean', label: 'Read Records' },
    PermissionsEdit: { type: 'boolean', label: 'Edit Records' },
    PermissionsDelete: { type: 'boolean', label: 'Delete Records' },
    PermissionsViewAllRecords: { type: 'boolean', label: 'Read All Records' },
    PermissionsModifyAllRecords: { type: 'boolean', label: 'Edit All Records' },
    PermissionsViewAllFields: { type: 'boolean', label: 'View All Fields' },
    ...AUDIT_FIELDS,
  },
};
