import type { Pool } from 'pg';
import type { Access } from './access.ts';
import type { Schema } from './schema.ts';

/** Who is calling: one session of one user, made by a login. */
export interface Session {
  token: string;
  /** 18 characters. */
  userId: string;
  username: string;
  profileId: string;
  /** Objects and fields this user may see and write; see access.ts. */
  access: Access;
}

/** Everything a resource needs; made once by server.ts. */
export interface Org {
  /** 18 characters, prefix 00D. */
  id: string;
  pool: Pool;
  schema: Schema;
  /** API calls against DailyApiRequests, rolling 24 hours. */
  usage: ApiUsage;
  /** The org's own clock: every stamp and date literal reads it. */
  now(): Date;
}

export interface ApiUsage {
  limit: number;
  used(): number;
  /** Counts one call of a kind such as `query`, `composite`, `jobs/query`; the control URL shows them. */
  count(kind: string): void;
}
