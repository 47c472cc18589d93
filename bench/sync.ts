import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { standardObjects } from '../sandbox/objects/index.ts';
import { Schema } from '../sandbox/schema.ts';
import { addCustomFields } from '../sandbox/seed/custom-fields.ts';
import { type Endpoints, salesforceEndpoint } from '../src/dev/endpoints.ts';
import { startWorker } from '../src/dev/worker-process.ts';
import { readLoads, unfinishedLoads } from '../src/ledger/loads.ts';
import { type Database, openDatabase } from '../src/marketing/database.ts';
import { migrate } from '../src/marketing/migrate.ts';
import { type CycleEnd, endedAfter, newestCycle } from '../src/operations/cycles.ts';
import { connectionHandle, startConnection } from '../src/temporal/client.ts';
import { connectionWorkflowId, statusQuery, syncNowUpdate } from '../workflows/messages.ts';
import { BenchmarkFailed } from './failure.ts';
import { switchedOff } from './fields.ts';
import { type Host, LEVEL } from './host.ts';
import type { Org } from './org.ts';

/** Longer than any load or cycle here, shorter than a night. */
const PATIENCE_MS = 30 * 60_000;
const LOOK_MS = 25;
/** Temporal holds the next run back when the one before is younger than a second: no pause is that short. */
const RUN_APART_MS = 1_200;
const PAUSE_MS = 24 * 3_600_000;

/** How far a pull reads again: no transaction of a benchmark commits late, and no round is to read the last one's rows. */
const OVERLAP_MS = 2_000;

/** Those that `npm start` syncs with its sandbox org. */
const CUSTOM_OBJECTS = ['Subscription__c', 'Usage__c', 'Site__c'];

export interface Load {
  /** Of all objects. */
  rows: number;
  /** Rows of each object, the largest first. */
  objects: { object: string; rows: number }[];
  /** From the request to start the connection to the commit of the last row, everything before included. */
  seconds: number;
}

export interface Cycle extends CycleEnd {
  /** From the request to the end of the cycle. */
  seconds: number;
}

