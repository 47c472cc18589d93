/** A whole Tandem as a stranger starts it, in processes of its own, for tests from end to end. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { main as cli } from '../../src/cli/main.ts';
import type { Endpoints } from '../../src/dev/endpoints.ts';
import { type Crm, enterCrm } from './crm.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** A first start takes some ten seconds; on a machine that does much else, several times that. */
const START_PATIENCE_MS = 90_000;
/** The slowest command waits for a cycle. */
const COMMAND_PATIENCE_MS = 90_000;
const LOOK_AGAIN_MS = 100;
/** Variables that name real parts, or tell that this is a test. */
const FOREIGN = /^(SALESFORCE_|DATABASE_URL|TEMPORAL_(?!CLI_PATH)|TANDEM_|NODE_OPTIONS|NODE_ENV)/;

export interface SystemOptions {
  /** Leads and contacts, half of each. */
  people?: number;
  /** Between cycles; by default so long that only the tests' own syncs run. */
  pause?: string;
  /** The text of tandem.yaml. */
  config?: string;
  /** Over the environment, which is cleared of what names real parts. */
  env?: Record<string, string>;
  /** A folder of an earlier system, to go on where it was; otherwise a new one. */
  dataDir?: string;
  /** Further arguments of npm start. */
  args?: readonly string[];
  /** Faults of the sandbox org, set before the first sync begins; in a new folder only. */
  faults?: readonly object[];
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
  /** stdout as JSON; undefined when it is empty. Throws when it is not one JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: any;
}

export type Parts = keyof Endpoints['pids'];

export interface System {
  dataDir: string;
  /** Read again after a part was restarted. */
  endpoints: Required<Endpoints> & {
    salesforce: NonNullable<Endpoints['salesforce']>;
    database: { url: string };
    temporal: NonNullable<Endpoints['temporal']>;
  };
  env: NodeJS.ProcessEnv;
  /** `tandem <arguments>` as a process, on this system; with --json unless `plain`. */
  tandem(args: readonly string[], options?: { plain?: boolean }): Promise<CommandResult>;
  /** SQL on the marketing database, as its users write it. */
  sql<T extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    params?: unknown[],
  ): Promise<T[]>;
  /** SQL on the sandbox org's own database. */
  orgSql<T extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    params?: unknown[],
  ): Promise<T[]>;
  /** The colleague in the CRM, who may do everything. */
  crm: Crm;
  /** The user whose credentials the sync has. */
  syncUser: Crm;
  /** The sandbox's control URL. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  control(method: string, path: string, body?: unknown): Promise<any>;
  temporal: Client;
  /** A whole cycle that began after the call and ended well; throws what the command says otherwise. */
  synced(): Promise<number>;
  /** `tandem status --json` once the test holds; asks again while it does not. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  statusWhen(holds: (status: any) => boolean): Promise<any>;
  kill(part: Parts, signal?: NodeJS.Signals): void;
  /** Everything the start and its parts wrote. */
  output(): Promise<Record<string, string>>;
  /** Ends it as Ctrl-C does; keeps the folder. Answers the starter's exit code. */
  stop(): Promise<number | null>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** As root PostgreSQL runs as another user, whose data would lie elsewhere, and stay, if it could not get here. */
