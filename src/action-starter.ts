import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { openActions } from './ledger/actions.ts';
import { publicMessage } from './log.ts';
import type { Database } from './marketing/database.ts';
import { type Listener, listenForActions } from './marketing/listen.ts';
import { startAction } from './temporal/client.ts';

/** The safety net for a notification that was lost: with the database's session, or with a worker. */
const POLL_MS = 30_000;
/** Until a session that ended is opened again. */
const LISTEN_AGAIN_MS = 2_000;
/** Actions under way at a time, so that thousands of them leave the worker room for cycles. */
const AT_ONCE = 20;
/** The oldest open actions are looked at: far more than are under way. */
const LOOKED_AT = 10 * AT_ONCE;

export interface ActionStarterOptions {
  connection: string;
  databaseUrl: string;
  db: Database;
  log: Logger;
  client: Client;
  taskQueue: string;
  /** Throws while the database is not ready. */
  ready(): void;
  signal: AbortSignal;
  pollMs?: number;
}

/**
 * Starts the workflow of each action that is asked for, until the signal: woken by the database, and
 * looking by itself every half a minute. A workflow that runs already is left as it is, so several
 * workers may do this side by side. What goes wrong is logged, and tried again.
 */
export async function startActions(options: ActionStarterOptions): Promise<void> {
  const { log, signal, pollMs = POLL_MS } = options;
  const bell = new Bell(signal);
  const listening = listen(options, bell);
  /** Those whose workflows were started since the last poll, which looks at all again. */
  let started = new Set<string>();
  for (let polled = -Infinity; !signal.aborted; ) {
    const due = performance.now() - polled >= pollMs;
    if (due) {
      polled = performance.now();
      started = new Set();
    }
    try {
      options.ready();
      await startSome(options, started, due);
    } catch (error) {
      log.warn({ failure: publicMessage(error) }, 'actions cannot be started yet');
    }
    await bell.rung(Math.max(0, polled + pollMs - performance.now()));
  }
  await listening;
}

/**
 * Starts what is open, as far as there is room; each end of an action wakes the database's listeners again.
 * `revive`: those that run, too, since their workflow may have been ended by somebody.
 */
async function startSome(
  { connection, db, client, taskQueue, signal }: ActionStarterOptions,
  started: Set<string>,
  revive: boolean,
): Promise<void> {
  const open = await openActions(db, LOOKED_AT);
  const isUnderWay = ({ id, isRunning }: (typeof open)[number]) => isRunning || started.has(id);
  const room = Math.max(0, AT_ONCE - open.filter(isUnderWay).length);
  const fresh = open.filter((one) => !isUnderWay(one)).slice(0, room);
  const running = revive ? open.filter(({ isRunning }) => isRunning) : [];
  for (const { id } of [...running, ...fresh]) {
    if (signal.aborted) return;
    await startAction(client, { connection, action: id }, taskQueue);
    started.add(id);
  }
}

async function listen(
  { databaseUrl, log, signal }: ActionStarterOptions,
  bell: Bell,
): Promise<void> {
  let listener: Listener | null = null;
  const stop = () => listener?.end();
  signal.addEventListener('abort', stop, { once: true });
  while (!signal.aborted) {
    try {
      listener = await listenForActions(databaseUrl, () => bell.ring());
      if (signal.aborted) await listener.end();
      // What was asked for while nobody listened.
      bell.ring();
      await listener.ended;
    } catch (error) {
      log.warn({ failure: publicMessage(error) }, 'the database cannot be listened to');
    }
    listener = null;
    if (!signal.aborted) await delay(LISTEN_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Wakes one waiter; a ring while nobody waits is not lost. */
class Bell {
  readonly #signal: AbortSignal;
  #isRung = false;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves at a ring, or after `ms`. */
  async rung(ms: number): Promise<void> {
    if (!this.#isRung && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isRung = false;
  }
}
