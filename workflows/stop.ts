import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { FailureDetails } from '../activities/failures.ts';

export interface Stop {
  phase: 'limited' | 'failed';
  reason: string;
  /** Milliseconds since the epoch; null: only an operator mends it. */
  until: number | null;
}

/**
 * The failure an activity raised, under Temporal's wrappers; null for the cancellation of this workflow
 * or an error of our own code.
 */
export function failureOf(error: unknown): ApplicationFailure | null {
  if (isCancellation(error) && CancellationScope.current().consideredCancelled) return null;
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    // Somebody may end an activity or a child by itself: that is no reason to end this workflow.
    return failureOf(error.cause) ?? ApplicationFailure.retryable(error.message, 'Ended');
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    const message = `${error.workflowId} of an earlier run is still ending; it is started again by itself`;
    return ApplicationFailure.retryable(message, 'StillEnding');
  }
  return null;
}

/** Waits for work that the workflow can do without: its failure is let go, but not a cancellation. */
export async function unlessCancelled(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (failureOf(error) === null) throw error;
  }
}

/** True when the failure concerns the whole connection, so that no other step could do better. */
export function stopsConnection(failure: ApplicationFailure): boolean {
  return detailsOf(failure).scope === 'connection';
}

/**
 * How the connection stops on an error: limited until the window rolls (M1), failed until an operator
 * acts, or failed until the next try after one pause (N3). Errors that are not failures are ours: they
 * fail the workflow task, which a corrected worker retries; a cancellation ends the workflow.
 */
export function stopOf(error: unknown, now: number, pauseMs: number): Stop {
  const failure = failureOf(error);
  if (failure === null) throw error;
  const { remedy, resumeAt } = detailsOf(failure);
  const reason = failure.message;
  if (remedy === 'window') return { phase: 'limited', reason, until: resumeAt ?? now + pauseMs };
  return { phase: 'failed', reason, until: remedy === 'operator' ? null : now + pauseMs };
}

/** What is to be done about an error of an action; throws what stopOf throws. */
export function remedyOf(error: unknown): FailureDetails & { code: string; reason: string } {
  const failure = failureOf(error);
  if (failure === null) throw error;
  return { ...detailsOf(failure), code: failure.type ?? 'Error', reason: failure.message };
}

function detailsOf(failure: ApplicationFailure): FailureDetails {
  const details = failure.details?.[0] as FailureDetails | undefined;
  return details ?? { scope: 'object', remedy: 'retry', resumeAt: null };
}