async function reachableFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-e2e-'));
  await chmod(folder, 0o711);
  return folder;
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const dataDir = options.dataDir ?? (await reachableFolder());
  const env = cleanEnvironment(options.env);
  const configFile = join(dataDir, 'tandem.yaml');
  // Always one of its own, so that the developer's tandem.yaml is left alone.
  if (options.config !== undefined || !existsSync(configFile)) {
    await writeFile(configFile, options.config ?? '');
  }
  const config = ['--config', configFile];
  const args = [
    join(ROOT, 'src/dev/start.ts'),
    ...['--data', dataDir, '--people', String(options.people ?? 200)],
    ...['--pause', options.pause ?? '1h', ...config, ...(options.args ?? [])],
  ];
  const starter = spawn(process.execPath, args, {
    cwd: dataDir,
    env,
    // By the channel it notices when the tests are gone, and stops.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [starter.stdout!, starter.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const endpointsFile = join(dataDir, 'endpoints.json');
  const up = async (): Promise<void> => {
    if (options.faults) await setFaults(dataDir, options.faults, starter, () => said);
    await appearance(endpointsFile, starter, () => said);
  };
  await up().catch(async (error: unknown) => {
    starter.kill('SIGTERM');
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
  const endpoints = JSON.parse(await readFile(endpointsFile, 'utf8')) as System['endpoints'];

  const databases: pg.Pool[] = [];
  const pool = (name: string): pg.Pool => {
    const url = new URL(endpoints.database.url);
    url.pathname = `/${name}`;
    const made = new pg.Pool({ connectionString: url.href, max: 4 });
    // A test may take the database away.
    made.on('error', () => undefined);
    databases.push(made);
    return made;
  };
  const marketing = pool('tandem');
  const org = pool('sandbox');
  const connection = await Connection.connect({ address: endpoints.temporal.address });
  const { instanceUrl, username, password, securityToken, admin } = endpoints.salesforce;

  const tandem: System['tandem'] = (given, { plain = false } = {}) =>
    runCommand(
      [...given, '--data', dataDir, ...config, ...(plain ? [] : ['--json'])],
      env,
      dataDir,
    );

  /** The same without a process of its own, for what tests do all the time: a third of a second each. */
  const here = async (...given: string[]) => {
    for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name];
    let [stdout, stderr] = ['', ''];
    const io = {
      out: (text: string) => {
        stdout += text;
      },
      err: (text: string) => {
        stderr += text;
      },
    };
    const code = await cli([...given, '--data', dataDir, ...config, '--json'], io);
    return { code, stderr, json: stdout === '' ? undefined : JSON.parse(stdout) };
  };

  let stopping: Promise<number | null> | null = null;
  const system: System = {
    dataDir,
    endpoints,
    env,
    tandem,
    sql: async (text, params) => (await marketing.query(text, params)).rows as never,
    orgSql: async (text, params) => (await org.query(text, params)).rows as never,
    crm: await enterCrm(instanceUrl, admin.username, admin.password),
    syncUser: await enterCrm(instanceUrl, username, password + securityToken),
    async control(method, path, body) {
      const response = await fetch(`${endpoints.salesforce.controlUrl}/${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer;
    },
    temporal: new Client({ connection, namespace: endpoints.temporal.namespace }),
    async synced() {
      const { code, stderr, json } = await here('sync', '--wait', '--timeout', '60s');
      if (code !== 0) throw new Error(`tandem sync ended with ${code}: ${stderr}`);
      return json.cycle as number;
    },
    async statusWhen(holds) {
      const until = Date.now() + 60_000;
      for (;;) {
        const { code, json, stderr } = await here('status');
        if (code === 0 && holds(json)) return json;
        if (Date.now() > until) {
          throw new Error(`the status never came: ${code === 0 ? JSON.stringify(json) : stderr}`);
        }
        await delay(LOOK_AGAIN_MS);
      }
    },
    kill(part, signal = 'SIGKILL') {
      const pids = [endpoints.pids[part] ?? []].flat();
      for (const pid of pids) process.kill(pid, signal);
    },
    async output() {
      const folder = join(dataDir, 'logs');
      const names = await readdir(folder);
      const logs = names.map(
        async (name) => [name, await readFile(join(folder, name), 'utf8')] as const,
      );
      return { ...Object.fromEntries(await Promise.all(logs)), starter: said };
    },
    stop() {
      stopping ??= (async () => {
        await Promise.all(databases.map((database) => database.end()));
        await connection.close();
        if (starter.exitCode !== null || starter.signalCode !== null) return starter.exitCode;
        const ended = new Promise<number | null>((done) => starter.once('exit', done));
        starter.kill('SIGTERM');
        return ended;
      })();
      return stopping;
    },
    async remove() {
      await system.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return system;
}

function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !FOREIGN.test(name) && !name.startsWith('VITEST'),
  );
  return { ...Object.fromEntries(kept), ...more };
}

/** The starter tells of the sandbox org here first, before it starts the worker. */
async function setFaults(
  dataDir: string,
  faults: readonly object[],
  starter: ChildProcess,
  said: () => string,
): Promise<void> {
  const folder = join(dataDir, 'run');
  await mkdir(folder, { mode: 0o700 });
  const file = join(folder, 'endpoints.json');
  await appearance(file, starter, said);
  const { salesforce } = JSON.parse(await readFile(file, 'utf8')) as System['endpoints'];
  for (const fault of faults) {
    const response = await fetch(`${salesforce.controlUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`The fault was refused: ${await response.text()}`);
  }
}

async function appearance(file: string, starter: ChildProcess, said: () => string): Promise<void> {
  const watching = new AbortController();
  const folder = resolve(file, '..');
  try {
    await new Promise<void>((found, failed) => {
      const look = () => existsSync(file) && found();
      const patience = setTimeout(
        () => failed(new Error(`npm start is not up after ${START_PATIENCE_MS} ms: ${said()}`)),
        START_PATIENCE_MS,
      );
      watching.signal.addEventListener('abort', () => clearTimeout(patience));
      watch(folder, { signal: watching.signal }, look);
      starter.once('exit', (code) => failed(new Error(`npm start ended with ${code}: ${said()}`)));
      look();
    });
  } finally {
    watching.abort();
  }
}

/** A process of the CLI; its exit code is part of the answer. */
export function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<CommandResult> {
  const given = [join(ROOT, 'src/cli/main.ts'), ...args];
  const limits = { timeout: COMMAND_PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((done) => {
    execFile(process.execPath, given, { env, cwd, ...limits }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
      done({
        code,
        stdout,
        stderr,
        get json() {
          return stdout === '' ? undefined : JSON.parse(stdout);
        },
      });
    });
  });
}
