import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import * as messages from './messages.ts';
import type { Event, State } from './state.ts';
import { statusOf } from './status.ts';

/** Takes the connection's updates, signals and query; to be called before anything is awaited. */
export function listen(
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
