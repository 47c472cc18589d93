import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, ConnectionConfig } from '../config.ts';
import { readConnection } from '../ledger/connection.ts';
import { type Database, openDatabase } from '../marketing/database.ts';
import { type CycleEntry, listCycles, newestCycle, type StepEntry } from '../operations/cycles.ts';
import { readProgress } from '../operations/status.ts';
import { type CycleReport, cycleLine, loadLines, type Moved } from './progress.ts';
import type { Terminal } from './terminal.ts';

const INTERVAL = 1_000;

/** Shown once when it begins; the other states show in the progress and the cycles. */
const NOTEWORTHY = new Set(['paused', 'limited', 'failed']);

/** Cycles that ended between two looks; with a pause of a second more than one is rare. */
const MOST_AT_ONCE = 50;

/** Shows each connection's initial load, then its cycles, until `signal`; reads the database alone. */
export async function watchConnections(
  { connections }: Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const prefix = (name: string) => (connections.length > 1 ? `${name}: ` : '');
  await Promise.all(connections.map((one) => watch(one, prefix(one.name), terminal, signal)));
}

async function watch(
  connection: ConnectionConfig,
  prefix: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const db = openDatabase(connection.databaseUrl, { max: 1 });
  try {
    const view = new View(db, prefix, terminal);
    while (!signal.aborted) {
      await view.look();
      // The abort only ends the wait.
      await sleep(INTERVAL, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await db.end();
  }
}

class View {
  readonly #db: Database;
  readonly #prefix: string;
  readonly #terminal: Terminal;
  #seen: number | null = null;
  #state = '';
  #loading: boolean | null = null;
  #trouble = '';
  /** A cycle that ended before its next start was known waits for one look. */
  #deferred: number | null = null;

  constructor(db: Database, prefix: string, terminal: Terminal) {
    this.#db = db;
    this.#prefix = prefix;
    this.#terminal = terminal;
  }

  async look(): Promise<void> {
    try {
      await this.#showLoad();
      await this.#showState();
      await this.#showCycles();
      this.#trouble = '';
    } catch (error) {
      // A database that restarts is told of by its supervisor; the same trouble is told once.
      const { message } = error as Error;
      if (message !== this.#trouble) this.#line(`Progress cannot be read: ${message}`);
      this.#trouble = message;
    }
  }

  async #showLoad(): Promise<void> {
    if (this.#loading === false) return;
    const objects = await readProgress(this.#db);
    const loading = objects.length === 0 || objects.some(({ state }) => state !== 'done');
    if (loading) {
      this.#loading = true;
      if (objects.length > 0) {
        this.#terminal.status([`${this.#prefix}Initial load`, ...loadLines(objects)]);
      }
      return;
    }
    if (this.#loading) {
      this.#terminal.status([`${this.#prefix}Initial load`, ...loadLines(objects)]);
      this.#terminal.settle();
      this.#line('The initial load is done; from here on, cycles.');
    }
    this.#loading = false;
  }

  async #showState(): Promise<void> {
    const { state, reason, pausedBy } = await readConnection(this.#db);
    if (state === this.#state) return;
    if (NOTEWORTHY.has(state)) {
      this.#line([state, pausedBy && `by ${pausedBy}`, reason].filter(Boolean).join(': '));
    } else if (NOTEWORTHY.has(this.#state)) {
      this.#line('goes on');
    }
    this.#state = state;
  }

  async #showCycles(): Promise<void> {
    // Those of earlier starts are not shown again.
    this.#seen ??= (await newestCycle(this.#db)) - (await this.#running());
    const ended = (await listCycles(this.#db, { limit: MOST_AT_ONCE }))
      .filter(({ cycle, endedAt }) => cycle > this.#seen! && endedAt !== null)
      .reverse();
    for (const entry of ended) {
      const { nextSyncAt } = await readConnection(this.#db);
      const known = nextSyncAt !== null && nextSyncAt > new Date(entry.endedAt!);
      const isLast = entry === ended.at(-1);
      if (isLast && !known && this.#deferred !== entry.cycle) {
        this.#deferred = entry.cycle;
        return;
      }
      this.#line(cycleLine(reportOf(entry, known && isLast ? nextSyncAt : null)));
      this.#seen = entry.cycle;
    }
  }

  /** 1 when the newest cycle still runs, so that its end will be shown. */
  async #running(): Promise<number> {
    const [newest] = await listCycles(this.#db, { limit: 1 });
    return newest && newest.endedAt === null ? 1 : 0;
  }

  #line(text: string): void {
    this.#terminal.line(`${this.#prefix}${text}`);
  }
}

function reportOf(entry: CycleEntry, nextAt: Date | null): CycleReport {
  return {
    cycle: entry.cycle,
    startedAt: new Date(entry.startedAt),
    endedAt: new Date(entry.endedAt!),
    status: entry.status,
    reason: entry.reason,
    moved: moved(entry.steps),
    nextAt,
  };
}

function moved(steps: readonly StepEntry[]): Moved[] {
  const sums = new Map<string, Moved>();
  for (const step of steps) {
    const { object } = step;
    const way = step.operation.startsWith('push') ? 'push' : 'pull';
    const count = step.new + step.updated + step.deleted + step.undeleted;
    if (object === null || count + step.failed === 0) continue;
    const sum = sums.get(`${way} ${object}`) ?? { object, way, count: 0, failed: 0 };
    sum.count += count;
    sum.failed += step.failed;
    sums.set(`${way} ${object}`, sum);
  }
  return [...sums.values()];
}
