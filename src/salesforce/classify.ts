import {
  CredentialsRejected,
  QueryTimeout,
  RequestLimitExceeded,
  RowLocked,
  type SalesforceError,
  SalesforceRejected,
  SalesforceUnavailable,
  SessionRefused,
  TooManyRequests,
} from './errors.ts';

/** An answer that was no success, as far as it matters here. */
export interface Refusal {
  status: number;
  text: string;
  /** Salesforce's clock, for what is to be tried at a certain time. */
  at: Date;
}

/**
 * Whether Salesforce's own words may be repeated: `query` texts quote our SOQL, field and object
 * names; texts about `records` may quote a person's data and are left out (L4).
 */
export type Subject = 'query' | 'records';

/** The daily window rolls; a refused call costs nothing, so asking every quarter of an hour is cheap. */
const resumeAfterMs = 15 * 60_000;

/** The one mapping from an HTTP answer of Salesforce's REST and Bulk APIs to an error of errors.ts. */
export function classify(refusal: Refusal, subject: Subject): SalesforceError {
  const { status } = refusal;
  if (status === 414 || status === 431) {
    return new SalesforceRejected('URI_TOO_LONG', 'the query is too long for a URL', { status });
  }
  const said = readError(refusal.text);
  if (said === null) return withoutCode(status);
  return byCode(said.code, said.message, refusal) ?? byStatus(said, status, subject);
}

function byCode(code: string, message: string, { at }: Refusal): SalesforceError | null {
  switch (code) {
    case 'REQUEST_LIMIT_EXCEEDED':
      return /concurrent/i.test(message)
        ? new TooManyRequests('Salesforce counts the long-running ones of the whole org')
        : new RequestLimitExceeded(new Date(at.getTime() + resumeAfterMs));
    case 'INVALID_SESSION_ID':
    case 'INVALID_AUTH_HEADER':
      return sessionRefused(code, message);
    case 'API_DISABLED_FOR_ORG':
    case 'API_CURRENTLY_DISABLED':
      return new CredentialsRejected(
        code,
        'the user may not use the API',
        'Give its profile or permission set "API Enabled", and see that the edition has API access.',
      );
    case 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD':
      return new CredentialsRejected(
        code,
        'the password has expired',
        'Set a new one in Salesforce, or let it never expire for the sync user.',
      );
    case 'QUERY_TIMEOUT':
      return new QueryTimeout();
    case 'UNABLE_TO_LOCK_ROW':
      return new RowLocked();
    case 'SERVER_UNAVAILABLE':
    case 'REQUEST_RUNNING_TOO_LONG':
      return new SalesforceUnavailable(code);
    default:
      return null;
  }
}

function byStatus(said: Said, status: number, subject: Subject): SalesforceError {
  if (status === 401) return sessionRefused(said.code, said.message);
  if (status === 429) return new TooManyRequests(said.code);
  if (status >= 500 || status === 420 || status === 408) {
    return new SalesforceUnavailable(`HTTP ${status}, ${said.code}`);
  }
  const wrongVersion = status === 404 && /API version/i.test(said.message);
  return new SalesforceRejected(
    wrongVersion ? 'UNSUPPORTED_API_VERSION' : said.code,
    repeat(said.message, subject),
    { status },
  );
}

function withoutCode(status: number): SalesforceError {
  if (status === 401) return sessionRefused('HTTP_401', '');
  if (status === 429) return new TooManyRequests('HTTP 429');
  if (status >= 300 && status < 400) {
    return new SalesforceUnavailable(`HTTP ${status}, the org is served from another address now`);
  }
  return new SalesforceUnavailable(`HTTP ${status} without an answer of Salesforce's API`);
}

function sessionRefused(code: string, message: string): SalesforceError {
  return /not valid for use with the REST API/i.test(message)
    ? new CredentialsRejected(
        code,
        'the login works, but not for the REST API',
        'Give the connected app the scope "Manage user data via APIs (api)" and the user "API Enabled".',
      )
    : new SessionRefused(code);
}

const tooLong = 500;

function repeat(message: string, subject: Subject): string {
  if (subject === 'records') return 'Salesforce’s text is left out because it may quote a record';
  const text = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return text.length > tooLong ? `${text.slice(0, tooLong)}…` : text;
}

interface Said {
  code: string;
  message: string;
}

/** The first error in a body of the REST, Bulk 1 or OAuth form; null when it is none of them. */
function readError(text: string): Said | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // HTML from the edge, an empty body or a cut one: the status alone has to do.
    return null;
  }
  const first: unknown = Array.isArray(body) ? body[0] : body;
  if (typeof first !== 'object' || first === null) return null;
  const { errorCode, statusCode, exceptionCode, error, message, exceptionMessage } =
    first as Record<string, unknown>;
  const code = errorCode ?? statusCode ?? exceptionCode ?? error;
  if (typeof code !== 'string' || !/^[\w.-]{1,80}$/.test(code)) return null;
  const words = message ?? exceptionMessage;
  return { code, message: typeof words === 'string' ? words : '' };
}