/** A connection of its own between an org and a fresh marketing database, with a worker process of its own. */
export interface Sync {
  db: Database;
  /** Starts the connection and waits until all objects are there. */
  load(): Promise<Load>;
  /** Waits for the cycle that follows a load by itself, and tidies up as autovacuum would within minutes. */
  settle(): Promise<void>;
  /** Asks for a sync and waits until a cycle that began after it has ended. */
  cycle(): Promise<Cycle>;
  /** Reads what was pushed once more, so that no later cycle does. */
  drain(): Promise<void>;
  /** History events of the workflow run that did the cycle; whole once a later one has begun. */
  historyEvents(cycle: number): Promise<number>;
  /** Rows written to schema marketing since statistics began. */
  marketingWrites(): Promise<number>;
  /** Highest resident memory of the worker since the start, or the last call of forgetPeak, in MB. */
  peakMemory(): Promise<number>;
  forgetPeak(): Promise<void>;
  /** Ends the worker alone, so that what is measured next has the machine for itself. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSync(
  host: Host,
  org: Org,
  name: string,
  /** Over the benchmark's own tandem.yaml. */
  over: object = {},
): Promise<Sync> {
  const url = await host.database(`marketing_${name}`);
  const folder = join(host.folder.runtime, name);
  await mkdir(folder, { recursive: true });
  const endpoints: Partial<Endpoints> = {
    connection: name,
    salesforce: salesforceEndpoint(org.login),
    database: { url },
    temporal: { ...host.temporal, webUi: '' },
  };
  await writeFile(join(folder, 'endpoints.json'), JSON.stringify(endpoints), { mode: 0o600 });
  const configFile = join(folder, 'tandem.yaml');
  await writeFile(configFile, JSON.stringify({ ...settings(name), ...over }));
  await migrate(url);
  const worker = await startWorker({
    dataFolder: folder,
    configFile,
    logFile: host.folder.log(`worker-${name}`),
    start: host.context(LEVEL.worker),
  });
  const db = openDatabase(url, { max: 2 });
  const proc = `/proc/${worker.ref.pid}`;
  const handle = () => connectionHandle(host.client, name);
  const until = async <T>(what: string, probe: () => Promise<T | null>): Promise<T> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      host.signal.throwIfAborted();
      const found = await probe();
      if (found !== null) return found;
      const { state, reason } = await stateOf(db);
      if (state === 'failed') throw new BenchmarkFailed(`${name} failed before ${what}: ${reason}`);
      if (worker.hasExited()) throw new BenchmarkFailed(`The worker ended before ${what}.`);
      if (Date.now() > deadline) {
        throw new BenchmarkFailed(`Waited ${PATIENCE_MS / 60_000} minutes for ${what}.`);
      }
      await sleep(LOOK_MS);
    }
  };

  const cycle = async (): Promise<Cycle> => {
    // What the cycle before still has to do at its end is no part of this one.
    await until('its rest', async () => {
      const { state } = await handle().query(statusQuery);
      return state === 'waiting' || null;
    });
    await sleep(RUN_APART_MS);
    const before = await newestCycle(db);
    const since = Date.now();
    await handle().executeUpdate(syncNowUpdate);
    const end = await until('the end of a cycle', () => endedAfter(db, before));
    if (end.status !== 'done') {
      throw new BenchmarkFailed(`A cycle of ${name} ${end.status}: ${end.reason}`);
    }
    return { ...end, seconds: (Date.parse(end.endedAt) - since) / 1000 };
  };

  return {
    db,
    cycle,
    async drain() {
      // A second more, since Salesforce's clock counts whole ones.
      await sleep(OVERLAP_MS + 1_000);
      await cycle();
    },
    async load() {
      const since = Date.now();
      await startConnection(host.client, name, { pauseMs: PAUSE_MS, taskQueue: name });
      const loads = await until('the end of its first load', async () => {
        const found = await readLoads(db);
        const isWhole = found.length > 0 && (await unfinishedLoads(db)).length === 0;
        return isWhole ? found : null;
      });
      const short = loads.find(({ done, expected }) => done !== expected);
      if (short) {
        throw new BenchmarkFailed(
          `${short.done} of ${short.expected} rows of ${short.object} were loaded.`,
        );
      }
      const objects = loads
        .map(({ object, done }) => ({ object, rows: done }))
        .sort((one, other) => other.rows - one.rows);
      return {
        objects,
        rows: objects.reduce((sum, { rows }) => sum + rows, 0),
        seconds: (Math.max(...loads.map(({ endedAt }) => endedAt!.getTime())) - since) / 1000,
      };
    },
    async settle() {
      await until('the end of its first cycle', () => endedAfter(db, 0));
      for (const database of [db, org.db]) await database.query('vacuum (analyze)');
      await db.query('checkpoint');
    },
    async historyEvents(cycle) {
      const { rows } = await db.query<{ key: string }>(
        'select key from tandem.cycle where id = $1',
        [cycle],
      );
      const run = host.client.workflow.getHandle(connectionWorkflowId(name), rows[0]!.key);
      return (await run.describe()).historyLength;
    },
    async marketingWrites() {
      // A session that rests hands in its counts after ten seconds.
      await sleep(11_000);
      const { rows } = await db.query<{ writes: number }>(
        `select sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as writes
         from pg_stat_user_tables where schemaname = 'marketing'`,
      );
      return rows[0]!.writes;
    },
    async peakMemory() {
      const status = await readFile(`${proc}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) / 1024;
    },
    forgetPeak: () => writeFile(`${proc}/clear_refs`, '5'),
    stopWorker: () => worker.stop(),
    async stop() {
      await worker.stop();
      await db.end();
      await host.dropDatabase(`marketing_${name}`);
    },
  };
}

/** tandem.yaml of a benchmark: the defaults, but for its fields and times. JSON is YAML. */
function settings(name: string): object {
  const schema = new Schema(standardObjects());
  addCustomFields(schema);
  const fieldsOf = (object: string) => schema.object(object)!.fields.map((field) => field.name);
  return {
    overlap: `${OVERLAP_MS}ms`,
    objects: {
      Lead: { fields: switchedOff(fieldsOf('Lead')) },
      Contact: { fields: switchedOff(fieldsOf('Contact')) },
      ...Object.fromEntries(CUSTOM_OBJECTS.map((object) => [object, {}])),
    },
    temporal: { taskQueue: name },
    connections: { [name]: {} },
  };
}

async function stateOf(db: Database) {
  const { rows } = await db.query<{ state: string | null; reason: string | null }>(
    'select state, reason from tandem.connection',
  );
  return rows[0]!;
}
