import type { PicklistValue } from '../schema.ts';

/**
 * The status values of a new org, by the object whose rows they are; API names and values. The
 * picklists that show them are made from the same lists.
 */
const value = (MasterLabel: string, i: number) => ({
  MasterLabel,
  ApiName: MasterLabel,
  SortOrder: i + 1,
});

export const LEAD_STATUSES = ['Open', 'Contacted', 'Qualified', 'Unqualified'].map((label, i) => ({
  ...value(label, i),
  IsDefault: label === 'Open',
  IsConverted: label === 'Qualified',
}));

export const TASK_STATUSES = [
  'Not Started',
  'In Progress',
  'Completed',
  'Waiting on someone else',
  'Deferred',
].map((label, i) => ({
  ...value(label, i),
  IsDefault: label === 'Not Started',
  IsClosed: label === 'Completed',
}));

export const TASK_PRIORITIES = ['High', 'Normal', 'Low'].map((label, i) => ({
  ...value(label, i),
  IsDefault: label === 'Normal',
  IsHighPriority: label === 'High',
}));

const open = { IsClosed: false, IsWon: false, ForecastCategory: 'Pipeline' };
const won = { IsClosed: true, IsWon: true, ForecastCategory: 'Closed' };
const lost = { IsClosed: true, IsWon: false, ForecastCategory: 'Omitted' };

const STAGES: [label: string, probability: number, end: typeof open][] = [
  ['Prospecting', 10, open],
  ['Qualification', 10, open],
  ['Needs Analysis', 20, open],
  ['Value Proposition', 50, open],
  ['Id. Decision Makers', 60, open],
  ['Perception Analysis', 70, open],
  ['Proposal/Price Quote', 75, open],
  ['Negotiation/Review', 90, open],
  ['Closed Won', 100, won],
  ['Closed Lost', 0, lost],
];

export const OPPORTUNITY_STAGES = STAGES.map(([label, DefaultProbability, end], i) => ({
  ...value(label, i),
  ...end,
  // The label of a category differs from its API name in `BestCase` and `Forecast` alone.
  ForecastCategoryName: end.ForecastCategory,
  DefaultProbability,
  IsActive: true,
}));

/** What Salesforce gives a new campaign as the statuses of its members. */
export const MEMBER_STATUSES = [
  { Label: 'Sent', SortOrder: 1, IsDefault: true, HasResponded: false },
  { Label: 'Responded', SortOrder: 2, IsDefault: false, HasResponded: true },
];

/** The picklist that shows such values; the default is the one on create. */
export const picklistOfStatuses = (
  statuses: readonly { MasterLabel: string; IsDefault?: boolean }[],
): PicklistValue[] =>
  statuses.map(({ MasterLabel, IsDefault = false }) => ({
    value: MasterLabel,
    label: MasterLabel,
    active: true,
    defaultValue: IsDefault,
  }));
