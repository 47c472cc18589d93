import type { ObjectFacts } from './facts.ts';
import { AUDIT_FIELDS } from './permission-set.ts';

const fixed = { createable: false, updateable: false } as const;

/** What a rule matches and does is not in its row; see writes/duplicate-rules.ts. */
export const duplicateRule: ObjectFacts = {
  name: 'DuplicateRule',
  label: 'Duplicate Rule',
  keyPrefix: '0Bm',
  createable: false,
  updateable: false,
  deletable: false,
  replicateable: false,
  fields: {
    Id: { type: 'id', label: 'Duplicate Rule ID', defaultedOnCreate: true },
    IsDeleted: { ...fixed, type: 'boolean', label: 'Deleted' },
    ...AUDIT_FIELDS,
    SobjectType: {
      ...fixed,
      type: 'picklist',
      label: 'Object',
      length: 40,
      restrictedPicklist: true,
      picklist: ['Account', 'Contact', 'Lead'],
    },
    DeveloperName: { ...fixed, type: 'string', label: 'Object Name', length: 80, nillable: false },
    Language: {
      ...fixed,
      type: 'picklist',
      label: 'Master Language',
      length: 40,
      restrictedPicklist: true,
      picklist: ['en_US'],
    },
    MasterLabel: {
      ...fixed,
      type: 'string',
      label: 'Rule Name',
      length: 80,
      nillable: false,
      nameField: true,
    },
    NamespacePrefix: { ...fixed, type: 'string', label: 'Namespace Prefix', length: 15 },
    IsActive: { ...fixed, type: 'boolean', label: 'Active' },
    SobjectSubtype: {
      ...fixed,
      type: 'picklist',
      label: 'Object Subtype',
      length: 40,
      restrictedPicklist: true,
      picklist: ['None', 'PersonAccount'],
    },
    LastViewedDate: { ...fixed, type: 'datetime', label: 'Last Viewed Date' },
  },
};
