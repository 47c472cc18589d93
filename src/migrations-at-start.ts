import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from './marketing/database.ts';
import { DatabaseUnavailable } from './marketing/errors.ts';
import { migrate } from './marketing/migrate.ts';

const LOOK_AGAIN_MS = 2_000;

/** Brings every connection's database to this version; one that cannot be used keeps no other from work (N3). */
export class MigrationsAtStart {
  readonly #problems = new Map<string, unknown>();
  readonly #runs: Promise<void>[];

  constructor(
    connections: ReadonlyMap<string, { db: Database; log: Logger }>,
    signal: AbortSignal,
  ) {
    this.#runs = [...connections].map(([name, one]) => this.#run(name, one, signal));
  }

  /** Resolves with the first database that is ready. Rejects with the first problem when none will be. */
  async first(): Promise<void> {
    await Promise.any(this.#runs).catch((error: AggregateError) => {
      throw error.errors[0];
    });
  }

  /** Throws why the connection's database is not ready. */
  require(connection: string): void {
    if (this.#problems.has(connection)) throw this.#problems.get(connection);
  }

  async #run(
    name: string,
    { db, log }: { db: Database; log: Logger },
    signal: AbortSignal,
  ): Promise<void> {
    this.#problems.set(
      name,
      new DatabaseUnavailable(`The database of connection "${name}" is being made ready.`),
    );
    // It may start before its database; it has nothing to do until then.
    while (!signal.aborted) {
      try {
        await migrate(db);
        this.#problems.delete(name);
        return;
      } catch (error) {
        this.#problems.set(name, error);
        if (!(error instanceof DatabaseUnavailable)) {
          log.error({ err: error }, 'the database cannot be used');
          throw error;
        }
        log.warn({ failure: error.message }, 'waiting for the database');
        await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
