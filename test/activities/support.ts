/** A connection's two sides in this process: a sandbox org, a marketing database, and the activities over them. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import pg from 'pg';
import type { ConnectionDeps, Deps } from '../../activities/deps.ts';
import { type Activities, createActivities } from '../../activities/index.ts';
import { connectionSettings } from '../../src/config/schema.ts';
import { createLog } from '../../src/log.ts';
import { openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { createSalesforce } from '../../src/salesforce/client.ts';
import { OBJECTS } from '../../src/sync/objects.ts';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../sandbox/support.ts';
import { control } from '../sandbox/support-client.ts';
import { type Crm, enterCrm } from '../support/crm.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { forTests } from '../support/for-tests.ts';

const CONNECTION = 'default';
type Settings = Parameters<typeof connectionSettings>[1];

export interface Pair {
  sandbox: RunningSandbox;
  /** Objects that its settings switch off. */
  without: string[];
  own: ConnectionDeps;
  /** The colleague in the CRM. */
  crm: Crm;
  // biome-ignore lint/suspicious/noExplicitAny: rows of any table
  sql(text: string, params?: unknown[]): Promise<any[]>;
  /** Runs an activity as a worker would; `deps` replaces parts of the connection, `info` parts of the attempt. */
  run<Name extends keyof Activities>(
    name: Name,
    input: Omit<Parameters<Activities[Name]>[0], 'connection'>,
    deps?: Partial<ConnectionDeps>,
    info?: { attempt: number },
  ): Promise<Awaited<ReturnType<Activities[Name]>>>;
  /** prepareConnection and the initial load, to its end. */
  load(): Promise<void>;
  /** Syncs the schema and fills what it lacks in the background; answers the objects that lacked something. */
  backfill(): Promise<string[]>;
  /** Steps of a whole cycle, in the order of workflows/cycle.ts. */
  cycle(run: string): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  control(method: string, path: string, body?: unknown): Promise<any>;
  /** Every row of marketing and of what the sync keeps, without times and tries. */
  snapshot(): Promise<Record<string, string[]>>;
  /** Changes with every write to the org's people. */
  orgVersion(): Promise<string>;
  stop(): Promise<void>;
}

/** Settings that leave people, accounts and users, where a test needs no more. */
export const PEOPLE_ONLY: Settings = {
  objects: Object.fromEntries(
    OBJECTS.filter(({ table }) => !['person', 'account', 'sales_user'].includes(table)).map(
      ({ name }) => [name, { enabled: false }],
    ),
  ),
};

export async function startPair(
  settings: Settings = {},
  options: SandboxOptions = { people: 40 },
  given?: FreshDatabase,
): Promise<Pair> {
  const [sandbox, database] = [await startSandbox(options), given ?? (await freshDatabase())];
  await migrate(database.url);
  const log = createLog('silent');
  const config = { ...connectionSettings({}, settings), name: CONNECTION };
  const { url: loginUrl, username, password, securityToken } = sandbox;
  const credentials = { loginUrl, username, password, securityToken };
  const { apiVersion } = config;
  const own: ConnectionDeps = {
    config: { ...config, databaseUrl: database.url, salesforce: credentials },
    settingsProblem: null,
    db: openDatabase(database.url),
    salesforce: createSalesforce(credentials, { apiVersion, log }),
    log,
  };
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined);
  const crm = await enterCrm(sandbox.url, sandbox.admin.username, sandbox.admin.password);

  const pair: Pair = {
    sandbox,
    without: Object.keys(config.objects).filter((name) => !config.objects[name]!.enabled),
    own,
    crm,
    sql: async (text, params) => (await pool.query(text, params)).rows,
    run(name, input, deps = {}, info = undefined) {
      const all: Deps = { connection: () => ({ ...own, ...deps }) };
      const activity = createActivities(all)[name] as (input: unknown) => Promise<never>;
      const environment = new MockActivityEnvironment(info, {
        logger: new DefaultLogger('ERROR'),
      });
      return environment.run(activity, { connection: CONNECTION, ...input });
    },
    async load() {
      await pair.run('prepareConnection', {});
      const { objects } = await pair.run('prepareLoad', {});
      for (const { object } of objects) {
        while (!(await pair.run('loadPage', { object })).finished);
      }
    },
    async backfill() {
      const { background = [] } = await pair.run('prepareConnection', {});
      for (const object of background) {
        while (!(await pair.run('backfillPage', { object })).finished);
      }
      return background;
    },
    async cycle(run) {
      const fetched = await pair.run('fetchChanges', { run });
      for (const { object, batch, serverTime } of fetched.objects) {
        await pair.run('resolveConflicts', { run, object, batch });
        await pair.run('writeMarketing', { run, object, batch, serverTime });
      }
      for (const { object } of fetched.objects) await pair.run('writeSalesforce', { run, object });
      if (fetched.activities) await pair.run('pushActivities', { run });
      if (fetched.programs) await pair.run('pushPrograms', { run });
      await pair.run('endCycle', { run, failures: [], pauseMs: 1_000 });
    },
    control: (method, path, body) => control(sandbox, method, path, body),
    async snapshot() {
      const tables = await pair.sql(
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_schema in ('marketing', 'tandem') and table_type = 'BASE TABLE'
           and table_name not in ('api_usage', 'migration') order by 1`,
      );
      const shot: Record<string, string[]> = {};
      for (const { name } of tables) {
        const rows = await pair.sql(
          `select (to_jsonb(t) - $1::text[])::text as row from ${name} t order by 1`,
          [VOLATILE],
        );
        shot[name] = rows.map(({ row }) => row);
      }
      return shot;
    },
    async orgVersion() {
      const { rows } = await sandbox.pool.query(
        `select md5(string_agg(v, ',' order by v)) as version from (
           select "Id" || xmin::text || ctid::text as v from org."Lead"
           union all select "Id" || xmin::text || ctid::text from org."Contact") all_rows`,
      );
      return rows[0].version;
    },
    async stop() {
      await Promise.all([own.db.end(), pool.end()]);
      await sandbox.stop();
      await database.drop();
    },
  };
  return pair;
}

/** A pair for the tests of a file. */
export function pairForTests(settings?: Settings, options?: SandboxOptions): Pair {
  return forTests(
    () => startPair(settings, options),
    ({ stop }) => stop(),
  );
}

/** Times, and what counts them: they tell when something was done, not what. */
const VOLATILE =
  'updated_at at moved_at page_at started_at ended_at last_tried next_try tries rows_per_second resolved_at modstamp next_sync_at pinned_at first_seen staged_batch'.split(
    ' ',
  );
