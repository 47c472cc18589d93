import { activityFields } from './activity.ts';
import type { ObjectFacts } from './facts.ts';

const restrictedPicklist = true;

/** Its times are stored as they were given; what follows from them is completed when it is written. */
export const event: ObjectFacts = {
  name: 'Event',
  keyPrefix: '00U',
  undeletable: true,
  searchable: true,
  fields: {
    ...activityFields('Events'),
    // Calendars are no object of this org.
    OwnerId: { onDelete: 'Restrict', referenceTo: ['User'] },
    EventSubtype: { restrictedPicklist, defaultValue: 'Event' },
    GroupEventType: { restrictedPicklist, defaultValue: '0' },
    ShowAs: { restrictedPicklist, defaultValue: 'Busy' },
    Recurrence2PatternVersion: { restrictedPicklist },
  },
};
