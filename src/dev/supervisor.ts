import { setTimeout as sleep } from 'node:timers/promises';
import type { Child, StartContext } from './child.ts';

export interface Part {
  /** As people know it: 'PostgreSQL'. */
  name: string;
  /** Parts of a higher level need those below: they stop first, and a level's parts stop side by side. */
  level: number;
  /** Starts it and resolves when it is ready; stops what it started when it rejects. */
  start(context: StartContext): Promise<Child>;
}

/** A part whose process is there, ready or not. */
export interface RunningPart {
  part: Part;
  child: Child;
}

export interface SupervisorOptions {
  report(text: string): void;
  /** Told after each start and end of a part; a rejection stops nothing and is reported. */
  onChange(running: readonly RunningPart[]): Promise<void>;
  /** Wait before the nth try in a row, in ms. */
  backoff?(attempt: number): number;
}

/** A part that ran this long, in ms, before it died starts with the shortest wait again. */
const HEALTHY = 60_000;

const defaultBackoff = (attempt: number) => Math.min(500 * 2 ** attempt, 30_000);

/** Keeps parts running: starts again what dies, and stops all in order. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<Part, Child>();
  readonly #watches: Promise<void>[] = [];
  readonly #stopping = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Aborted as soon as `stop` is called. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get running(): RunningPart[] {
    return [...this.#running].map(([part, child]) => ({ part, child }));
  }

  /** Starts a part for the first time: a failure here is the caller's, later ones are mended. */
  async add(part: Part): Promise<Child> {
    const child = await this.#start(part);
    this.#watches.push(this.#watch(part, child));
    return child;
  }

  /** Stops all parts, the highest level first. Safe to call at any time and more than once. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    const levels = [...new Set(this.running.map(({ part }) => part.level))].sort((a, b) => b - a);
    for (const level of levels) {
      const parts = this.running.filter(({ part }) => part.level === level);
      await Promise.all(parts.map(({ child }) => child.stop()));
    }
    await Promise.all(this.#watches);
  }

  async #watch(part: Part, first: Child): Promise<void> {
    const backoff = this.#options.backoff ?? defaultBackoff;
    let child = first;
    let attempt = 0;
    for (;;) {
      const since = Date.now();
      const how = await child.exited;
      await this.#set(part, null);
      if (this.signal.aborted) return;
      if (Date.now() - since > HEALTHY) attempt = 0;
      const wait = backoff(attempt++);
      this.#options.report(`${part.name} died (${how}): starting it again in ${wait / 1000} s.`);
      const again = await this.#restart(part, wait, () => backoff(attempt++));
      if (again === null) return;
      child = again;
      this.#options.report(`${part.name} runs again (process ${child.ref.pid}).`);
    }
  }

  /** Null when all is being stopped. */
  async #restart(part: Part, firstWait: number, nextWait: () => number): Promise<Child | null> {
    for (let wait = firstWait; ; wait = nextWait()) {
      try {
        await sleep(wait, undefined, { signal: this.signal });
        return await this.#start(part);
      } catch (error) {
        if (this.signal.aborted) return null;
        this.#options.report((error as Error).message);
      }
    }
  }

  async #start(part: Part): Promise<Child> {
    this.signal.throwIfAborted();
    try {
      const onLaunch = (child: Child) => this.#set(part, child);
      const child = await part.start({ signal: this.signal, onLaunch });
      this.signal.throwIfAborted();
      return child;
    } catch (error) {
      await this.#running.get(part)?.stop();
      await this.#set(part, null);
      // A part that a stop ended looks like one that failed.
      this.signal.throwIfAborted();
      throw error;
    }
  }

  async #set(part: Part, child: Child | null): Promise<void> {
    if (child) this.#running.set(part, child);
    else this.#running.delete(part);
    try {
      await this.#options.onChange(this.running);
    } catch (error) {
      this.#options.report(`The files that tell where things run were not written: ${error}`);
    }
  }
}
