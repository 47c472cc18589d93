import { startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { readWatermarks } from '../src/ledger/watermarks.ts';
import { alone } from '../src/marketing/lock.ts';
import { programWork } from '../src/marketing/programs/due.ts';
import { keepObstacle } from '../src/marketing/programs/links.ts';
import { followPulled } from '../src/marketing/programs/pulled.ts';
import { isMarketingUser, MARKETING_USER_MISSING } from '../src/salesforce/marketing-user.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { ConnectionDeps, CycleInput, Deps } from './deps.ts';
import { pushCampaigns } from './programs/campaigns.ts';
import { linkPrograms } from './programs/links.ts';
import { createMembersAsLeads, pushMembers } from './programs/members.ts';
import type { ProgramPush } from './programs/shared.ts';

/** Programs need all three (E6). */
export const CAMPAIGN_OBJECTS = ['Campaign', 'CampaignMemberStatus', 'CampaignMember'] as const;

/** Are they switched on, and here (E6)? */
export function campaignsAreSynced(
  { objects }: ConnectionDeps['config'],
  synced: { has(object: string): boolean },
): boolean {
  return CAMPAIGN_OBJECTS.every((name) => objects[name]?.enabled && synced.has(name));
}

/**
 * The last step of a cycle with work for programs: members follow what was pulled, links are made, campaigns
 * get type and cost, and members go to Salesforce (E1 to E7). One attempt at a time. Run again it changes
 * nothing (N6).
 */
export async function pushPrograms(
  deps: Deps,
  { connection, run }: CycleInput,
  signal: AbortSignal,
): Promise<void> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  if (!campaignsAreSynced(config, await readWatermarks(db))) return;
  const mappings = await readFieldMap(db);
  const goOn = () => {
    signal.throwIfAborted();
    stayInBudget(own);
  };
  await alone(db, 'write to Salesforce: programs', async () => {
    await followPulled(db);
    if (!(await programWork(db, mappings)).due) return;
    const { userId } = await salesforce.identity();
    const cycle = await startCycle(db, run);
    const push: ProgramPush = { ...own, config, mappings, cycle, userId, signal, goOn };
    goOn();
    const obstacle =
      (await isMarketingUser(salesforce, userId)) === false ? NO_MARKETING_USER : null;
    await keepObstacle(db, obstacle);
    if (obstacle === null) {
      await linkPrograms(push);
      await pushCampaigns(push);
      await createMembersAsLeads(push);
      await pushMembers(push);
    }
    await followPulled(db);
  });
  await keepUsage(own);
}

const { what, cost, remedy } = MARKETING_USER_MISSING;
const NO_MARKETING_USER = {
  code: 'MARKETING_USER_REQUIRED',
  message: `${what}. ${cost} ${remedy}`,
};
