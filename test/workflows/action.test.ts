/** The workflow of one action, over scripted activities. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { startAction } from '../../src/temporal/client.ts';
import { actionWorkflowId } from '../../workflows/messages.ts';
import { failure, type Script, temporalServer } from './support.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await temporalServer();
}, 600_000);
afterAll(() => environment?.teardown());

const QUIET = new DefaultLogger('ERROR');

/** Starts one action by name over the script, and gives what it came to. */
async function acted(action: string, script: Script, starts = 1) {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: action,
    workflowBundle: await workflowBundle(QUIET),
    activities: script as Record<string, (input: unknown) => Promise<unknown>>,
  });
  return worker.runUntil(async () => {
    const input = { connection: 'default', action };
    await Promise.all(
      Array.from({ length: starts }, () => startAction(environment.client, input, action)),
    );
    const handle = environment.client.workflow.getHandle(actionWorkflowId('default', action));
    const result = await handle.result();
    return { result, history: await handle.fetchHistory() };
  });
}

it('I1: an action is one activity, tried again until it has ended', async () => {
  let tries = 0;
  const { result, history } = await acted('retried', {
    runAction: () => {
      tries += 1;
      if (tries < 2) throw new Error('passes');
      return { status: 'done', code: null };
    },
  });
  expect(result).toEqual({ status: 'done', code: null });
  expect(tries).toBe(2);
  expect(history.events!.length).toBeLessThan(15);
});

it('N2: asked to start by several at once, it runs once', async () => {
  let runs = 0;
  await acted(
    'started-thrice',
    {
      runAction: async () => {
        runs += 1;
        return { status: 'done', code: null };
      },
    },
    3,
  );
  expect(runs).toBe(1);
});

it('M1: at the budget it waits for the window to roll, and goes on by itself', async () => {
  let tries = 0;
  const { result } = await acted('limited', {
    runAction: () => {
      tries += 1;
      const resumeAt = Date.now() + 1_500;
      if (tries === 1) throw failure('budget', { scope: 'connection', remedy: 'window', resumeAt });
      return { status: 'done', code: null };
    },
  });
  expect(result).toEqual({ status: 'done', code: null });
});

it('what only an operator mends ends the row as failed, with the reason', async () => {
  const told: unknown[] = [];
  const { result } = await acted('refused', {
    runAction: () => {
      throw failure('wrong credentials', { scope: 'connection', remedy: 'operator' });
    },
    failAction: (input) => {
      told.push(input);
      return { status: 'failed', code: 'X' };
    },
  });
  expect(result).toEqual({ status: 'failed', code: 'X' });
  expect(told).toMatchObject([{ action: 'refused', reason: 'wrong credentials' }]);
});
