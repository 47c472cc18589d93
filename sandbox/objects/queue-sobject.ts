import type { ObjectFacts } from './facts.ts';

export const queueSobject: ObjectFacts = {
  name: 'QueueSobject',
  label: 'Queue Sobject',
  keyPrefix: '03g',
  updateable: false,
  replicateable: false,
  fields: {
    QueueId: { onDelete: 'Cascade', childRelationshipName: 'QueueSobjects' },
    SobjectType: { restrictedPicklist: true },
  },
};
