import type { ConnectionStatus } from './messages.ts';
import { type State, shownReason, shownState } from './state.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** The answer of the `status` query. */
export function statusOf(connectionName: string, state: State): ConnectionStatus {
  const last = state.lastCycle;
  return {
    connection: connectionName,
    orgId: state.orgId,
    state: shownState(state),
    reason: shownReason(state),
    lastSync: last && { ...last, startedAt: iso(last.startedAt), endedAt: iso(last.endedAt) },
    nextSyncAt: state.until === null || state.pause !== null ? null : iso(state.until),
    pauseMs: state.pauseMs,
  };
}

/** What the database mirrors, so that `status` answers with no worker up. */
export function stateRow(state: State) {
  return {
    state: shownState(state),
    reason: shownReason(state),
    nextSyncAt: state.until === null || state.pause !== null ? null : iso(state.until),
  };
}
