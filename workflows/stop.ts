import {
  ActivityFailure,
  ApplicationFailure,
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

/** The failure an activity raised, under Temporal's wrappers; null for a cancellation or an error of our own code. */
export function failureOf(error: unknown): ApplicationFailure | null {
  if (isCancellation(error)) return null;
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return failureOf(error.cause) ?? ApplicationFailure.retryable(error.message, 'TimedOut');
  }
  return null;
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

function detailsOf(failure: ApplicationFailure): FailureDetails {
  const details = failure.details?.[0] as FailureDetails | undefined;
  return details ?? { scope: 'object', remedy: 'retry', resumeAt: null };
}
