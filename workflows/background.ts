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
import { backfillWorkflowId, holdSignal, releaseSignal } from './messages.ts';

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

/** Passes a pause or its end on (A5). */
export async function tellBackfills(
  connection: string,
  objects: readonly string[],
  event: 'pause' | 'resume',
): Promise<void> {
  for (const object of objects) {
    await unlessEnded(
      getExternalWorkflowHandle(backfillWorkflowId(connection, object)).signal(
        event === 'pause' ? holdSignal : releaseSignal,
      ),
    );
  }
}

/** Ends what runs in the background, when the connection's workflow is cancelled. */
export async function cancelBackfills(
  connection: string,
  objects: readonly string[],
): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const object of objects) {
      await unlessEnded(getExternalWorkflowHandle(backfillWorkflowId(connection, object)).cancel());
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
