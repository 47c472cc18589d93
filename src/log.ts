import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';

/** Where this copy lies, which is nobody's business. */
const ROOT = new URL('../', import.meta.url);

const SECRET_KEYS = [
  'password',
  'securityToken',
  'clientSecret',
  'jwtKey',
  'refreshToken',
  'accessToken',
  'sessionId',
  'authorization',
  'Authorization',
  'databaseUrl',
  'connectionString',
];

/** Depths at which a secret may sit in what is logged: pino's paths are exact. */
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

/** What a log line says of an error. */
export interface LoggedError {
  type: string;
  /** SQLSTATE, Node's code, or Salesforce's. */
  code?: string | number;
  /** Only of our own errors, which hold no record's data and no secret. */
  message?: string;
  /** Where it arose, without the message. */
  at: string[];
  cause?: LoggedError;
}

/**
 * JSON lines on stderr, so that stdout stays for what a program prints on purpose. Log steps with names
 * and counts: one line a step. Secrets are taken out by key; of an error only what errorFields keeps.
 */
export function createLog(
  level: LoggerOptions['level'] & string,
  stream: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[hidden]' },
      serializers: { err: errorFields, error: errorFields, reason: plain, cause: errorFields },
      hooks: {
        // pino would take an error's own text as the line's message.
        logMethod([first, ...rest], method) {
          const fields: unknown = first instanceof Error ? { err: first } : first;
          const holdsError = typeof fields === 'object' && fields !== null && 'err' in fields;
          const message = holdsError && rest.length === 0 ? ['failed'] : rest;
          method.apply(this, [fields, ...message] as Parameters<typeof method>);
        },
      },
    },
    stream,
  );
}

/**
 * An error without personal data or secrets: Node's, pg's and other libraries' messages may quote values
 * of a row or a URL, so only our own classes' are kept (L4, N7).
 */
export function errorFields(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  const { code } = error as { code?: unknown };
  const ours = isPublic(error);
  return {
    type: error.name,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(ours && { message: error.message }),
    at: frames(error),
    ...(error.cause !== undefined && { cause: errorFields(error.cause) }),
  };
}

/**
 * May the error's message be shown in a log, on a terminal, in Temporal's history? Those of our own
 * classes may, which say so by `isPublic`: they hold no record's data and no secret. One of Node's, of
 * pg's or of a library's may (L4, N7).
 */
export function isPublic(error: unknown): error is Error {
  return error instanceof Error && (error as { isPublic?: unknown }).isPublic === true;
}

/** The error in one line that may be shown: its message, or what it is and where it arose. */
export function publicMessage(error: unknown): string {
  if (isPublic(error)) return error.message;
  const { type, code, at } = errorFields(error);
  const place = at.find((frame) => !/node_modules\/|node:/.test(frame)) ?? at[0];
  return [type, code, place && `at ${place}`].filter(Boolean).join(' ');
}

function plain(value: unknown): unknown {
  return value instanceof Error ? errorFields(value) : value;
}

/** The stack's own lines, from the first frame on: what stands before it repeats the message. */
function frames(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 6)
    .map((line) =>
      line.trim().replace(/^at /, '').replace(ROOT.href, '').replace(ROOT.pathname, ''),
    );
}
