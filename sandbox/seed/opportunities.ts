import { LEAD_SOURCES } from '../objects/shared.ts';
import { OPPORTUNITY_STAGES } from '../objects/statuses.ts';
import type { Schema } from '../schema.ts';
import { campaignOf } from './campaigns.ts';
import { ACCOUNT_KEYS, OPPORTUNITY_KEYS } from './keys.ts';
import type { PeoplePlans, Sizes } from './plans.ts';
import { columnOf, type DerivedPlan, idOf, type RowPlan } from './rows.ts';
import { chance, draw, oneOf, some, text } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

/** An account has so many opportunities at most. */
const PER_ACCOUNT = 2;
const OWN_DELETE_CYCLE = 97;

const isOwnDeleted = (number: string): string => `(${number} % ${OWN_DELETE_CYCLE} = 0)`;

/** The number of an account's first opportunity. */
export const opportunityOf = (account: string): string =>
  `(${PER_ACCOUNT} * ((${account}) - 1) + 1)`;

/** Whether an account has its first opportunity, and that not in the recycle bin. */
export const hasOpportunity = (account: string): string =>
  `(${chance(`((${account}) + ${ACCOUNT_KEYS})`, 1_001, 40)} AND NOT ${isOwnDeleted(opportunityOf(account))})`;

export function opportunityPlans(
  schema: Schema,
  staff: Staff,
  { account, contact }: PeoplePlans,
  sizes: Sizes,
): DerivedPlan[] {
  const ofAccounts = PER_ACCOUNT * account.total;
  const plan = (of: RowPlan, where: string, number: string, rest: Record<string, string>) =>
    opportunityPlan(schema, staff, sizes, of, where, number, ofAccounts + contact.total, rest);
  const ofAccount = (slot: number, percent: number) =>
    plan(
      account,
      chance('r.key', 1_000 + slot, percent),
      `(${PER_ACCOUNT} * (r.n - 1) + ${slot})`,
      {
        AccountId: idOf(account.object, 'r.n'),
        Name: `btrim(left(${columnOf(account, 'Name')}, 80)) || ${oneOf('r.key', 1_010 + slot, [' – New', ' – Renewal', ': 100 seats', ' "Add-on"'])}`,
      },
    );
  return [
    ofAccount(1, 40),
    ofAccount(2, 15),
    plan(
      contact,
      `${chance('r.key', 1_003, 4)} AND (${columnOf(contact, 'AccountId')}) IS NULL`,
      `(${ofAccounts} + r.n)`,
      { Name: `btrim(left(${columnOf(contact, 'LastName')}, 80)) || ' – Consulting'` },
    ),
  ];
}

const STAGES = OPPORTUNITY_STAGES.flatMap(({ ApiName, IsClosed }) =>
  Array(IsClosed ? 4 : 1).fill(ApiName),
);

function opportunityPlan(
  schema: Schema,
  staff: Staff,
  sizes: Sizes,
  of: RowPlan,
  where: string,
  number: string,
  lastNumber: number,
  rest: Record<string, string>,
): DerivedPlan {
  const object = schema.object('Opportunity')!;
  const k = `(${number} + ${OPPORTUNITY_KEYS})`;
  const stage = oneOf(k, 1_020, STAGES);
  const ofStage = (name: keyof (typeof OPPORTUNITY_STAGES)[number]) =>
    `(CASE ${stage} ${OPPORTUNITY_STAGES.map((one) => {
      const value = one[name];
      return `WHEN ${text(one.ApiName)} THEN ${typeof value === 'string' ? text(value) : value}`;
    }).join(' ')} END)`;
  const stamp = at('g.changed_age');
  const by = oneOf(k, 1_021, [staff.adminId, staff.syncUserId, ...staff.salesIds]);
  return {
    of,
    object,
    where,
    lastNumber,
    columns: {
      Id: idOf(object, number),
      IsDeleted: `${columnOf(of, 'IsDeleted')} OR ${isOwnDeleted(number)}`,
      OwnerId: oneOf(k, 1_022, staff.salesIds),
      StageName: stage,
      IsClosed: ofStage('IsClosed'),
      IsWon: ofStage('IsWon'),
      Probability: ofStage('DefaultProbability'),
      ForecastCategory: ofStage('ForecastCategory'),
      ForecastCategoryName: ofStage('ForecastCategoryName'),
      CloseDate: `CASE WHEN ${ofStage('IsClosed')} THEN ${dateAt('g.changed_age')}
        ELSE ${dateAt('0')} - 20 + ${draw(k, 1_023, 200)}::int END`,
      Amount: some(k, 1_024, 90, `trim_scale(${draw(k, 1_025, 50_000_000)} / 100.0)`),
      CampaignId: some(k, 1_026, 30, idOf(schema.object('Campaign')!, campaignOf(k, 1_027, sizes))),
      Type: some(k, 1_028, 80, oneOf(k, 1_029, ['New Business', 'Existing Business'])),
      LeadSource: some(k, 1_030, 60, oneOf(k, 1_031, LEAD_SOURCES)),
      NextStep: some(k, 1_032, 40, oneOf(k, 1_033, ['Call back', 'Send offer', 'Demo "on site"'])),
      Description: some(k, 1_034, 30, 't.body'),
      TotalOpportunityQuantity: some(k, 1_035, 30, draw(k, 1_036, 1_000)),
      PushCount: draw(k, 1_037, 3),
      LastStageChangeDate: some(k, 1_038, 70, stamp),
      Delivery_Date__c: some(k, 1_039, 20, `${dateAt('0')} + ${draw(k, 1_040, 400)}::int`),
      ...rest,
      CreatedDate: at('g.created_age'),
      CreatedById: by,
      LastModifiedDate: stamp,
      LastModifiedById: by,
      SystemModstamp: at('g.touched_age'),
    },
  };
}
