import { dirname } from 'node:path';
import { type Config, type ConnectionConfig, environmentGives, loadConfig } from '../config.ts';
import { migrate } from '../marketing/migrate.ts';
import { type Board, PARTS } from './board.ts';
import {
  type DataFolder,
  orphans,
  postgresDataFolder,
  readState,
  type State,
  writeState,
} from './folder.ts';
import type { StartOptions } from './options.ts';
import { freePort } from './ports.ts';
import { ensureDatabases, startPostgres } from './postgres.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { startSandbox } from './sandbox-org.ts';
import type { Supervisor } from './supervisor.ts';
import { findTemporalCli } from './temporal-cli.ts';
import { startTemporal, TEMPORAL_NAMESPACE } from './temporal-server.ts';
import { duration, type Terminal } from './terminal.ts';
import { startWorker } from './worker-process.ts';

/** What one start works with. */
export interface Start {
  options: StartOptions;
  folder: DataFolder;
  terminal: Terminal;
  supervisor: Supervisor;
  board: Board;
}

/**
 * Starts every part that the environment does not give, in the order in which they need each other.
 * A failure leaves what runs so far to the caller, who stops it.
 * @throws StartFailed, ConfigError and the errors of the marketing and Temporal clients, which say what to do
 */
export async function bringUp(start: Start): Promise<Config> {
  const { options, folder, terminal, supervisor, board } = start;
  const given = environmentGives();
  const state = await readState(folder);
  const ports = (name: keyof State['ports']) => keepPort(state, name, terminal);
  const needsPostgres = !given.database || !given.salesforce;

  // The longest wait of a first start is the Temporal CLI: it begins at once, beside the database.
  const cli = given.temporal ? null : findTemporalCli((text) => terminal.line(text));
  cli?.catch(() => undefined);
  const databases = needsPostgres ? await bringUpPostgres(start, state, ports) : null;
  if (databases && !given.database) board.endpoints.database = { url: databases('tandem') };
  await Promise.all([
    cli && bringUpTemporal(start, await cli, ports),
    databases && !given.salesforce && bringUpSandbox(start, databases('sandbox'), ports),
  ]);
  await writeState(folder, state);
  await board.tellParts();

  const config = loadConfig({ file: options.config, dataDir: folder.runtime });
  for (const connection of config.connections) await migrateOne(connection, terminal);
  if (options.sync) {
    await supervisor.add({
      ...PARTS.worker,
      start: (context) =>
        startWorker({
          dataFolder: folder.runtime,
          configFile: options.config,
          logFile: folder.log('worker'),
          start: context,
        }),
    });
    terminal.line('The worker polls Temporal.');
  }
  return config;
}

type Ports = (name: keyof State['ports']) => Promise<number>;

async function bringUpPostgres(start: Start, state: State, ports: Ports) {
  const { folder, supervisor, terminal } = start;
  const binaries = await postgresBinaries();
  const data = await postgresDataFolder(folder, binaries.owner);
  const port = await ports('postgres');
  // Before the data folder is made with this password, so that the two never part.
  await writeState(folder, state);
  let url = (_database: string) => '';
  await supervisor.add({
    ...PARTS.postgres,
    async start(context) {
      const server = await startPostgres({
        dataFolder: data.path,
        port,
        password: state.postgresPassword,
        logFile: folder.log('postgres'),
        binaries,
        start: context,
      });
      url = server.url;
      return server.child;
    },
  });
  await ensureDatabases(url('postgres'), ['tandem', 'sandbox']);
  terminal.line(
    `PostgreSQL ${binaries.major} runs on port ${port}${data.elsewhere ? `, its data in ${data.path}` : ''}.`,
  );
  const left = data.elsewhere ? await orphans() : [];
  if (left.length > 0) {
    terminal.line(
      `${dirname(data.path)} also holds the data of ${left.length} folders that are gone: see the .home files there, and delete what you do not want back.`,
    );
  }
  return url;
}

async function bringUpTemporal(start: Start, cli: string, ports: Ports): Promise<void> {
  const { folder, supervisor, terminal, board } = start;
  const port = await ports('temporal');
  const uiPort = await ports('temporalUi');
  await supervisor.add({
    ...PARTS.temporal,
    start: (context) =>
      startTemporal({
        cli,
        databaseFile: folder.temporalDatabase,
        port,
        uiPort,
        logFile: folder.log('temporal'),
        start: context,
      }),
  });
  board.endpoints.temporal = {
    address: `127.0.0.1:${port}`,
    namespace: TEMPORAL_NAMESPACE,
    webUi: `http://127.0.0.1:${uiPort}`,
  };
  terminal.line(`Temporal runs on port ${port}.`);
}

async function bringUpSandbox(start: Start, databaseUrl: string, ports: Ports): Promise<void> {
  const { folder, supervisor, terminal, board, options } = start;
  const port = await ports('sandbox');
  const since = Date.now();
  const tick = setInterval(
    () => terminal.line(`  … the sandbox org is being made, ${duration(Date.now() - since)}`),
    10_000,
  );
  try {
    await supervisor.add({
      ...PARTS.sandbox,
      async start(context) {
        const { child, org } = await startSandbox({
          databaseUrl,
          port,
          people: options.people,
          folder: folder.sandbox,
          logFile: folder.log('sandbox'),
          start: context,
        });
        board.setSandbox(org);
        return child;
      },
    });
  } finally {
    clearInterval(tick);
  }
  terminal.line(`The sandbox org runs on port ${port}.`);
}

async function migrateOne(connection: ConnectionConfig, terminal: Terminal): Promise<void> {
  const { applied } = await migrate(connection.databaseUrl);
  if (applied.length > 0) {
    terminal.line(`Marketing database of ${connection.name}: ${applied.join(', ')} applied.`);
  }
}

async function keepPort(
  state: State,
  name: keyof State['ports'],
  terminal: Terminal,
): Promise<number> {
  const kept = state.ports[name];
  const port = await freePort(kept);
  if (kept !== undefined && kept !== port) {
    terminal.line(`Port ${kept} of the last start is taken by another program: now it is ${port}.`);
  }
  state.ports[name] = port;
  return port;
}
