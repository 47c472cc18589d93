import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  startChild,
  TemporalFailure,
} from '@temporalio/workflow';
import { backfill } from './backfill.ts';
import { compare } from './compare.ts';
import { backfillWorkflowId, compareWorkflowId, holdSignal, releaseSignal } from './messages.ts';
import type { State } from './state.ts';

/**
 * Starts what fills these objects in the background, where it does not run yet (A7). It outlives this run.
 * `held` answers whether a pause holds now: one may come, or end, while they are being started.
 */
export async function startBackfills(
  connection: string,
  objects: readonly string[],
  held: () => boolean,
): Promise<void> {
  for (const object of objects) {
    const workflowId = backfillWorkflowId(connection, object);
    const told = held();
    try {
      await startChild(backfill, {
        workflowId,
        args: [{ connection, object, held: told }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Fills ${object} of ${connection} in the background`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await tellSince(workflowId, told, held);
  }
}

/** Starts the comparison of ids, where it does not run yet (N8). It outlives this run. */
export async function startComparison(connection: string, held: () => boolean): Promise<void> {
  const workflowId = compareWorkflowId(connection);
  const told = held();
  try {
    await startChild(compare, {
      workflowId,
      args: [{ connection, held: told }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Compares the ids on both sides of ${connection}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  await tellSince(workflowId, told, held);
}

/** A pause or its end that came before the workflow was there to be signalled (A5). */
async function tellSince(id: string, told: boolean, held: () => boolean): Promise<void> {
  if (held() === told || !patched('told since its start')) return;
  await tellBackground([id], held() ? 'pause' : 'resume');
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
