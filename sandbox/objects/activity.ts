import type { ObjectFacts } from './facts.ts';
import { TIME_ZONES } from './shared.ts';

const restrictedPicklist = true;

/** What tasks and events share; they are called `children` by what they are about. */
export const activityFields = (children: 'Tasks' | 'Events'): ObjectFacts['fields'] => ({
  Subject: { type: 'combobox', nameField: true },
  WhoId: { onDelete: 'Cascade', childRelationshipName: children },
  WhatId: { onDelete: 'Cascade', childRelationshipName: children },
  OwnerId: { onDelete: 'Restrict' },
  RecurrenceActivityId: { childRelationshipName: `Recurring${children}` },
  RecurrenceType: { restrictedPicklist },
  RecurrenceInstance: { restrictedPicklist },
  RecurrenceMonthOfYear: { restrictedPicklist },
  RecurrenceTimeZoneSidKey: { restrictedPicklist, picklist: TIME_ZONES },
  // More than one who or what can be had only where Shared Activities are on.
  WhoCount: { formula: 'CASE WHEN "WhoId" IS NULL THEN 0 ELSE 1 END' },
  WhatCount: { formula: 'CASE WHEN "WhatId" IS NULL THEN 0 ELSE 1 END' },
});
