import type { ObjectFacts } from './facts.ts';
import { LEAD_SOURCES } from './shared.ts';
import { OPPORTUNITY_STAGES, picklistOfStatuses } from './statuses.ts';

const restrictedPicklist = true;

/** What follows from the stage's row (IsClosed, Probability, …) is kept in columns. */
export const opportunity: ObjectFacts = {
  name: 'Opportunity',
  labelPlural: 'Opportunities',
  keyPrefix: '006',
  undeletable: true,
  searchable: true,
  fields: {
    Name: { nameField: true },
    AccountId: { onDelete: 'Cascade', childRelationshipName: 'Opportunities' },
    CampaignId: { childRelationshipName: 'Opportunities' },
    ContactId: { childRelationshipName: 'Opportunities' },
    OwnerId: { onDelete: 'Restrict' },
    StageName: { picklistValues: picklistOfStatuses(OPPORTUNITY_STAGES) },
    LeadSource: { picklist: LEAD_SOURCES },
    ForecastCategory: { restrictedPicklist },
    ForecastCategoryName: { restrictedPicklist },
    // A fiscal year of this org begins in January.
    FiscalYear: { formula: 'extract(year FROM "CloseDate")::int' },
    FiscalQuarter: { formula: 'extract(quarter FROM "CloseDate")::int' },
    Fiscal: {
      formula: `extract(year FROM "CloseDate") || ' ' || extract(quarter FROM "CloseDate")`,
    },
    ExpectedRevenue: {
      type: 'currency',
      label: 'Expected Amount',
      scale: 2,
      formula: 'round("Amount" * "Probability" / 100, 2)',
    },
    IsPrivate: { type: 'boolean', label: 'Private' },
    TotalOpportunityQuantity: { type: 'double', label: 'Quantity', scale: 2 },
    PushCount: { defaultValue: 0 },
  },
};
