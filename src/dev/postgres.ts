import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Child, launch, type StartContext, untilReady } from './child.ts';
import { adviceFor, StartFailed } from './errors.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { commandLine, endProcess, processRef, sendSignal } from './processes.ts';

export interface PostgresOptions {
  /** The data folder; made and initialised when missing. It must be reachable for the owner. */
  dataFolder: string;
  port: number;
  password: string;
  logFile: string;
  binaries?: PostgresBinaries;
  /** Settings over the defaults below, by their PostgreSQL names. */
  settings?: Record<string, string>;
  start?: StartContext;
}

export interface Postgres {
  child: Child;
  /** The connection URL of one of its databases, with the password. */
  url(database: string): string;
}

/** PostgreSQL's own: its process, and in line 8 whether it starts, serves or stops. */
const PID_FILE = 'postmaster.pid';

/**
 * Meant for a laptop next to a browser: modest memory, room in the WAL for bulk loads, and every
 * commit on disk. Errors are kept out of its log, since they quote values, which are people's data.
 */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/** A cluster that recovers from a crash answers late; one that is not even starting up does not count as such. */
const START_PATIENCE = 120_000;

/**
 * Starts the embedded PostgreSQL on its data folder, which is initialised first when it is new.
 * @throws StartFailed with the end of its log and what to do
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const binaries = options.binaries ?? (await postgresBinaries());
  const { dataFolder, port, password } = options;
  await initialise(dataFolder, password, binaries);
  await endLeftover(dataFolder);
  const flags = Object.entries({ ...SETTINGS, ...options.settings }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const child = await launch({
    name: 'PostgreSQL',
    command: binaries.postgres,
    args: ['-D', dataFolder, '-p', String(port), ...flags],
    cwd: '/',
    owner: binaries.owner,
    logFile: options.logFile,
    // SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes all to disk.
    stopSignal: 'SIGINT',
    patience: 30_000,
    ...(options.start ? { start: options.start } : {}),
  });
  const url = (database: string) =>
    `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  await untilReady(
    child,
    async () =>
      (await serverState(dataFolder, child.ref.pid)) === 'ready' ? answers(url('postgres')) : null,
    START_PATIENCE,
  );
  hastenShutdown(dataFolder, child);
  return { child, url };
}

/**
 * Ended by SIGTERM, PostgreSQL waits for its sessions and lets nobody in meanwhile. Ours stay for
 * ever, so it would neither serve nor end: the fast shutdown takes over.
 */
function hastenShutdown(folder: string, child: Child): void {
  const watcher = watch(join(folder, PID_FILE), { persistent: false }, async () => {
    if ((await serverState(folder, child.ref.pid)) === 'stopping') {
      sendSignal(child.ref.pid, child.stopSignal);
    }
  });
  watcher.on('error', () => watcher.close());
  void child.exited.then(() => watcher.close());
}

/** Makes the databases that are not there yet. */
export async function ensureDatabases(url: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const name of names) {
      const found = await client.query('select from pg_database where datname = $1', [name]);
      if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

/** By its own word in the data folder: on the port another server may answer. Null when it is another's. */
async function serverState(folder: string, pid: number): Promise<string | null> {
  const text = await readFile(join(folder, PID_FILE), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] === String(pid) ? (lines[7]?.trim() ?? null) : null;
}

async function answers(url: string): Promise<true | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    // 57P03: starting up or recovering. 53300: all connections taken, so it is up.
    if (code === '53300') return true;
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03') return null;
    if (code === '28P01') {
      throw new StartFailed(
        'PostgreSQL refuses the password kept for it: the data folder and the kept password do not belong together.',
        'Start with --fresh to begin with empty data, or put the folder back as it was.',
        '',
        error,
      );
    }
    if (code === undefined) return null;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function initialise(
  folder: string,
  password: string,
  { initdb, owner, major }: PostgresBinaries,
): Promise<void> {
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) {
    if (Number(version) === major) return;
    throw new StartFailed(
      `The data in ${folder} belongs to PostgreSQL ${version.trim()}, and this is PostgreSQL ${major}.`,
      `Start with --fresh to begin with empty data, or set DATABASE_URL to a PostgreSQL ${version.trim()} that you run on that folder.`,
    );
  }
  // Made beside and then moved: a start killed in between must not leave a half that looks whole.
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const passwordFile = join(tmpdir(), `tandem-${randomBytes(8).toString('hex')}`);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (owner) {
      await chown(draft, owner.uid, owner.gid);
      await chown(passwordFile, owner.uid, owner.gid);
    }
    const args = [
      `--pgdata=${draft}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // PostgreSQL's own Unicode rules: the same on every system, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ];
    await promisify(execFile)(initdb, args, { ...(owner ?? {}), cwd: '/' });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const text = `${(error as { stderr?: string }).stderr ?? error}`;
    throw new StartFailed(
      `PostgreSQL could not make its data folder ${folder}.`,
      adviceFor(text, 'Choose another folder with --data DIR, or set DATABASE_URL.'),
      text,
      error,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A server of a start that was killed may still hold the folder; one that is not on this folder is not ours. */
async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, PID_FILE);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return;
  const ref = await processRef(Number.parseInt(text, 10));
  if (ref && (await commandLine(ref.pid)).includes(` -D ${folder} `)) {
    await endProcess(ref, 'SIGINT', 30_000);
  } else {
    // Its pid now belongs to another program: PostgreSQL would take that for a running server.
    await rm(file, { force: true });
  }
}
