import type { ActivityOptions } from '@temporalio/workflow';

/** Activities beat every few seconds (activities/index.ts): so a dead worker is noticed within this. */
const heartbeatTimeout = '15s';

/**
 * Every timeout and retry policy. Errors that no retry mends leave the activities marked so
 * (activities/failures.ts); what is retried here may pass.
 */
export const ACTIVITY_OPTIONS = {
  /** Login, describes and DDL: short calls; ten tries ride out a restart of either side (3 minutes). */
  prepare: {
    startToCloseTimeout: '10m',
    heartbeatTimeout,
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  },
  /** One result page: an hour covers a Bulk job that Salesforce queues; endless, since A2 survives anything. */
  load: {
    startToCloseTimeout: '1h',
    heartbeatTimeout,
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  },
  /** A step of a cycle: when ten tries fail the cycle ends as failed, and the next one tries anew (N3). */
  step: {
    startToCloseTimeout: '1h',
    heartbeatTimeout,
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  },
  /** One action: endless, since somebody waits for it; 2 s, in which a write whose answer was lost commits. */
  action: {
    startToCloseTimeout: '15m',
    heartbeatTimeout,
    retry: { initialInterval: '2s', maximumInterval: '1m' },
  },
  /** One small write to our own database: endless, since the loop cannot go on without it. */
  record: {
    startToCloseTimeout: '1m',
    heartbeatTimeout,
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  },
} satisfies Record<string, ActivityOptions>;
