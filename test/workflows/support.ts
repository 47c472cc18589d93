/** Workflows over scripted activities, on a real Temporal server. */
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';
import type { connection } from '../../workflows/connection.ts';
import {
  CONNECTION_WORKFLOW,
  type ConnectionStatus,
  connectionWorkflowId,
  statusQuery,
} from '../../workflows/messages.ts';
import type { State } from '../../workflows/state.ts';

const QUIET = new DefaultLogger('ERROR');

/** A Temporal dev server of this test file's own. */
export async function temporalServer(): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: QUIET });
  const path = inject('temporalCli');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  await ensureSearchAttributes(environment.client);
  return environment;
}

// biome-ignore lint/suspicious/noExplicitAny: an activity of any input
export type Script = { [Name in keyof Activities]?: (input: any) => unknown };

/** A failure as activities/failures.ts makes it. */
export function failure(
  message: string,
  details: {
    scope: 'connection' | 'object';
    remedy: 'retry' | 'operator' | 'window';
    resumeAt?: number;
  },
): ApplicationFailure {
  const { scope, remedy, resumeAt = null } = details;
  return ApplicationFailure.create({
    message,
    nonRetryable: true,
    details: [{ scope, remedy, resumeAt }],
  });
}

/** What fetchChanges says of an object with something to do. */
export const fetchedObject = (object: string, more: object = {}) => ({
  ...{ object, tier: 0, staged: 1, bulk: false, resolve: false, push: 0, failure: null },
  serverTime: '2026-01-01T00:00:00.000Z',
  ...more,
});

export const fetched = (...objects: ReturnType<typeof fetchedObject>[]) => ({
  ...{ cycle: 1, objects, schemaMoved: false },
});

/** Something that is held until it is opened, and tells when somebody came to it. */
export class Gate {
  #open: () => void = () => undefined;
  #arrive: () => void = () => undefined;
  readonly opened = new Promise<void>((open) => {
    this.#open = open;
  });
  readonly arrived = new Promise<void>((arrive) => {
    this.#arrive = arrive;
  });

  open(): void {
    this.#open();
  }

  async pass(): Promise<void> {
    this.#arrive();
    await this.opened;
  }
}

export interface Scripted {
  name: string;
  handle: WorkflowHandle<typeof connection>;
  calls: { step: string; input: Record<string, unknown> }[];
  /** Resolves when a step was called `times` times since the start. */
  called(step: string, times?: number): Promise<void>;
  /** The status, once it is as wanted. */
  status(holds?: (status: ConnectionStatus) => boolean): Promise<ConnectionStatus>;
  /** The state that the workflow's run was given by the one before. */
  carried(): Promise<State | undefined>;
  /** Events of each run, the oldest first. */
  runLengths(): Promise<number[]>;
  stop(): Promise<void>;
}

/**
 * Begins connections on a Temporal server of the test file's own; both end with the file. To be called at
 * the top of a file.
 */
export function scriptedConnections() {
  let environment: TestWorkflowEnvironment;
  const running: Scripted[] = [];
  beforeAll(async () => {
    environment = await temporalServer();
  }, 600_000);
  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await environment?.teardown();
  }, 60_000);
  return {
    client: () => environment.client,
    /** Those begun so far. */
    running,
    async begin(name: string, script: Script = {}, times?: { waitMs?: number; pauseMs?: number }) {
      const one = await started(environment, name, script, times);
      running.push(one);
      return one;
    },
  };
}

/** A connection whose activities do nothing but what `script` says; each call is kept. */
async function started(
  environment: TestWorkflowEnvironment,
  name: string,
  script: Script = {},
  { waitMs = 3_600_000, pauseMs = 1_000 } = {},
): Promise<Scripted> {
  const calls: Scripted['calls'] = [];
  const waiters = new Set<() => void>();
  let cycle = 0;
  const quiet: Script = {
    prepareConnection: () => ({ orgId: '00D000000000001AAA', load: false }),
    prepareLoad: () => ({ objects: [] }),
    fetchChanges: () => fetched(),
    resolveConflicts: () => ({}),
    writeMarketing: () => ({ postponed: 0 }),
    writeSalesforce: () => ({}),
    recordState: () => undefined,
    endCycle: ({ failures }) => {
      cycle += 1;
      const status = failures.length > 0 ? 'failed' : 'done';
      const now = Date.now();
      return {
        cycle: { cycle, startedAt: now, endedAt: now, status },
        waitMs,
        reason: failures.join('; ') || null,
      };
    },
  };
  const steps = Object.entries({ ...quiet, ...script }).map(([step, work]) => [
    step,
    async (input: Record<string, unknown>) => {
      calls.push({ step, input });
      for (const wake of waiters) wake();
      return work(input);
    },
  ]);
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: name,
    workflowBundle: await workflowBundle(QUIET),
    activities: Object.fromEntries(steps),
    shutdownGraceTime: '1s',
  });
  const running = worker.run();
  const { workflow } = environment.client;
  const workflowId = connectionWorkflowId(name);
  const first = await workflow.start<typeof connection>(CONNECTION_WORKFLOW, {
    workflowId,
    taskQueue: name,
    args: [{ connection: name, pauseMs }],
  });
  // Without a run id: the newest run.
  const handle = workflow.getHandle<typeof connection>(workflowId);
  return {
    name,
    handle,
    calls,
    async called(step, times = 1) {
      while (calls.filter((call) => call.step === step).length < times) {
        await new Promise<void>((wake) => waiters.add(wake));
      }
    },
    async status(holds = () => true) {
      for (const deadline = Date.now() + 20_000; ; ) {
        const status = await handle.query(statusQuery);
        if (holds(status)) return status;
        if (Date.now() > deadline) throw new Error(`the status stays ${JSON.stringify(status)}`);
        await new Promise((later) => setTimeout(later, 50));
      }
    },
    async carried() {
      const { events } = await handle.fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      return defaultPayloadConverter.fromPayload<{ state?: State }>(input!).state;
    },
    async runLengths() {
      const lengths: number[] = [];
      let runId: string | null = first.firstExecutionRunId;
      while (runId !== null) {
        const events = await eventsOf(workflow.getHandle(workflowId, runId));
        lengths.push(events.length);
        const last = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
        runId = last?.newExecutionRunId ?? null;
      }
      return lengths;
    },
    async stop() {
      await handle.terminate().catch(() => undefined);
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

async function eventsOf(handle: WorkflowHandle): Promise<NonNullable<History['events']>> {
  return (await handle.fetchHistory()).events ?? [];
}
