import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isPublic, publicMessage } from '../src/log.ts';
import {
  ColumnTypeDiffers,
  ConditionRefused,
  DatabaseBusy,
  DatabaseRejected,
  DatabaseUnavailable,
  errorCode,
  OrgMismatch,
  SchemaRefused,
  StagingReplaced,
} from '../src/marketing/errors.ts';
import {
  CredentialsRejected,
  JobLost,
  RequestLimitExceeded,
  SalesforceError,
  SalesforceUnavailable,
  SessionRefused,
} from '../src/salesforce/errors.ts';
import { LOOK_AGAIN_MS } from '../src/sync/budget.ts';
import { FieldMapRefused } from '../src/sync/errors.ts';
import { BudgetSpent, ConnectionUnknown } from './errors.ts';

/** What the workflow does about a failure; the first of its details. */
export interface FailureDetails {
  /** Whether other objects could still do better. */
  scope: 'connection' | 'object';
  /**
   * `retry`: it may pass; `cycle`: only the next cycle can do better; `operator`: somebody must act;
   * `window`: the daily limit must roll (M1).
   */
  remedy: 'retry' | 'cycle' | 'operator' | 'window';
  /** Milliseconds since the epoch, for `window`. */
  resumeAt: number | null;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** The one mapping from errors to what is done about them, first match first. */
const REMEDIES: [ErrorClass, FailureDetails['scope'], FailureDetails['remedy']][] = [
  [CredentialsRejected, 'connection', 'operator'],
  [SessionRefused, 'connection', 'cycle'],
  [OrgMismatch, 'connection', 'operator'],
  [ConnectionUnknown, 'connection', 'operator'],
  [SchemaRefused, 'connection', 'operator'],
  [FieldMapRefused, 'connection', 'operator'],
  [ColumnTypeDiffers, 'connection', 'operator'],
  [DatabaseRejected, 'connection', 'operator'],
  [RequestLimitExceeded, 'connection', 'window'],
  [BudgetSpent, 'connection', 'window'],
  [SalesforceUnavailable, 'connection', 'retry'],
  [DatabaseUnavailable, 'connection', 'retry'],
  [DatabaseBusy, 'object', 'retry'],
  [ConditionRefused, 'object', 'operator'],
  [JobLost, 'object', 'cycle'],
  [StagingReplaced, 'object', 'cycle'],
];

/** The failure that enters Temporal's history for an error. */
export function toFailure(error: unknown, lookAgainMs = LOOK_AGAIN_MS): Error {
  if (error instanceof ApplicationFailure) return error;
  const details = detailsOf(error);
  const { resumeAt } = details;
  if (resumeAt !== null) details.resumeAt = Math.min(resumeAt, Date.now() + lookAgainMs);
  return ApplicationFailure.create({
    type: error instanceof Error ? error.name : 'Error',
    message: publicMessage(error),
    nonRetryable: details.remedy !== 'retry',
    details: [details],
    // Expected, and no fault of anybody's: it shall not count as an error in metrics.
    ...(details.remedy === 'window' && { category: ApplicationFailureCategory.BENIGN }),
  });
}

/** Whether the error is of one object, so that the others can go on; not so for a fault of our own code. */
export function concernsObject(error: unknown): boolean {
  return detailsOf(error).scope === 'object' && (isPublic(error) || errorCode(error) !== null);
}

function detailsOf(error: unknown): FailureDetails {
  const known = REMEDIES.find(([type]) => error instanceof type);
  if (known !== undefined) {
    const [, scope, remedy] = known;
    const limited = error instanceof RequestLimitExceeded || error instanceof BudgetSpent;
    return { scope, remedy, resumeAt: limited ? error.resumeAt.getTime() : null };
  }
  // What Salesforce rejects for good fails its object at once; everything else may pass.
  const lasting = error instanceof SalesforceError && !error.retryable;
  return { scope: 'object', remedy: lasting ? 'operator' : 'retry', resumeAt: null };
}
