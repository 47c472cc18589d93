import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  TemporalFailure,
} from '@temporalio/workflow';
import { backfill } from './backfill.ts';
import { compare } from './compare.ts';
import { backfillWorkflowId, compareWorkflowId, holdSignal, releaseSignal } from './messages.ts';
import type { State } from './state.ts';

/** Starts what fills these objects in the background, where it does not run yet (A7). It outlives this run. */
export async function startBackfills(
  connection: string,
  objects: readonly string[],
  held: boolean,
): Promise<void> {
  for (const object of objects) {
    try {
      await startChild(backfill, {
        workflowId: backfillWorkflowId(connection, object),
        args: [{ connection, object, held }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Fills ${object} of ${connection} in the background`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** Starts the comparison of ids, where it does not run yet (N8). It outlives this run. */
export async function startComparison(connection: string, held: boolean): Promise<void> {
  try {
    await startChild(compare, {
      workflowId: compareWorkflowId(connection),
      args: [{ connection, held }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Compares the ids on both sides of ${connection}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Workflows of this connection in the background, by their ids. */
export function inBackground(connection: string, state: State): string[] {
  const fills = (state.background ?? []).map((object) => backfillWorkflowId(connection, object));
  return state.comparing ? [...fills, compareWorkflowId(connection)] : fills;
}

/** Passes a pause or its end on (A5). */
export async function tellBackground(
  workflows: readonly string[],
  event: 'pause' | 'resume',
): Promise<void> {
  for (const id of workflows) {
    await unlessEnded(
      getExternalWorkflowHandle(id).signal(event === 'pause' ? holdSignal : releaseSignal),
    );
  }
}

/** Ends what runs in the background, when the connection's workflow is cancelled. */
export async function cancelBackground(workflows: readonly string[]): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const id of workflows) {
      await unlessEnded(getExternalWorkflowHandle(id).cancel());
    }
  });
}

/** One that has ended in this moment has nothing to be told. */
async function unlessEnded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
  }
}
