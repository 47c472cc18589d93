import { type FieldSpec, makeField } from '../objects/index.ts';
import type { Schema, SObject } from '../schema.ts';

const fixed = { createable: false, updateable: false, nillable: false };

/** What every custom object has besides its own fields. */
const STANDARD_FIELDS: FieldSpec[] = [
  { name: 'Id', type: 'id', label: 'Record ID', defaultedOnCreate: true },
  {
    name: 'OwnerId',
    type: 'reference',
    label: 'Owner ID',
    referenceTo: ['Group', 'User'],
    relationshipName: 'Owner',
    nillable: false,
    defaultedOnCreate: true,
  },
  { ...fixed, name: 'IsDeleted', type: 'boolean', label: 'Deleted', defaultedOnCreate: true },
  { name: 'Name', type: 'string', label: 'Name', length: 80, nameField: true, idLookup: true },
  {
    ...fixed,
    name: 'CreatedDate',
    type: 'datetime',
    label: 'Created Date',
    defaultedOnCreate: true,
  },
  userField('CreatedBy', 'Created By ID'),
  {
    ...fixed,
    name: 'LastModifiedDate',
    type: 'datetime',
    label: 'Last Modified Date',
    defaultedOnCreate: true,
  },
  userField('LastModifiedBy', 'Last Modified By ID'),
  {
    ...fixed,
    name: 'SystemModstamp',
    type: 'datetime',
    label: 'System Modstamp',
    defaultedOnCreate: true,
  },
];

function userField(relationshipName: string, label: string): FieldSpec {
  return {
    ...fixed,
    name: `${relationshipName}Id`,
    type: 'reference',
    label,
    referenceTo: ['User'],
    relationshipName,
    defaultedOnCreate: true,
  };
}

/** A new custom object, with the first free key prefix from a00 up. */
export function customObject(
  schema: Schema,
  name: string,
  label = name.replace(/__c$/, '').replaceAll('_', ' '),
  ownFields: FieldSpec[] = [],
): SObject {
  return {
    name,
    label,
    labelPlural: `${label}s`,
    keyPrefix: freePrefix(schema),
    custom: true,
    createable: true,
    updateable: true,
    deletable: true,
    undeletable: true,
    mergeable: false,
    queryable: true,
    replicateable: true,
    searchable: true,
    fields: [...STANDARD_FIELDS, ...ownFields].map(makeField),
  };
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function freePrefix(schema: Schema): string {
  for (const second of DIGITS)
    for (const third of DIGITS) {
      const prefix = `a${second}${third}`;
      if (schema.objectByPrefix(prefix) === undefined) return prefix;
    }
  throw new Error('the org has no key prefix left for another custom object');
}
