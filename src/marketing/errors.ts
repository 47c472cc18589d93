/** The database cannot be reached or is restarting. Passes by itself: try again. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/** Rows are held by somebody else's transaction, or it deadlocked with ours. Try again. */
export class DatabaseBusy extends Error {
  override name = 'DatabaseBusy';
}

/** Credentials, rights or settings are wrong; trying again changes nothing. */
export class DatabaseRejected extends Error {
  override name = 'DatabaseRejected';
}

/** The schema is not one that this version can work with; the message says what to do. */
export class SchemaRefused extends Error {
  override name = 'SchemaRefused';
}

/** A column that a field needs exists with another type (J2). */
export class ColumnTypeDiffers extends Error {
  override name = 'ColumnTypeDiffers';
}

/** COPY refused a page of the initial load; load it by staging instead. Nothing was kept of it. */
export class PageRefused extends Error {
  override name = 'PageRefused';
}

/** The condition in people.createInSalesforce.when is not SQL that fits marketing.person. */
export class ConditionRefused extends Error {
  override name = 'ConditionRefused';
}

/** This database belongs to another org (L3). */
export class OrgMismatch extends Error {
  override name = 'OrgMismatch';
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EPIPE',
  'ENOENT',
]);

/** SQLSTATE of an error by `pg`, or Node's code of a network error. */
export function errorCode(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/**
 * Turns an error by `pg` into one of the classes above where the caller must know; anything else
 * comes back unchanged. `place` is host and database without credentials (L4).
 */
export function classify(error: unknown, place: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = errorCode(error);
  const message = error.message;
  if (code === '40001' || code === '40P01' || code === '55P03') {
    return new DatabaseBusy(
      `Rows in ${place} are locked by another session (SQLSTATE ${code}). It is tried again; ` +
        'if it goes on, look for long transactions in pg_stat_activity.',
      { cause: error },
    );
  }
  const gone =
    (code !== null && (NETWORK.has(code) || /^(08|57P0[1-5])/.test(code))) ||
    code === '53300' ||
    /Connection terminated|Client has encountered a connection error|not queryable|timeout exceeded when trying to connect|Client was closed/i.test(
      message,
    );
  if (gone) {
    return new DatabaseUnavailable(
      `No connection to ${place} (${code ?? message}). It is tried again; check that PostgreSQL runs there.`,
      { cause: error },
    );
  }
  if (code === '28P01' || code === '28000' || code === '3D000' || code === '42501') {
    return new DatabaseRejected(
      `${place} refuses: ${message} (SQLSTATE ${code}). Check DATABASE_URL and the rights of its user.`,
      { cause: error },
    );
  }
  return error;
}

/** True for an error that one row's values cause (cast, constraint, a user's trigger). */
export function isRowError(error: unknown): boolean {
  const code = errorCode(error);
  return code !== null && /^(22|23|P0)/.test(code);
}
