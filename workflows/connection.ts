import {
  ApplicationFailure,
  allHandlersFinished,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { runCycle } from './cycle.ts';
import { initialLoad } from './initial-load.ts';
import * as messages from './messages.ts';
import { showState } from './show-state.ts';
import {
  begin,
  type Event,
  isResting,
  reduce,
  type State,
  shownReason,
  shownState,
} from './state.ts';
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
  listen(name, () => state, dispatch, tellLoad);
  showState(name, state);

  await unpaused();
  try {
    if (isResting(state)) dispatch({ type: 'due', at: Date.now() });
    if (state.phase === 'starting') {
      const { orgId, load } = await prepare.prepareConnection({ connection: name });
      dispatch({ type: 'ready', orgId, load, at: Date.now() });
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
      const failures = await runCycle({ connection: name, unpaused });
      dispatch({ type: 'cycle-ended', ...(await endCycle(failures)) });
    }
  } catch (error) {
    const inCycle = state.phase === 'syncing';
    const stop = stopOf(error, Date.now(), state.pauseMs);
    dispatch({ type: 'stopped', ...stop });
    if (inCycle) await unlessCancelled(endCycle([stop.reason]));
    await mirror();
  }
  await rest(() => state);
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

function listen(
  name: string,
  current: () => State,
  dispatch: (event: Event) => void,
  tellLoad: (event: 'pause' | 'resume') => Promise<void>,
): void {
  const status = () => statusOf(name, current());
  const pause = async (request: messages.PauseRequest) => {
    dispatch({ type: 'pause', pause: { ...request, at: Date.now() } });
    await tellLoad('pause');
  };
  const resume = async () => {
    dispatch({ type: 'resume' });
    await tellLoad('resume');
  };
  setHandler(messages.statusQuery, status, { description: 'State, reason, last and next sync' });
  setHandler(
    messages.pauseUpdate,
    async (request) => {
      await pause(request);
      return status();
    },
    { validator: checkPause, description: 'Finish the step in flight, then hold: {by, reason}' },
  );
  setHandler(
    messages.resumeUpdate,
    async () => {
      await resume();
      return status();
    },
    { description: 'Go on after a pause or a failure' },
  );
  setHandler(
    messages.syncNowUpdate,
    () => {
      dispatch({ type: 'sync-now' });
      return status();
    },
    {
      validator: () => {
        const { pause: held } = current();
        if (held === null) return;
        throw refusal(`paused by ${held.by}: ${held.reason}; resume it first`);
      },
      description: 'Sync at once, or once more after the cycle in flight',
    },
  );
  setHandler(
    messages.setPauseUpdate,
    ({ pauseMs }) => {
      dispatch({ type: 'set-pause', pauseMs });
      return status();
    },
    { validator: checkPauseMs, description: 'Milliseconds between cycles: {pauseMs}' },
  );

  const heard = (problem: string | null, act: () => Promise<void> | void) =>
    problem === null ? act() : undefined;
  setHandler(messages.pauseSignal, (request) => heard(pauseProblem(request), () => pause(request)));
  setHandler(messages.resumeSignal, resume);
  setHandler(messages.syncNowSignal, () => dispatch({ type: 'sync-now' }));
  setHandler(messages.setPauseSignal, (request) =>
    heard(pauseMsProblem(request), () => dispatch({ type: 'set-pause', pauseMs: request.pauseMs })),
  );
}

function pauseProblem(request: messages.PauseRequest | undefined): string | null {
  const { by, reason } = request ?? {};
  const told = typeof by === 'string' && by.trim() !== '' && typeof reason === 'string';
  return told ? null : 'a pause names who asked and why: {"by": "…", "reason": "…"}';
}

const DAY_MS = 86_400_000;

function pauseMsProblem(request: messages.SetPauseRequest | undefined): string | null {
  const pauseMs = request?.pauseMs;
  const sound = Number.isInteger(pauseMs) && pauseMs! >= 1_000 && pauseMs! <= DAY_MS;
  return sound ? null : `pauseMs is whole milliseconds from 1000 (1s) to ${DAY_MS} (a day)`;
}

function checkPause(request: messages.PauseRequest): void {
  const problem = pauseProblem(request);
  if (problem !== null) throw refusal(problem);
}

function checkPauseMs(request: messages.SetPauseRequest): void {
  const problem = pauseMsProblem(request);
  if (problem !== null) throw refusal(problem);
}

const refusal = (message: string) => ApplicationFailure.nonRetryable(message, 'Refused');

const iso = (ms: number) => new Date(ms).toISOString();

function statusOf(connectionName: string, state: State): messages.ConnectionStatus {
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
function stateRow(state: State) {
  return {
    state: shownState(state),
    reason: shownReason(state),
    nextSyncAt: state.until === null || state.pause !== null ? null : iso(state.until),
  };
}
