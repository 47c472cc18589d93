import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '../database-away.ts';

/** Jobs worked on at once; each holds connections of the pool while it is. */
export const JOBS_AT_ONCE = 2;
/** Between looks whether a database that is away has come back. */
const PAUSE_MS = 500;

/** Works through jobs in the order they came, a few at once, until it is stopped. */
export class Work {
  readonly #run: (id: string) => Promise<void>;
  readonly #waiting: string[] = [];
  readonly #running = new Set<Promise<void>>();
  stopped = false;

  /** `run` may be called again for a job that it has begun: when the database went away under it. */
  constructor(run: (id: string) => Promise<void>) {
    this.#run = run;
  }

  add(id: string): void {
    this.#waiting.push(id);
    this.#next();
  }

  /** Starts no more, and waits for those at work, which look at `stopped`. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.#running);
  }

  #next(): void {
    if (this.stopped || this.#running.size >= JOBS_AT_ONCE) return;
    const id = this.#waiting.shift();
    if (id === undefined) return;
    const done: Promise<void> = this.#runToEnd(id).then(() => {
      this.#running.delete(done);
      this.#next();
    });
    this.#running.add(done);
  }

  async #runToEnd(id: string): Promise<void> {
    while (!this.stopped) {
      try {
        return await this.#run(id);
      } catch (error) {
        // A job that breaks is its own affair, written down in it; here the next one goes on.
        process.stderr.write(`sandbox: bulk job ${id}: ${String(error)}\n`);
        if (!isDatabaseAway(error)) return;
        await sleep(PAUSE_MS);
      }
    }
  }
}
