import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Activities } from '../../activities/index.ts';
import { workflowBundle } from './bundle.ts';
import { connectOptions, type TemporalSettings, TemporalUnavailable } from './client.ts';

/** Steps at once: Salesforce allows 25 long calls at a time for the whole org. */
const ACTIVITIES_AT_ONCE = 10;
/** A page or a push of 200 ends within this; what does not is done again by the next worker. */
const SHUTDOWN_GRACE = '10s';

/** A worker that polls; the caller runs it, and shuts it down. */
export async function createWorker(
  settings: TemporalSettings,
  activities: Activities,
  log: Logger,
): Promise<{ worker: Worker; close(): Promise<void> }> {
  const logger = temporalLogger(log);
  Runtime.install({
    logger,
    shutdownSignals: [],
    // The native core's own lines would go to stdout, with whole failure messages in them.
    telemetryOptions: { logging: { forward: {}, filter: 'WARN' } },
  });
  const { connection: options, address, namespace } = connectOptions(settings);
  const connection = await NativeConnection.connect(options).catch((error: unknown) => {
    throw new TemporalUnavailable(address, error);
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: settings.taskQueue,
    workflowBundle: await workflowBundle(logger),
    activities,
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
  return { worker, close: () => connection.close() };
}

/** Temporal's log lines among ours: at debug, but for warnings and errors. */
function temporalLogger(log: Logger) {
  const at =
    (level: 'trace' | 'debug' | 'warn' | 'error') =>
    (message: string, meta?: Record<string, unknown>) =>
      log[level](publicMeta(meta), message);
  return {
    log: (level: string, message: string, meta?: Record<string, unknown>) =>
      at(level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'debug')(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('debug'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** Only what names the place: an error's own text may hold a record's data (L4). */
function publicMeta(meta: Record<string, unknown> = {}): Record<string, unknown> {
  const { workflowId, workflowType, activityType, attempt, runId, error } = meta;
  const named = error instanceof Error ? { failure: error.name } : {};
  return { workflowId, workflowType, activityType, attempt, runId, ...named };
}
