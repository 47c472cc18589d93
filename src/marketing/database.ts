import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { classify, isRestartable } from './errors.ts';

export type Parameter = string | number | bigint | boolean | Date | null | Parameter[] | object;

export interface Sql {
  /** Values travel as parameters, never inside the text. */
  query<R = Record<string, unknown>>(
    text: string,
    values?: Parameter[],
  ): Promise<{ rows: R[]; rowCount: number }>;
  /** `COPY … FROM STDIN` from a stream, with back-pressure. Returns the rows copied. */
  copyIn(text: string, source: Readable): Promise<number>;
}

/** Inside a transaction. A savepoint lets part of it fail alone. */
export interface Transaction extends Sql {
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** One marketing database. Errors are those of errors.ts, or `pg`'s own with their SQLSTATE. */
export interface Database extends Sql {
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: RetryOption): Promise<T>;
  /** As transaction, with tandem.origin = 'sync': the capture triggers stay quiet (N4). */
  syncTransaction<T>(work: (tx: Transaction) => Promise<T>, options?: RetryOption): Promise<T>;
  end(): Promise<void>;
}

/**
 * Keeps what a transaction did, in that transaction: so that its counts are exact, however often the
 * step around it is repeated (K2, N6).
 */
export type RecordCounts<Counts> = (sql: Sql, counts: Counts) => Promise<void>;

export interface RetryOption {
  /** Run the work again after a deadlock (default). False where it consumes a stream. */
  retry?: boolean;
}

/** A deadlock with a user's transaction passes when theirs ends; more than this is contention. */
const DEADLOCK_TRIES = 4;

/** Longer than any sensible edit, shorter than an activity's timeout. */
export const LOCK_TIMEOUT = '30s';

export function openDatabase(url: string, options: { max?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: 'tandem',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const place = describePlace(url);
  // Without a listener an idle connection's end would end the process; the next query reports it.
  pool.on('error', () => {});

  async function connect(): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw classify(error, place);
    }
  }

  async function attempt<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await connect();
    const ignore = () => {};
    client.on('error', ignore);
    let broken = true;
    try {
      await client.query(begin);
      const result = await work(openTransaction(client));
      await client.query('COMMIT');
      broken = false;
      return result;
    } catch (error) {
      // A failed rollback means a dead connection: it is thrown away, which rolls back as well.
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw classify(error, place);
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  async function transact<T>(
    begin: string,
    work: (tx: Transaction) => Promise<T>,
    { retry = true }: RetryOption = {},
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(begin, work);
      } catch (error) {
        if (!isRestartable(error) || !retry || tries >= DEADLOCK_TRIES) throw error;
      }
    }
  }

  const begin = `BEGIN; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`;
  return {
    async query<R>(text: string, values?: Parameter[]) {
      try {
        const result = await pool.query(text, values);
        return { rows: result.rows as R[], rowCount: result.rowCount ?? 0 };
      } catch (error) {
        throw classify(error, place);
      }
    },
    copyIn(text, source) {
      return transact(begin, (tx) => tx.copyIn(text, source), { retry: false });
    },
    transaction: (work, option) => transact(begin, work, option),
    syncTransaction: (work, option) =>
      transact(`${begin}; SET LOCAL tandem.origin = 'sync'`, work, option),
    end: () => pool.end(),
  };
}

function openTransaction(client: pg.PoolClient): Transaction {
  let depth = 0;
  return {
    async query<R>(text: string, values?: Parameter[]) {
      const result = await client.query(text, values);
      return { rows: result.rows as R[], rowCount: result.rowCount ?? 0 };
    },
    async copyIn(text, source) {
      const sink = client.query(copyStreams.from(text));
      await pipeline(source, sink);
      return sink.rowCount;
    },
    async savepoint(work) {
      const name = `tandem_${++depth}`;
      await client.query(`SAVEPOINT ${name}`);
      try {
        const result = await work();
        await client.query(`RELEASE SAVEPOINT ${name}`);
        return result;
      } catch (error) {
        await client.query(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`);
        throw error;
      } finally {
        depth--;
      }
    },
  };
}

/** Host, port and database of a URL, without user and password (L4). */
function describePlace(url: string): string {
  try {
    const { host, pathname, searchParams } = new URL(url);
    return `PostgreSQL at ${host || searchParams.get('host') || 'the local socket'}${pathname}`;
  } catch {
    return 'PostgreSQL (the URL in DATABASE_URL cannot be read)';
  }
}
