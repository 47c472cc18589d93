import { recordState as mirrorState } from '../src/ledger/connection.ts';
import { endCycle as closeCycle, startCycle } from '../src/ledger/cycles.ts';
import { pruneHistory } from '../src/ledger/history.ts';
import { apiBudget } from '../src/sync/budget.ts';
import type { CycleInput, Deps } from './deps.ts';

export interface EndedCycle {
  cycle: { cycle: number; startedAt: number; endedAt: number; status: 'done' | 'failed' };
  /** Milliseconds until the next cycle: the pause, or longer near the API budget (M1). */
  waitMs: number;
  /** What failed in this one, why tandem.yaml is not in force, or why cycles are slowed down; null when all is well. */
  reason: string | null;
}

/** Closes the cycle in the ledger and mirrors the state for readers without a worker (K1, K2). */
export async function endCycle(
  deps: Deps,
  { connection, run, failures, pauseMs }: CycleInput & { failures: string[]; pauseMs: number },
): Promise<EndedCycle> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  const number = await startCycle(db, run);
  const status = failures.length === 0 ? 'done' : 'failed';
  const closed = await closeCycle(db, number, status, failures.join('; ') || null);
  const { waitMs, reason } = apiBudget(salesforce.usage(), config.api.budgetShare, pauseMs);
  const cycle = {
    cycle: number,
    startedAt: closed.startedAt.getTime(),
    endedAt: closed.endedAt.getTime(),
    status: closed.status === 'done' ? ('done' as const) : ('failed' as const),
  };
  const why = [...failures, own.settingsProblem ?? reason].filter(Boolean).join('; ') || null;
  await mirrorState(db, {
    state: 'waiting',
    reason: why,
    nextSyncAt: new Date(cycle.endedAt + waitMs),
    lastSync: {
      ...cycle,
      startedAt: closed.startedAt.toISOString(),
      endedAt: closed.endedAt.toISOString(),
    },
  });
  await pruneHistory(db, config.historyMs);
  return { cycle, waitMs, reason: why };
}

export interface StateRow {
  state: string;
  reason: string | null;
  /** ISO 8601. */
  nextSyncAt: string | null;
}

/** Mirrors the state where no cycle does: paused, limited, failed, loading (K1). */
export async function recordState(
  deps: Deps,
  { connection, state }: { connection: string; state: StateRow },
): Promise<void> {
  const { db } = deps.connection(connection);
  const nextSyncAt = state.nextSyncAt === null ? null : new Date(state.nextSyncAt);
  await mirrorState(db, { ...state, nextSyncAt });
}
