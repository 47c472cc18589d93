import type { ObjectFacts } from './facts.ts';

export const profile: ObjectFacts = {
  name: 'Profile',
  keyPrefix: '00e',
  createable: false,
  deletable: false,
  fields: {
    Name: { nameField: true },
    UserType: { restrictedPicklist: true },
  },
};
