/**
 * What the marketing database can end in. The messages hold neither secrets nor a record's values
 * (L4, N7): they name places, columns and what to do next.
 */
abstract class MarketingError extends Error {
  /** The message may enter logs and Temporal's history as it is. */
  readonly isPublic = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The database cannot be reached or is restarting. Passes by itself: try again. */
export class DatabaseUnavailable extends MarketingError {}

/** Rows are held by somebody else's transaction, or it deadlocked with ours. Try again. */
export class DatabaseBusy extends MarketingError {}

/** Credentials or rights are wrong; trying again changes nothing. */
export class DatabaseRejected extends MarketingError {}

/** The schema, or PostgreSQL itself, is not one that this version can work with. */
export class SchemaRefused extends MarketingError {}

/** A schema `marketing` or `tandem` that Tandem did not make. */
export class ForeignDatabase extends SchemaRefused {}

/** A newer Tandem has been here. */
export class NewerSchema extends SchemaRefused {}

/** A column that a field needs exists with another type (J2). */
export class ColumnTypeDiffers extends MarketingError {}

/** COPY refused a page of the initial load; load it by staging instead. Nothing of it was kept. */
export class PageRefused extends MarketingError {}

/** A CSV page is not what was asked for or not whole. Fetch it again; nothing of it was kept. */
export class PageIncomplete extends MarketingError {}

/** A CSV page has other columns than were asked for: its job was made with another field map. */
export class OtherColumns extends PageIncomplete {}

/** The staged rows are those of another fetch, by a step that was given up but still ran. Fetch anew. */
export class StagingReplaced extends MarketingError {}

/** The condition in people.createInSalesforce.when is not SQL that fits marketing.person. */
export class ConditionRefused extends MarketingError {}

/** This database belongs to another org (L3). */
export class OrgMismatch extends MarketingError {}

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

/** `pg` gives these without a code. */
const CONNECTION_GONE =
  /Connection terminated|connection error|not queryable|timeout exceeded when trying to connect|Client was closed/i;

/** Deadlock and serialization failure: the other transaction has gone on. */
const RESTARTABLE = new Set(['40001', '40P01']);

const LOCK_TIMEOUT = '55P03';

/** SQLSTATE of an error by `pg`, or Node's code of a network error, also of those we wrapped. */
export function errorCode(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof MarketingError) return errorCode(error.cause);
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : null;
}

/** True when the same transaction would probably pass at once. */
export function isRestartable(error: unknown): boolean {
  return RESTARTABLE.has(errorCode(error) ?? '');
}

export function isLockTimeout(error: unknown): boolean {
  return errorCode(error) === LOCK_TIMEOUT;
}

/** True for an error that one row's values cause (cast, constraint, too long for an index, a user's own trigger). */
export function isRowError(error: unknown): boolean {
  return /^(22|23|P0|54000)/.test(errorCode(error) ?? '');
}

/**
 * Turns an error by `pg` into one of the classes above where the caller must know; anything else
 * comes back unchanged. `place` is host and database without credentials.
 */
export function classify(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof MarketingError) return error;
  const code = errorCode(error);
  const options = { cause: error };
  if (code === LOCK_TIMEOUT || RESTARTABLE.has(code ?? '')) {
    return new DatabaseBusy(
      `Rows in ${place} are locked by another session (SQLSTATE ${code}). It is tried again; if it goes on, look for long transactions in pg_stat_activity.`,
      options,
    );
  }
  // 53: out of disk, memory or connections; 25006: read only, as a standby that took over is at first.
  const short = /^(53[^3]..|25006)$/.test(code ?? '');
  if (short) {
    return new DatabaseUnavailable(
      `${place} takes no writes now (SQLSTATE ${code}). It is tried again; look at its disk, its memory, and whether it is a standby.`,
      options,
    );
  }
  // 08: connection, 57P01 to 57P05: server is going down or coming up, 53300: too many connections.
  const gone =
    (code !== null && (NETWORK.has(code) || /^(08|57P0[1-5]|53300)/.test(code))) ||
    CONNECTION_GONE.test(error.message);
  if (gone) {
    return new DatabaseUnavailable(
      `No connection to ${place} (${code ?? 'it ended'}). It is tried again; check that PostgreSQL runs there.`,
      options,
    );
  }
  if (/^(28...|3D000|42501)$/.test(code ?? '')) {
    return new DatabaseRejected(
      `${place} refuses access (SQLSTATE ${code}). Check DATABASE_URL and the rights of its user.`,
      options,
    );
  }
  return error;
}
