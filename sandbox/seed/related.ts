import type { Pool } from 'pg';
import type { Schema } from '../schema.ts';
import { createObjectIndexes } from '../storage.ts';
import { activityPlans } from './activities.ts';
import { memberPlans } from './campaign-members.ts';
import { campaignPlan, memberStatusPlans } from './campaigns.ts';
import { customPlans, warehousePlan } from './custom-rows.ts';
import { insertLinkedRows } from './linked-rows.ts';
import { insertAll, insertDerived } from './load.ts';
import { opportunityPlans } from './opportunities.ts';
import type { PeoplePlans, Sizes } from './plans.ts';
import { countRollUps } from './roll-ups.ts';
import type { Staff } from './staff.ts';

/** Makes what has to do with people and accounts that are there: campaigns, opportunities, activities, custom rows. */
export async function createRelated(
  pool: Pool,
  schema: Schema,
  staff: Staff,
  plans: PeoplePlans,
  sizes: Sizes,
  base: Date,
): Promise<void> {
  const campaign = campaignPlan(schema, staff, sizes);
  const warehouse = warehousePlan(schema, staff);
  await insertAll(pool, [campaign, warehouse], base, () => undefined);
  // Members of campaigns look up the names of accounts.
  await createObjectIndexes(pool, schema, plans.account.object);
  await insertDerived(
    pool,
    [
      ...memberStatusPlans(schema, campaign),
      ...memberPlans(schema, staff, plans, sizes),
      ...opportunityPlans(schema, staff, plans, sizes),
      ...activityPlans(schema, staff, plans, sizes),
      ...customPlans(schema, staff, plans, warehouse),
    ],
    base,
  );
  await insertLinkedRows(pool, schema, sizes);
  await countRollUps(pool, schema, base);
}
