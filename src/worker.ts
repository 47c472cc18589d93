import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import type { ConnectionDeps } from '../activities/deps.ts';
import { ConnectionUnknown } from '../activities/errors.ts';
import { createActivities } from '../activities/index.ts';
import { startActions } from './action-starter.ts';
import { LiveSettings } from './config/live-settings.ts';
import { type ConnectionConfig, loadConfig } from './config.ts';
import { createLog, errorFields } from './log.ts';
import { openDatabase } from './marketing/database.ts';
import { MigrationsAtStart } from './migrations-at-start.ts';
import { createSalesforce } from './salesforce/client.ts';
import { connectTemporal } from './temporal/client.ts';
import { createWorker } from './temporal/worker.ts';

/** Ten steps side by side, each with a transaction of its own; actions and pushes hold two locks besides. */
const SESSIONS = 30;

export interface WorkerOptions {
  dataDir?: string | undefined;
  file?: string | undefined;
  /** Called once the worker polls. */
  ready?: () => void;
  /** Ends the worker: the steps in flight get a few seconds to finish. */
  signal: AbortSignal;
}

/** The composition root: every connection's two sides, behind one worker, until the signal. */
export async function runWorker({ dataDir, file, ready, signal }: WorkerOptions): Promise<void> {
  const config = loadConfig({ dataDir, file });
  const settings = new LiveSettings(config, { dataDir, file });
  const log = createLog(config.log.level);
  const connections = new Map(
    config.connections.map((one) => [one.name, open(one, settings, log)]),
  );
  try {
    const migrations = new MigrationsAtStart(connections, signal);
    await migrations.first();
    const activities = createActivities({
      connection: (name) => {
        const found = connections.get(name);
        if (found === undefined) throw new ConnectionUnknown(name, [...connections.keys()]);
        migrations.require(name);
        return found;
      },
    });
    const { worker, close } = await createWorker(config.temporal, activities, log);
    const temporal = await connectTemporal(config.temporal);
    const ended = new AbortController();
    const actions = config.connections.map(({ name, databaseUrl }) =>
      startActions({
        ...{ connection: name, databaseUrl, ...connections.get(name)! },
        ...{ client: temporal.client, taskQueue: config.temporal.taskQueue, signal: ended.signal },
        ready: () => migrations.require(name),
      }),
    );
    signal.addEventListener('abort', () => worker.shutdown(), { once: true });
    if (signal.aborted) worker.shutdown();
    log.info({ connections: [...connections.keys()] }, 'worker polls');
    ready?.();
    try {
      await worker.run();
    } finally {
      ended.abort();
      await Promise.all(actions);
    }
    await temporal.close();
    await close();
  } finally {
    await Promise.all([...connections.values()].map(({ db }) => db.end()));
  }
}

function open(config: ConnectionConfig, settings: LiveSettings, log: Logger): ConnectionDeps {
  const own = log.child({ connection: config.name });
  const { apiVersion } = config;
  return {
    get config() {
      return settings.of(config.name);
    },
    get settingsProblem() {
      return settings.problem();
    },
    db: openDatabase(config.databaseUrl, { max: SESSIONS }),
    salesforce: createSalesforce(config.salesforce, { apiVersion, log: own }),
    log: own,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, config: { type: 'string' } },
  });
  const ended = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort());
  await runWorker({
    dataDir: values.data,
    file: values.config,
    ready: () => process.stdout.write('{"ready":true}\n'),
    signal: ended.signal,
  }).catch((error: unknown) => {
    const { type, message } = errorFields(error);
    process.stderr.write(`${message ?? `The worker ended on ${type}.`}\n`);
    process.exitCode = 1;
  });
}
