import { MEMBER_STATUSES } from '../objects/statuses.ts';
import type { Schema } from '../schema.ts';
import { CAMPAIGN_KEYS } from './keys.ts';
import type { Sizes } from './plans.ts';
import { auditColumns, type DerivedPlan, idOf, isDeleted, type RowPlan, totalFor } from './rows.ts';
import { chance, draw, hash, oneOf, some, text } from './sql.ts';
import type { Staff } from './staff.ts';
import { dateAt } from './stamps.ts';

const FEWEST = 6;
const PEOPLE_PER_TWO_CAMPAIGNS = 800;

/** Live campaigns, an even number. */
export const campaignsFor = ({ leads, contacts }: Sizes): number =>
  FEWEST + 2 * Math.floor((leads + contacts) / PEOPLE_PER_TWO_CAMPAIGNS);

/** Every so many campaigns has statuses of its own. */
export const hasOwnStatuses = (campaign: string): string => `(${campaign} % 5 = 0)`;
export const OWN_STATUSES = ['Invited', 'Registered', 'Attended', 'No Show'];
export const OWN_RESPONSE = 'Attended';

export function campaignPlan(schema: Schema, staff: Staff, sizes: Sizes): RowPlan {
  const object = schema.object('Campaign')!;
  const k = 'r.key';
  const isDone = chance(k, 500, 45);
  return {
    object,
    total: totalFor(campaignsFor(sizes)),
    key: `n + ${CAMPAIGN_KEYS}`,
    companyKey: `n + ${CAMPAIGN_KEYS}`,
    shapes: [
      { bare: true, fields: {} },
      { fields: { Name: 'Q1 "Spring", all regions; 50% off' } },
      { fields: { Name: '春のキャンペーン 🎉', ExpectedResponse: 100 } },
      { fields: { BudgetedCost: 0, ActualCost: -1 } },
    ],
    columns: {
      ...auditColumns(object, staff),
      Name: `btrim(left(t.title, 50)) || ' ' || r.n`,
      ParentId: `CASE WHEN ${chance(k, 501, 40)} AND r.n > 1 AND NOT ${isDeleted('(r.n / 2)')} THEN ${idOf(object, '(r.n / 2)')} END`,
      OwnerId: oneOf(k, 502, staff.salesIds),
      Type: some(k, 503, 90, oneOf(k, 504, ['Email', 'Email', 'Seminar / Conference', 'Other'])),
      Status: `CASE WHEN ${isDone} THEN 'Completed' ELSE ${oneOf(k, 505, ['Planned', 'In Progress', 'In Progress', 'Aborted'])} END`,
      IsActive: `NOT ${isDone} AND ${chance(k, 506, 85)}`,
      StartDate: some(k, 507, 90, dateAt('g.created_age')),
      EndDate: some(k, 507, 90, `${dateAt('g.created_age')} + ${draw(k, 508, 120)}::int`),
      BudgetedCost: some(k, 509, 70, `${draw(k, 510, 500)} * 100`),
      ActualCost: some(k, 511, 50, `${draw(k, 512, 500)} * 90`),
      ExpectedRevenue: some(k, 513, 50, `${draw(k, 514, 900)} * 1000`),
      ExpectedResponse: some(k, 515, 60, `trim_scale(${draw(k, 516, 4_000)} / 100.0)`),
      NumberSent: some(k, 517, 60, draw(k, 518, 20_000)),
      Description: some(k, 519, 40, 't.body'),
      Region__c: some(k, 520, 60, oneOf(k, 521, ['Europe', 'Americas', 'Asia Pacific'])),
      ...Object.fromEntries(FIGURES.map((name) => [name, '0'])),
    },
  };
}

/** Counted when all rows are there. */
const FIGURES = [
  ...['NumberOfLeads', 'NumberOfConvertedLeads', 'NumberOfContacts', 'NumberOfResponses'],
  ...['NumberOfOpportunities', 'NumberOfWonOpportunities'],
  ...['AmountAllOpportunities', 'AmountWonOpportunities'],
];

export function memberStatusPlans(schema: Schema, campaign: RowPlan): DerivedPlan[] {
  const object = schema.object('CampaignMemberStatus')!;
  const own = hasOwnStatuses('r.n');
  const { Id: _, ...audit } = campaign.columns;
  return OWN_STATUSES.map((label, i) => {
    const usual = MEMBER_STATUSES[i];
    return {
      of: campaign,
      object,
      where: usual === undefined ? own : 'true',
      lastNumber: campaign.total * OWN_STATUSES.length,
      columns: {
        Id: idOf(object, `((r.n - 1) * ${OWN_STATUSES.length} + ${i + 1})`),
        CampaignId: idOf(campaign.object, 'r.n'),
        Label: `CASE WHEN ${own} THEN ${text(label)} ELSE ${text(usual?.Label ?? '')} END`,
        SortOrder: String(i + 1),
        IsDefault: String(i === 0),
        HasResponded: `CASE WHEN ${own} THEN ${label === OWN_RESPONSE} ELSE ${usual?.HasResponded ?? false} END`,
        IsDeleted: audit.IsDeleted!,
        CreatedDate: audit.CreatedDate!,
        CreatedById: audit.CreatedById!,
        LastModifiedDate: audit.CreatedDate!,
        LastModifiedById: audit.CreatedById!,
        SystemModstamp: audit.CreatedDate!,
      },
    };
  });
}

/** A number of a live campaign; a few have very many members. */
export function campaignOf(key: string, salt: number, sizes: Sizes): string {
  const chosen = `(1 + floor(${campaignsFor(sizes)} * power(${hash(key, salt)} / 2147483648.0, 2)))::bigint`;
  return liveBefore(chosen, 1);
}

/** Contacts are in odd campaigns; in even ones may be the leads that they were. */
export const oddCampaignOf = (key: string, salt: number, sizes: Sizes): string =>
  liveBefore(`(${campaignOf(key, salt, sizes)} - 1) / 2 * 2 + 1`, 2);

export const evenCampaignOf = (key: string, salt: number, sizes: Sizes): string =>
  liveBefore(`(${campaignOf(key, salt, sizes)} + 1) / 2 * 2`, 2);

export const liveBefore = (n: string, step: number): string =>
  `(${n} - CASE WHEN ${isDeleted(`(${n})`)} THEN ${step} ELSE 0 END)`;
