import { recordUsage } from '../src/ledger/api-usage.ts';
import { apiBudget } from '../src/sync/budget.ts';
import type { ConnectionDeps } from './deps.ts';
import { BudgetSpent } from './errors.ts';

/**
 * At the budget the connection waits for the window to roll, before it makes another call (M1). Not
 * asked by prepareConnection: its one call is the look at whether calls are free again.
 * @throws BudgetSpent
 */
export function stayInBudget({ config, salesforce }: ConnectionDeps): void {
  const { state, reason, waitMs } = apiBudget(
    salesforce.usage(),
    config.api.budgetShare,
    config.pauseMs,
    config.api.lookAgainMs,
  );
  if (state === 'spent') throw new BudgetSpent(reason!, new Date(Date.now() + waitMs));
}

/** Keeps what Salesforce last said of the calls used (K5). */
export async function keepUsage({ config, db, salesforce }: ConnectionDeps): Promise<void> {
  const usage = salesforce.usage();
  if (usage === null) return;
  const { budget } = apiBudget(usage, config.api.budgetShare, config.pauseMs);
  await recordUsage(db, { ...usage, budget });
}
