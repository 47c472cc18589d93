import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import { environmentGives } from '../src/config.ts';
import type { StartContext } from '../src/dev/child.ts';
import {
  createFolder,
  type DataFolder,
  dataFolder,
  forget,
  postgresDataFolder,
} from '../src/dev/folder.ts';
import { endAll, type Guarded } from '../src/dev/guard.ts';
import { startGuard } from '../src/dev/guard-link.ts';
import { freePort } from '../src/dev/ports.ts';
import { ensureDatabases, startPostgres } from '../src/dev/postgres.ts';
import { postgresBinaries } from '../src/dev/postgres-binaries.ts';
import { temporalCli } from '../src/dev/temporal-cli.ts';
import { startTemporal, TEMPORAL_NAMESPACE } from '../src/dev/temporal-server.ts';
import { openDatabase } from '../src/marketing/database.ts';
import { workflowBundle } from '../src/temporal/bundle.ts';
import { connectTemporal } from '../src/temporal/client.ts';
import { BenchmarkFailed } from './failure.ts';

/** Stop order, the highest first: workers, then orgs and Temporal, then PostgreSQL. */
export const LEVEL = { postgres: 1, server: 2, worker: 3 } as const;

/** One PostgreSQL and one Temporal that all benchmarks share, in a folder that goes at the end. */
export interface Host {
  folder: DataFolder;
  temporal: { address: string; namespace: string };
  client: Client;
  /** Aborted when the benchmarks are to stop. */
  signal: AbortSignal;
  report(text: string): void;
  /** Makes the database when it is not there. Returns its URL. */
  database(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** For the start of a further process, which the host ends if nobody has before. */
  context(level: number): StartContext;
  /** Ends all processes and removes all files. Safe to call at any time. */
  stop(): Promise<void>;
}

/** @throws BenchmarkFailed when the environment names parts: a benchmark measures its own, and no other's */
export async function startHost(
  report: (text: string) => void,
  signal: AbortSignal,
): Promise<Host> {
  const given = environmentGives();
  if (given.database || given.salesforce || given.temporal) {
    throw new BenchmarkFailed(
      'The benchmarks start parts of their own: unset DATABASE_URL*, SALESFORCE_*, TEMPORAL_ADDRESS and TEMPORAL_PROFILE.',
    );
  }
  const folder = dataFolder(await mkdtemp(join(tmpdir(), 'tandem-bench-')));
  await createFolder(folder);
  const guard = startGuard(folder.endpoints);
  const running: Guarded[] = [];
  const closers: (() => Promise<void>)[] = [];

  const context = (level: number): StartContext => ({
    signal,
    async onLaunch(child) {
      const { ref, stopSignal, patience } = child;
      const entry = { ref, level, signal: stopSignal, patience };
      running.push(entry);
      guard.update(running);
      void child.exited.then(() => {
        running.splice(running.indexOf(entry), 1);
        guard.update(running);
      });
    },
  });
  const stop = async () => {
    for (const close of closers.splice(0)) await close();
    await endAll([...running]);
    await forget(folder);
    await rm(folder.root, { recursive: true, force: true });
  };

  try {
    const cli = await temporalCli({
      explicit: given.temporalCliPath,
      cacheFolder: join(homedir(), '.cache', 'tandem'),
      report,
    });
    // Bundling takes memory and seconds, once per version of the workflows: no benchmark is to pay for it.
    await workflowBundle(new DefaultLogger('WARN'));
    const binaries = await postgresBinaries();
    const postgres = await startPostgres({
      dataFolder: (await postgresDataFolder(folder, binaries.owner)).path,
      port: await freePort(),
      password: 'benchmark',
      logFile: folder.log('postgres'),
      binaries,
      start: context(LEVEL.postgres),
    });
    const port = await freePort();
    await startTemporal({
      cli,
      databaseFile: folder.temporalDatabase,
      port,
      uiPort: await freePort(),
      logFile: folder.log('temporal'),
      start: context(LEVEL.server),
    });
    const temporal = { address: `127.0.0.1:${port}`, namespace: TEMPORAL_NAMESPACE };
    const { client, close } = await connectTemporal({ ...temporal, taskQueue: '' });
    closers.push(close);
    return {
      folder,
      temporal,
      client,
      signal,
      report,
      async database(name) {
        await ensureDatabases(postgres.url('postgres'), [name]);
        return postgres.url(name);
      },
      dropDatabase: (name) => dropDatabase(postgres.url('postgres'), name),
      context,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function dropDatabase(url: string, name: string): Promise<void> {
  const db = openDatabase(url, { max: 1 });
  try {
    await db.query(`drop database if exists "${name}" with (force)`);
  } finally {
    await db.end();
  }
}
