/** Jobs worked on at once; each holds connections of the pool while it is. */
const AT_ONCE = 2;

/** Works through jobs in the order they came, a few at once, until it is stopped. */
export class Work {
  readonly #run: (id: string) => Promise<void>;
  readonly #waiting: string[] = [];
  readonly #running = new Set<Promise<void>>();
  stopped = false;

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
    if (this.stopped || this.#running.size >= AT_ONCE) return;
    const id = this.#waiting.shift();
    if (id === undefined) return;
    // A job that breaks is its own affair, written down in it; here the next one goes on.
    const done: Promise<void> = this.#run(id).then(
      () => this.#ended(done),
      (error) => {
        process.stderr.write(`sandbox: bulk job ${id}: ${String(error)}\n`);
        this.#ended(done);
      },
    );
    this.#running.add(done);
  }

  #ended(done: Promise<void>): void {
    this.#running.delete(done);
    this.#next();
  }
}
