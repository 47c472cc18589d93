import { buildObject, type ObjectFacts } from '../objects/facts.ts';
import type { FieldSpec } from '../objects/field.ts';
import { Schema } from '../schema.ts';

const text = (label: string, rest: Partial<FieldSpec> = {}): Partial<FieldSpec> => ({
  type: 'string',
  label,
  ...rest,
});
const stamps: Record<string, Partial<FieldSpec>> = {
  CreatedDate: { type: 'datetime', label: 'Created Date' },
  CreatedById: {
    type: 'reference',
    label: 'Created By ID',
    referenceTo: ['User'],
    relationshipName: 'CreatedBy',
  },
  LastModifiedDate: { type: 'datetime', label: 'Last Modified Date' },
  LastModifiedById: {
    type: 'reference',
    label: 'Last Modified By ID',
    referenceTo: ['User'],
    relationshipName: 'LastModifiedBy',
  },
};

const entity: Partial<FieldSpec> = {
  type: 'string',
  label: 'Object Definition ID',
  referenceTo: ['EntityDefinition'],
  relationshipName: 'EntityDefinition',
};

const CUSTOM_FIELD: ObjectFacts = {
  name: 'CustomField',
  label: 'Custom Field Definition',
  keyPrefix: '00N',
  fields: {
    Id: { type: 'id', label: 'Custom Field Definition ID' },
    DeveloperName: text('Developer Name', { nameField: true }),
    TableEnumOrId: text('Entity Enumeration Or ID'),
    EntityDefinitionId: { ...entity, childRelationshipName: 'CustomFields' },
    NamespacePrefix: text('Namespace Prefix'),
    FullName: text('Full Name'),
    Metadata: { type: 'textarea', label: 'Metadata', length: 131072 },
    ManageableState: text('Manageable State'),
    Description: text('Description', { length: 1000 }),
    InlineHelpText: text('Help Text', { length: 510 }),
    Length: { type: 'int', label: 'Length' },
    Precision: { type: 'int', label: 'Precision' },
    Scale: { type: 'int', label: 'Scale' },
    RelationshipLabel: text('Relationship Label'),
    ...stamps,
  },
};

const CUSTOM_OBJECT: ObjectFacts = {
  name: 'CustomObject',
  label: 'Custom Object Definition',
  keyPrefix: '01I',
  fields: {
    Id: { type: 'id', label: 'Custom Object Definition ID' },
    DeveloperName: text('Developer Name', { nameField: true }),
    NamespacePrefix: text('Namespace Prefix'),
    FullName: text('Full Name'),
    Metadata: { type: 'textarea', label: 'Metadata', length: 131072 },
    ManageableState: text('Manageable State'),
    Description: text('Description', { length: 1000 }),
    SharingModel: text('Sharing Model'),
    ...stamps,
  },
};

const VALIDATION_RULE: ObjectFacts = {
  name: 'ValidationRule',
  label: 'Validation Rule',
  keyPrefix: '03d',
  fields: {
    Id: { type: 'id', label: 'Validation Rule ID' },
    ValidationName: text('Rule Name', { nameField: true }),
    EntityDefinitionId: { ...entity, childRelationshipName: 'ValidationRules' },
    Active: { type: 'boolean', label: 'Active' },
    ErrorMessage: text('Error Message'),
    ErrorDisplayField: text('Error Location'),
    Description: text('Description'),
    NamespacePrefix: text('Namespace Prefix'),
    FullName: text('Full Name'),
    Metadata: { type: 'textarea', label: 'Metadata', length: 131072 },
    ...stamps,
  },
};

/** Objects that only the Tooling API has. */
export const TOOLING_OBJECTS = [CUSTOM_FIELD, CUSTOM_OBJECT, VALIDATION_RULE].map(buildObject);

/** Objects of the data API that the Tooling API has too. */
const SHARED = [
  'EntityDefinition',
  'FieldDefinition',
  'Group',
  'Organization',
  'PermissionSet',
  'Profile',
  'RecordType',
  'User',
];

/** What the Tooling API can query. */
export function toolingSchema(schema: Schema): Schema {
  const shared = SHARED.flatMap((name) => schema.object(name) ?? []);
  return new Schema([...TOOLING_OBJECTS, ...shared]);
}
