import type { ObjectFacts } from './facts.ts';

export const recordType: ObjectFacts = {
  name: 'RecordType',
  label: 'Record Type',
  keyPrefix: '012',
  deletable: false,
  fields: {
    Name: { nameField: true },
    SobjectType: { restrictedPicklist: true },
  },
};
