import { activityFields } from './activity.ts';
import type { ObjectFacts } from './facts.ts';
import { picklistOfStatuses, TASK_PRIORITIES, TASK_STATUSES } from './statuses.ts';

const restrictedPicklist = true;

/** IsClosed and IsHighPriority follow from the rows of TaskStatus and TaskPriority. */
export const task: ObjectFacts = {
  name: 'Task',
  keyPrefix: '00T',
  undeletable: true,
  searchable: true,
  fields: {
    ...activityFields('Tasks'),
    Status: { picklistValues: picklistOfStatuses(TASK_STATUSES) },
    Priority: { picklistValues: picklistOfStatuses(TASK_PRIORITIES) },
    TaskSubtype: { restrictedPicklist, defaultValue: 'Task' },
    CallType: { restrictedPicklist },
    RecurrenceRegeneratedType: { restrictedPicklist },
  },
};
