import type { ObjectFacts } from './facts.ts';

/** Sums over other rows: nothing is there yet when the campaign is made. */
const none = { defaultValue: 0 };

/** Sums over the campaign and all below it. */
const inHierarchy = (type: 'int' | 'double' | 'currency', ...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [
      `Hierarchy${name}`,
      {
        type,
        label: `${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')} in Hierarchy`,
        createable: false,
        updateable: false,
        ...none,
      },
    ]),
  );

export const campaign: ObjectFacts = {
  name: 'Campaign',
  keyPrefix: '701',
  undeletable: true,
  searchable: true,
  fields: {
    Name: { nameField: true },
    Status: { defaultValue: 'Planned' },
    ParentId: { childRelationshipName: 'ChildCampaigns' },
    OwnerId: { onDelete: 'Restrict' },
    AmountAllOpportunities: none,
    AmountWonOpportunities: none,
    NumberOfContacts: none,
    NumberOfConvertedLeads: none,
    NumberOfLeads: none,
    NumberOfOpportunities: none,
    NumberOfResponses: none,
    NumberOfWonOpportunities: none,
    ...inHierarchy(
      'int',
      ...['NumberOfLeads', 'NumberOfConvertedLeads', 'NumberOfContacts', 'NumberOfResponses'],
      ...['NumberOfOpportunities', 'NumberOfWonOpportunities'],
    ),
    ...inHierarchy('double', 'NumberSent'),
    ...inHierarchy(
      'currency',
      ...['AmountAllOpportunities', 'AmountWonOpportunities'],
      ...['ActualCost', 'BudgetedCost', 'ExpectedRevenue'],
    ),
  },
};
