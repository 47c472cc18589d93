/*
 *              ready(load)                 loaded
 *  starting ───────────────▶ initial-load ────────▶ syncing
 *     │ ▲         ready                              ▲   │
 *     │ │  ────────────────────────────────────────▶ │   │ cycle-ended
 *     │ │                                        due │   ▼
 *     │ │ due                                       waiting
 *     │ └───── limited, failed ◀─── stopped (from any phase that works)
 *
 *  `due` leads from waiting to starting instead, when the schema was synced too long ago or somebody
 *  resumed: what changed in the org's setup is seen then.
 *
 *  A pause is a lock beside the phase: it holds whatever comes next and is shown instead of it.
 *  `due` comes when `until` has passed, or at once when a sync was asked for or a pause lifted.
 */

export type Phase = 'starting' | 'initial-load' | 'syncing' | 'waiting' | 'limited' | 'failed';
export type ShownState = Phase | 'paused';

export interface Pause {
  by: string;
  reason: string;
  /** Milliseconds since the epoch, as all times here. */
  at: number;
}

export interface LastCycle {
  cycle: number;
  startedAt: number;
  endedAt: number;
  status: 'done' | 'failed';
}

export interface State {
  phase: Phase;
  pause: Pause | null;
  /** Why it is slow, limited or failed, and what to do; null when all is well. */
  reason: string | null;
  /** When the phase ends by itself; null: it does not (work in flight, or an operator is needed). */
  until: number | null;
  syncWanted: boolean;
  pauseMs: number;
  orgId: string | null;
  /** When the org was last checked and its schema synced; null: it is to be done next. */
  preparedAt: number | null;
  lastCycle: LastCycle | null;
  /** Objects being filled in the background; absent in states of earlier versions. */
  background?: string[];
  /** The ids are being compared in the background; absent in states of earlier versions. */
  comparing?: boolean;
}

/** One call an hour for the schema: it changes far less often than rows. */
const PREPARE_EVERY_MS = 3_600_000;

export type Event =
  | { type: 'ready'; orgId: string; load: boolean; at: number }
  | { type: 'background'; objects: string[] }
  | { type: 'comparing'; comparing: boolean }
  | { type: 'loaded' }
  | { type: 'cycle-ended'; cycle: LastCycle; waitMs: number; reason: string | null }
  | { type: 'stopped'; phase: 'limited' | 'failed'; reason: string; until: number | null }
  | { type: 'due'; at: number }
  | { type: 'pause'; pause: Pause }
  | { type: 'resume' }
  | { type: 'sync-now' }
  | { type: 'set-pause'; pauseMs: number };

export const begin = (pauseMs: number): State => ({
  phase: 'starting',
  pause: null,
  reason: null,
  until: null,
  syncWanted: false,
  pauseMs,
  orgId: null,
  preparedAt: null,
  lastCycle: null,
});

/** Total over phases and events: an event that means nothing in a phase leaves the state as it is. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'ready':
      if (state.phase !== 'starting') return state;
      return {
        ...working(state, event.load ? 'initial-load' : 'syncing'),
        orgId: event.orgId,
        preparedAt: event.at,
      };
    case 'background':
      return { ...state, background: event.objects };
    case 'comparing':
      return { ...state, comparing: event.comparing };
    case 'loaded':
      return state.phase === 'initial-load' ? working(state, 'syncing') : state;
    case 'cycle-ended':
      if (state.phase !== 'syncing') return state;
      return {
        ...state,
        phase: 'waiting',
        reason: event.reason,
        lastCycle: event.cycle,
        until: event.cycle.endedAt + event.waitMs,
      };
    case 'stopped':
      if (isResting(state)) return state;
      return { ...state, phase: event.phase, reason: event.reason, until: event.until };
    case 'due':
      if (!isResting(state)) return state;
      return working(state, isPrepared(state, event.at) ? 'syncing' : 'starting');
    case 'pause':
      return { ...state, pause: event.pause, syncWanted: false };
    case 'resume':
      if (state.pause === null && state.phase !== 'failed') return { ...state, preparedAt: null };
      return { ...state, pause: null, preparedAt: null, syncWanted: isResting(state) };
    case 'sync-now':
      return state.pause === null ? { ...state, syncWanted: true } : state;
    case 'set-pause':
      return withPauseMs(state, event.pauseMs);
  }
}

/** True while nothing is to be done until `until`. */
export function isResting(state: State): boolean {
  return state.phase === 'waiting' || state.phase === 'limited' || state.phase === 'failed';
}

export function shownState(state: State): ShownState {
  return state.pause === null ? state.phase : 'paused';
}

export function shownReason(state: State): string | null {
  if (state.pause === null) return state.reason;
  return `paused by ${state.pause.by}: ${state.pause.reason}`;
}

/** A cycle that starts answers every sync asked for before it (A5). */
function working(state: State, phase: Phase): State {
  return { ...state, phase, reason: null, until: null, syncWanted: false };
}

function isPrepared({ phase, preparedAt }: State, at: number): boolean {
  return phase === 'waiting' && preparedAt !== null && at - preparedAt < PREPARE_EVERY_MS;
}

function withPauseMs(state: State, pauseMs: number): State {
  if (state.phase !== 'waiting' || state.lastCycle === null) return { ...state, pauseMs };
  return { ...state, pauseMs, until: state.lastCycle.endedAt + pauseMs };
}
