export type BudgetState = 'ok' | 'slow' | 'spent';

export interface Budget {
  state: BudgetState;
  /** Calls a day that Tandem may leave used, of the org's limit. */
  budget: number;
  /** Milliseconds until the next cycle. */
  waitMs: number;
  /** For the operator; null when all is well. */
  reason: string | null;
}

/** From this part of the budget on, cycles slow down. */
const SLOW_FROM = 0.9;
/** At the end of the slow part the pause is this many times as long. */
const SLOWEST = 12;
/** The limit counts the last 24 hours and gives calls back bit by bit; a look costs one call. */
export const LOOK_AGAIN_MS = 15 * 60_000;

/**
 * What the org's daily limit allows (rule M1). `used` and `limit` are Salesforce's own count, of every
 * client of the org; `share` is the part from 0 to 1 up to which Tandem goes on; with it used, calls may
 * be free again after `lookAgainMs`. A null usage is `ok`:
 * no response has been seen yet.
 */
export function apiBudget(
  usage: { used: number; limit: number } | null,
  share: number,
  pauseMs: number,
  lookAgainMs = LOOK_AGAIN_MS,
): Budget {
  if (usage === null || usage.limit <= 0) {
    return { state: 'ok', budget: 0, waitMs: pauseMs, reason: null };
  }
  const budget = Math.floor(usage.limit * share);
  const count = `${usage.used} of ${budget} API calls of the budget (the org's limit is ${usage.limit})`;
  if (usage.used >= budget) {
    return {
      state: 'spent',
      budget,
      waitMs: lookAgainMs,
      reason: `Waiting: ${count} are used. It goes on by itself as the last 24 hours move on.`,
    };
  }
  const slowFrom = budget * SLOW_FROM;
  if (usage.used < slowFrom) return { state: 'ok', budget, waitMs: pauseMs, reason: null };
  const depth = (usage.used - slowFrom) / (budget - slowFrom);
  return {
    state: 'slow',
    budget,
    waitMs: Math.round(pauseMs * (1 + depth * (SLOWEST - 1))),
    reason: `Cycles are slowed down: ${count} are used.`,
  };
}
