import type { ObjectFacts } from './facts.ts';

/** What the values of a status picklist mean. Only an administrator's pages change them, not the API. */
const readOnly = { createable: false, updateable: false, deletable: false, replicateable: false };

/** Salesforce has one prefix for the values of all standard picklists. */
const keyPrefix = '01J';

const fields = { MasterLabel: { nameField: true }, ApiName: { idLookup: true } };

const statusObject = (name: string, label: string): ObjectFacts => ({
  name,
  label,
  labelPlural: `${label}s`,
  keyPrefix,
  ...readOnly,
  fields,
});

export const leadStatus = statusObject('LeadStatus', 'Lead Status Value');
export const taskStatus = statusObject('TaskStatus', 'Task Status Value');
export const taskPriority = statusObject('TaskPriority', 'Task Priority Value');

const stage = statusObject('OpportunityStage', 'Opportunity Stage');
export const opportunityStage: ObjectFacts = {
  ...stage,
  fields: {
    ...fields,
    ForecastCategory: { restrictedPicklist: true },
    ForecastCategoryName: { restrictedPicklist: true },
  },
};
