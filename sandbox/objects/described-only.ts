import type { SObject } from '../schema.ts';
import { buildObject } from './facts.ts';
import type { FieldSpec } from './field.ts';

const fixed = { createable: false, updateable: false } as const;
const never = {
  ...fixed,
  keyPrefix: null,
  deletable: false,
  queryable: false,
  replicateable: false,
} as const;
const text = (label: string, rest: Partial<FieldSpec> = {}): Partial<FieldSpec> => ({
  ...fixed,
  type: 'string',
  label,
  ...rest,
});
const reference = (to: string): Partial<FieldSpec> => ({
  ...fixed,
  type: 'reference',
  label: `${to} ID`,
  referenceTo: [to],
  relationshipName: to,
});
const moment = (label: string): Partial<FieldSpec> => ({ ...fixed, type: 'datetime', label });

/**
 * Types that rows of query results name, which have no rows of their own: those of aggregates, and
 * those of what a lookup to several objects refers to. Clients describe them to read such a row;
 * everybody may, and nobody can query them.
 */
const DESCRIBED_ONLY = [
  buildObject({
    name: 'AggregateResult',
    label: 'Aggregate Result',
    ...never,
    fields: { Id: { ...fixed, type: 'id', label: 'Aggregate Result ID' } },
  }),
  buildObject({
    name: 'Name',
    ...never,
    fields: {
      Id: { ...fixed, type: 'id', label: 'Name ID' },
      Name: text('Name', { nameField: true }),
      LastName: text('Last Name', { length: 80 }),
      FirstName: text('First Name', { length: 40 }),
      Type: text('Type', { type: 'picklist' }),
      Alias: text('Alias', { length: 8 }),
      UserRoleId: reference('UserRole'),
      RecordTypeId: reference('RecordType'),
      IsActive: { ...fixed, type: 'boolean', label: 'Active' },
      ProfileId: reference('Profile'),
      Title: text('Title', { length: 80 }),
      Email: text('Email', { type: 'email' }),
      Phone: text('Phone', { type: 'phone' }),
      NameOrAlias: text('Name or Alias', { length: 80 }),
      Username: text('Username', { length: 80 }),
      LastViewedDate: moment('Last Viewed Date'),
      LastReferencedDate: moment('Last Referenced Date'),
    },
  }),
];

export const describedOnly = (): readonly SObject[] => DESCRIBED_ONLY;

/** Without regard to case; undefined for any other object. */
export const describedOnlyNamed = (name: string): SObject | undefined =>
  DESCRIBED_ONLY.find((object) => object.name.toLowerCase() === name.toLowerCase());
