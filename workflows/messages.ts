import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ShownState } from './state.ts';

export const CONNECTION_WORKFLOW = 'connection';
export const ACTION_WORKFLOW = 'action';

/** Who holds a connection and why (rule A5). */
export interface PauseRequest {
  /** The operator's name. */
  by: string;
  reason: string;
}

export interface SetPauseRequest {
  /** Milliseconds between the end of a cycle and the next; at least 1,000, at most a day. */
  pauseMs: number;
}

export interface CycleOutcome {
  /** tandem.cycle.id. */
  cycle: number;
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
  status: 'done' | 'failed';
}

/** The answer of the `status` query: what only the workflow knows; the rest is in the database. */
export interface ConnectionStatus {
  connection: string;
  orgId: string | null;
  state: ShownState;
  reason: string | null;
  lastSync: CycleOutcome | null;
  /** ISO 8601; null unless waiting. */
  nextSyncAt: string | null;
  pauseMs: number;
}

export const pauseUpdate = defineUpdate<ConnectionStatus, [PauseRequest]>('pause');
export const resumeUpdate = defineUpdate<ConnectionStatus, []>('resume');
export const syncNowUpdate = defineUpdate<ConnectionStatus, []>('syncNow');
export const setPauseUpdate = defineUpdate<ConnectionStatus, [SetPauseRequest]>('setPause');

/** The same by `temporal workflow signal`; a signal cannot be refused, so a wrong one is ignored. */
export const pauseSignal = defineSignal<[PauseRequest]>('pause');
export const resumeSignal = defineSignal<[]>('resume');
export const syncNowSignal = defineSignal<[]>('syncNow');
export const setPauseSignal = defineSignal<[SetPauseRequest]>('setPause');

/** From a connection to its initial load and its backfills: hold between pages, go on. */
export const holdSignal = defineSignal<[]>('hold');
export const releaseSignal = defineSignal<[]>('release');

export const statusQuery = defineQuery<ConnectionStatus>('status');

export const connectionWorkflowId = (connection: string) => `tandem/${connection}`;
/** `action`: the id of its row in marketing.salesforce_action. */
export const actionWorkflowId = (connection: string, action: string) =>
  `tandem/${connection}/action/${action}`;
export const backfillWorkflowId = (connection: string, object: string) =>
  `tandem/${connection}/backfill/${object}`;
export const compareWorkflowId = (connection: string) => `tandem/${connection}/compare`;
export const initialLoadWorkflowId = (connection: string) => `tandem/${connection}/initial-load`;
