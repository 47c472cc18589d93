import type { ObjectFacts } from './facts.ts';

/** Public groups and queues; a queue's objects are its QueueSobject rows. */
export const group: ObjectFacts = {
  name: 'Group',
  keyPrefix: '00G',
  fields: {
    Name: { nameField: true },
    Type: { restrictedPicklist: true },
    DoesIncludeBosses: { defaultValue: true },
    OwnerId: { onDelete: 'Restrict' },
  },
};
