import type { ObjectFacts } from './facts.ts';

/** Gives one user the rights of one permission set. */
export const permissionSetAssignment: ObjectFacts = {
  name: 'PermissionSetAssignment',
  label: 'Permission Set Assignment',
  keyPrefix: '0Pa',
  fields: {
    Id: { type: 'id', label: 'PermissionSetAssignment ID', defaultedOnCreate: true },
    PermissionSetId: {
      type: 'reference',
      label: 'PermissionSet ID',
      nillable: false,
      updateable: false,
      referenceTo: ['PermissionSet'],
      relationshipName: 'PermissionSet',
      childRelationshipName: 'Assignments',
      onDelete: 'Cascade',
    },
    PermissionSetGroupId: {
      type: 'reference',
      label: 'Permission Set Group ID',
      updateable: false,
    },
    AssigneeId: {
      type: 'reference',
      label: 'Assignee ID',
      nillable: false,
      updateable: false,
      referenceTo: ['User'],
      relationshipName: 'Assignee',
      childRelationshipName: 'PermissionSetAssignments',
      onDelete: 'Cascade',
    },
    ExpirationDate: { type: 'datetime', label: 'Expiration Date' },
    IsActive: {
      type: 'boolean',
      label: 'Is Active',
      createable: false,
      updateable: false,
      defaultedOnCreate: true,
      defaultValue: true,
    },
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
