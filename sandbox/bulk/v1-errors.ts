import { SalesforceError } from '../errors.ts';

/** An error of Bulk API 1.0, which has codes of its own and leaves as one object, not as a list. */
export class AsyncError extends Error {
  override readonly name = 'AsyncError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** REST's codes as Bulk API 1.0 has them; what is not named is a fault of the request. */
const CODES: Record<string, string> = {
  INVALID_SESSION_ID: 'InvalidSessionId',
  INVALID_AUTH_HEADER: 'InvalidSessionId',
  REQUEST_LIMIT_EXCEEDED: 'ExceededQuota',
  API_DISABLED_FOR_ORG: 'FeatureNotEnabled',
  FEATURENOTENABLED: 'FeatureNotEnabled',
  INVALIDJOB: 'InvalidJob',
  INVALIDJOBSTATE: 'InvalidJobState',
  NOT_FOUND: 'InvalidUrl',
  SERVER_UNAVAILABLE: 'InternalServerError',
  UNKNOWN_EXCEPTION: 'InternalServerError',
};

/** Any error as Bulk API 1.0 words it; null for one that is none of the client's. */
export function asyncErrorOf(error: unknown): { status: number; error: AsyncError } | null {
  if (error instanceof AsyncError) return { status: 400, error };
  const { statusCode, message, errorCode, status } = error as SalesforceError & {
    statusCode?: number;
  };
  if (error instanceof SalesforceError) {
    // An ended session is 400 here, as clients that log in again expect it.
    const answered = status === 401 || status === 404 ? 400 : status;
    return {
      status: answered,
      error: new AsyncError(CODES[errorCode] ?? 'ClientInputError', message),
    };
  }
  if (statusCode === undefined || statusCode >= 500) return null;
  return { status: 400, error: new AsyncError('ClientInputError', message) };
}
