/** Will the same try probably pass soon (`passing`), or only once somebody acts (`lasting`)? */
export type ErrorKind = 'passing' | 'lasting';

/** Codes of Salesforce that come from load, locks or the platform, not from the record. */
const PASSING = new Set([
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'REQUEST_LIMIT_EXCEEDED',
  'REQUEST_RUNNING_TOO_LONG',
  'CONCURRENT_API_LIMIT_EXCEEDED',
  'CONCURRENT_REQUEST_LIMIT_EXCEEDED',
  'QUERY_TIMEOUT',
  'UNKNOWN_EXCEPTION',
  'INTERNAL_ERROR',
  'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  'PROCESSING_HALTED',
]);

interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** A lock is gone within seconds; a validation rule or a permission waits for a person. */
const BACKOFF: Readonly<Record<ErrorKind, Backoff>> = {
  passing: { firstMs: 5_000, maxMs: 5 * 60_000 },
  lasting: { firstMs: 2 * 60_000, maxMs: 6 * 60 * 60_000 },
};

export function errorKind(code: string): ErrorKind {
  return PASSING.has(code) ? 'passing' : 'lasting';
}

/**
 * When a record's error is tried again (rule N3): doubling, from seconds to minutes or from minutes to
 * six hours, for as long as the record differs. `tries` counts those made, from 1. `spread` from 0 to 1
 * brings the try forward by up to a quarter, so that rows locked together do not come back together (trap 22).
 */
export function nextTry(error: { code: string; tries: number; now: Date; spread?: number }): Date {
  const { firstMs, maxMs } = BACKOFF[errorKind(error.code)];
  const doublings = Math.min(Math.max(error.tries - 1, 0), 30);
  const delay = Math.min(firstMs * 2 ** doublings, maxMs);
  const spread = Math.min(Math.max(error.spread ?? 0, 0), 1);
  return new Date(error.now.getTime() + Math.round(delay * (1 - spread / 4)));
}
