import type {} from 'fastify';
import type { Pool, PoolClient } from 'pg';
import type { Access } from './access.ts';
import type { Schema } from './schema.ts';
import type { Settings } from './settings.ts';

/** Who is calling: one session of one user, made by a login. */
export interface Session {
  token: string;
  /** 18 characters. */
  userId: string;
  username: string;
  profileId: string;
  /** Begun with a password that has to be changed before anything else. */
  passwordExpired?: boolean;
  /** Objects and fields this user may see and write; see access.ts. */
  access: Access;
}

/**
 * Where a request's SQL runs: the pool, or, inside a composite that is all or none, the client of
 * the transaction around it. Resources use `request.db` and, to write, `inTransaction(request.db, …)`
 * from transaction.ts, which makes a savepoint in the second case.
 */
export type Executor = Pool | PoolClient;

/** Everything a resource needs; made once by server.ts. */
export interface Org {
  /** 18 characters, prefix 00D. */
  id: string;
  pool: Pool;
  schema: Schema;
  /** API calls against DailyApiRequests, rolling 24 hours. */
  usage: ApiUsage;
  /** Asked for at the control URL. */
  faults: Faults;
  /** Reads users and their rights again, and ends the sessions of those who may have none. Call after a commit. */
  securityChanged: () => Promise<void>;
  /** Changed in place at the control URL. */
  settings: Settings;
  /** The org's own clock: every stamp and date literal reads it. */
  now(): Date;
}

export interface ApiUsage {
  limit: number;
  used(): number;
  /** Counts one call of a kind such as `query`, `composite`, `jobs/query`. server.ts does it for every request; resources do not. */
  count(kind: string): void;
}

/** The faults a resource has to play itself; all others are played around the resources by control/. */
export interface Faults {
  /** True when this one record's write is to fail with UNABLE_TO_LOCK_ROW (HTTP 400). Called once per record of a write. */
  rowLocked(object: string): boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller; set before any route under /services/data/vNN.0 runs. */
    session: Session;
    db: Executor;
  }
}
