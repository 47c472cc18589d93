/**
 * What a call to Salesforce can end in. Each message says what was wrong and what to do next, and
 * holds neither a secret nor a record's values (L4); the underlying error is kept as `cause`.
 */
export abstract class SalesforceError extends Error {
  /** True when the same call may succeed later without anybody doing anything (N3). */
  abstract readonly retryable: boolean;
  /** The message may enter logs and Temporal's history as it is. */
  readonly isPublic = true;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** The network, Salesforce itself (5xx, 420, maintenance pages) or an answer that makes no sense. */
export class SalesforceUnavailable extends SalesforceError {
  readonly retryable = true;

  constructor(what: string, cause?: unknown) {
    super(
      `Salesforce is unavailable: ${what}. It is tried again by itself; if it lasts, look at ` +
        'https://status.salesforce.com and at the network between the worker and Salesforce.',
      cause,
    );
  }
}

/** The org's daily API calls are used up (M1). */
export class RequestLimitExceeded extends SalesforceError {
  readonly retryable = true;
  /** When to ask again. The limit is a rolling 24 hours, so calls come back a few at a time. */
  readonly resumeAt: Date;

  constructor(resumeAt: Date, cause?: unknown) {
    super(
      "The org's daily API calls are used up. The sync goes on by itself when calls are free " +
        `again, first tried at ${resumeAt.toISOString()}; to avoid it, lower the connection's ` +
        'share of the limit, lengthen its pause, or find who else uses the org’s API.',
      cause,
    );
    this.resumeAt = resumeAt;
  }
}

/** Too many calls at the same time; seconds, not hours (trap 23). */
export class TooManyRequests extends SalesforceError {
  readonly retryable = true;

  constructor(what: string, cause?: unknown) {
    super(
      `Too many requests at once: ${what}. It is tried again by itself in a few seconds; if it ` +
        'lasts, find other programs that hold long requests open in this org.',
      cause,
    );
  }
}

/** Login refused, or a fresh session refused at once (trap 30). Not retried: it could lock the user. */
export class CredentialsRejected extends SalesforceError {
  readonly retryable = false;
  /** Salesforce's code, such as `invalid_grant` or `INVALID_LOGIN`. */
  readonly code: string;

  constructor(code: string, what: string, next: string, cause?: unknown) {
    super(`Salesforce refused the credentials (${code}): ${what}. ${next}`, cause);
    this.code = code;
  }
}

/**
 * The login went through, and its session was refused all the same: ended by somebody in this moment,
 * or by a policy of the org. Not repeated at once (trap 30); the next cycle logs in anew.
 */
export class SessionRefused extends SalesforceError {
  readonly retryable = true;
  /** Salesforce's code, such as `INVALID_SESSION_ID`. */
  readonly code: string;

  constructor(code: string, cause?: unknown) {
    super(
      `Salesforce refused a session right after a new login (${code}). The next cycle logs in again; ` +
        'if it lasts, check the login history of the sync user in Setup for IP, policy or session restrictions.',
      cause,
    );
    this.code = code;
  }
}

/** The query ran longer than Salesforce lets it (trap 5). */
export class QueryTimeout extends SalesforceError {
  readonly retryable = true;

  constructor(cause?: unknown) {
    super(
      'Salesforce stopped a query that ran too long. Ask for a shorter span of time, or read the ' +
        'object by the Bulk API.',
      cause,
    );
  }
}

/** A Bulk job, or its results, which Salesforce no longer has. */
export class JobLost extends SalesforceError {
  readonly retryable = false;
  readonly jobId: string;

  constructor(jobId: string, cause?: unknown) {
    super(
      `Salesforce no longer has the results of Bulk job ${jobId} (deleted, or older than 7 days). ` +
        'Start a new job and read it from its beginning.',
      cause,
    );
    this.jobId = jobId;
  }
}

/** Another transaction holds a record that the whole request needed (trap 22). */
export class RowLocked extends SalesforceError {
  readonly retryable = true;

  constructor(cause?: unknown) {
    super(
      'Another transaction in Salesforce holds a lock that this request needed. It is tried again ' +
        'by itself; if it lasts, look for a long-running import or automation in the org.',
      cause,
    );
  }
}

/** Salesforce understood the request and will not do it. */
export class SalesforceRejected extends SalesforceError {
  readonly retryable: boolean;
  /** Salesforce's error code, such as MALFORMED_QUERY, or one of ours: URI_TOO_LONG, NO_LOCATOR … */
  readonly code: string;
  /** HTTP status; null when the request was not even sent. */
  readonly status: number | null;

  constructor(code: string, what: string, more: { next?: string; status?: number } = {}) {
    super(`Salesforce rejected the request (${code}): ${what}. ${more.next ?? adviceFor(code)}`);
    this.code = code;
    this.status = more.status ?? null;
    this.retryable = passing.has(code);
  }
}

/** Rejections that a new attempt from the start gets past: the cursor or answer was at fault. */
const passing = new Set(['INVALID_QUERY_LOCATOR', 'NO_LOCATOR', 'UNEXPECTED_ANSWER']);

const advice: Record<string, string> = {
  INVALID_FIELD:
    'Check that the sync user may see the field; `tandem check` names what is missing.',
  INVALID_TYPE:
    'Check that the sync user may see the object; `tandem check` names what is missing.',
  NOT_FOUND: 'Check that the sync user may see the object; `tandem check` names what is missing.',
  INSUFFICIENT_ACCESS_OR_READONLY:
    "Give the sync user's profile or permission set this access; `tandem check` names what is missing.",
  FUNCTIONALITY_NOT_ENABLED: "Enable the feature for the sync user's profile in Salesforce Setup.",
  MALFORMED_QUERY: "Check the connection's record filters.",
  URI_TOO_LONG: 'Read the object by the Bulk API, or leave out fields.',
  QUERY_TOO_COMPLICATED: 'Leave out formula fields, or read the object by the Bulk API.',
  INVALID_QUERY_LOCATOR: 'The cursor has expired; the query is started again by itself.',
  NO_LOCATOR: 'It is tried again by itself; if it lasts, look for a proxy that drops headers.',
  UNEXPECTED_ANSWER: 'It is tried again by itself; if it lasts, check the configured API version.',
  UNSUPPORTED_API_VERSION:
    'Set an API version that the org offers (Setup, API, or /services/data).',
};

function adviceFor(code: string): string {
  return advice[code] ?? 'Look the code up in the Salesforce API guide, and correct the request.';
}
