import {
  allHandlersFinished,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {
  cancelBackground,
  inBackground,
  startBackfills,
  startComparison,
  tellBackground,
} from './background.ts';
import { runCycle } from './cycle.ts';
import { initialLoad } from './initial-load.ts';
import { listen } from './listen.ts';
import * as messages from './messages.ts';
import { showState } from './show-state.ts';
import { begin, type Event, isResting, reduce, type State } from './state.ts';
import { stateRow } from './status.ts';
import { prepare, record } from './steps.ts';
import { stopOf, unlessCancelled } from './stop.ts';

export interface ConnectionInput {
  connection: string;
  /** Milliseconds; used on the first run only, later runs carry it in `state`. */
  pauseMs: number;
  state?: State;
}

/**
 * Keeps one org and one marketing database in step for ever (A1). Each run does one phase's work,
 * rests, and continues as new with the state.
 */
export async function connection(input: ConnectionInput): Promise<void> {
  const name = input.connection;
  let state = input.state ?? begin(input.pauseMs);
  let load: ExternalWorkflowHandle | null = null;

  const dispatch = (event: Event): void => {
    state = reduce(state, event);
    showState(name, state);
  };
  const tellLoad = async (event: 'pause' | 'resume'): Promise<void> => {
    try {
      await load?.signal(event === 'pause' ? messages.holdSignal : messages.releaseSignal);
    } catch (error) {
      // The load ended in this moment: there is nothing to hold or to release.
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    }
  };
  const isHeld = () => state.pause !== null;
  const fillInBackground = async (objects: string[]): Promise<void> => {
    if (objects.length + (state.background ?? []).length === 0) return;
    dispatch({ type: 'background', objects });
    await startBackfills(name, objects, isHeld);
  };
  const compareInBackground = async (objects: string[]): Promise<void> => {
    const comparing = objects.length > 0;
    if (comparing !== (state.comparing ?? false)) dispatch({ type: 'comparing', comparing });
    if (comparing) await startComparison(name, isHeld);
  };
  const tell = async (event: 'pause' | 'resume'): Promise<void> => {
    await tellLoad(event);
    await tellBackground(inBackground(name, state), event);
  };
  // A database that refuses access must not end the workflow, which is what says so (K1).
  const mirror = () =>
    unlessCancelled(
      record('Record the state').recordState({ connection: name, state: stateRow(state) }),
    );
  const unpaused = async (): Promise<void> => {
    if (state.pause === null) return;
    await mirror();
    await condition(() => state.pause === null);
    await mirror();
  };
  const endCycle = (failures: string[]) =>
    record('Record the end of the cycle').endCycle({
      ...{ connection: name, run: workflowInfo().runId },
      ...{ failures, pauseMs: state.pauseMs },
    });
  listen(name, () => state, dispatch, tell);
  showState(name, state);

  const work = async (): Promise<void> => {
    await unpaused();
    try {
      if (isResting(state)) dispatch({ type: 'due', at: Date.now() });
      if (state.phase === 'starting') {
        const { orgId, load, background } = await prepare.prepareConnection({ connection: name });
        dispatch({ type: 'ready', orgId, load, at: Date.now() });
        await fillInBackground(background ?? []);
        await mirror();
      } else if (state.phase === 'initial-load') {
        const child = await startChild(initialLoad, {
          workflowId: messages.initialLoadWorkflowId(name),
          args: [{ connection: name }],
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
          staticSummary: `First copy of everything that the sync user of ${name} can see`,
        });
        load = getExternalWorkflowHandle(child.workflowId);
        if (state.pause !== null) await tellLoad('pause');
        await child.result().finally(() => {
          load = null;
        });
        dispatch({ type: 'loaded' });
      } else {
        const failures = await runCycle({
          connection: name,
          unpaused,
          fillInBackground,
          compareInBackground,
        });
        const { pauseMs } = state;
        dispatch({ type: 'cycle-ended', ...(await endCycle(failures)) });
        // It was changed while the end was recorded, with the wait that the pause before it gave.
        if (state.pauseMs !== pauseMs) dispatch({ type: 'set-pause', pauseMs: state.pauseMs });
      }
    } catch (error) {
      const inCycle = state.phase === 'syncing';
      const stop = stopOf(error, Date.now(), state.pauseMs);
      dispatch({ type: 'stopped', ...stop });
      if (inCycle) await unlessCancelled(endCycle([stop.reason]));
      await mirror();
    }
  };

  try {
    await work();
    await rest(() => state);
  } catch (error) {
    if (isCancellation(error)) await cancelBackground(inBackground(name, state));
    throw error;
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof connection>({ connection: name, pauseMs: state.pauseMs, state });
}

/** Waits durably until the phase is due, a sync is asked for, or a pause takes over. */
async function rest(current: () => State): Promise<void> {
  const over = () => !isResting(current()) || current().syncWanted || current().pause !== null;
  while (!over()) {
    const { phase, until, reason } = current();
    const moved = () => over() || current().until !== until;
    if (until === null) {
      await condition(moved);
    } else {
      if (until <= Date.now()) return;
      const summary = phase === 'waiting' ? 'Pause until the next sync' : (reason ?? phase);
      await condition(moved, until - Date.now(), { summary });
    }
  }
}
