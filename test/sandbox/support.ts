import { createPrivateKey, type KeyObject } from 'node:crypto';
import pg from 'pg';
import { ResultFiles } from '../../sandbox/bulk/result-files.ts';
import { outliveConnections } from '../../sandbox/database-away.ts';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { type OrgCredentials, prepareOrg, readCredentials } from '../../sandbox/seed/index.ts';
import { createServer } from '../../sandbox/server.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

export interface RunningSandbox extends OrgCredentials {
  /** Login and instance URL, without a trailing slash. */
  url: string;
  controlUrl: string;
  /** On the sandbox's own database. */
  pool: pg.Pool;
  databaseUrl: string;
  jwtKey: KeyObject;
  stop(): Promise<void>;
}

export interface SandboxOptions {
  people?: number;
  /** DailyApiRequests. */
  dailyCalls?: number;
  /** Holds an org already; else the sandbox makes one in a database of its own. */
  database?: FreshDatabase;
}

/** Runs a sandbox org in this process, on a database of its own. */
export async function startSandbox({
  people = 20,
  database: given,
  ...limits
}: SandboxOptions = {}): Promise<RunningSandbox> {
  const database = given ?? (await freshDatabase());
  const pool = new pg.Pool({ connectionString: database.url, max: 20 });
  outliveConnections(pool, () => undefined);
  await prepareOrg(pool, { people });
  const org = await openOrg(pool, limits);
  const app = createServer(org);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const credentials = await readCredentials(pool);
  return {
    ...credentials,
    url,
    controlUrl: `${url}/control`,
    pool,
    databaseUrl: database.url,
    jwtKey: createPrivateKey(credentials.jwtPrivateKey),
    async stop() {
      await app.close();
      await new ResultFiles(org.id).removeAll();
      await pool.end();
      await database.drop();
    },
  };
}
