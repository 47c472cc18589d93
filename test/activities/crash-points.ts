/** Ends a step at its nth contact with the outside world, as kill -9 would: nothing of it goes on after that. */
import type { ConnectionDeps } from '../../activities/deps.ts';
import type { Database, Transaction } from '../../src/marketing/database.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';

class Crashed extends Error {}

/**
 * Points lie before each statement that writes (inside a transaction the session is ended there by
 * PostgreSQL itself), after each commit whose answer gets lost, and before and after each call to
 * Salesforce. To die before a read is to die after the write before it.
 */
export class CrashPlan {
  readonly #at: number;
  #passed = 0;
  #crashed = false;

  constructor(at: number) {
    this.#at = at;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  #reached(): boolean {
    if (this.#crashed) throw new Crashed('the process is gone');
    this.#crashed = this.#passed === this.#at;
    this.#passed += 1;
    return this.#crashed;
  }

  #point(): void {
    if (this.#reached()) throw new Crashed('the process dies here');
  }

  deps({ db, salesforce }: ConnectionDeps): Pick<ConnectionDeps, 'db' | 'salesforce'> {
    return { db: this.#database(db), salesforce: this.#org(salesforce) };
  }

  #database(db: Database): Database {
    const within =
      <T>(work: (tx: Transaction) => Promise<T>) =>
      (tx: Transaction) =>
        work(this.#transaction(tx));
    const committed = async <T>(transaction: Promise<T>): Promise<T> => {
      const result = await transaction;
      this.#point();
      return result;
    };
    return {
      query: (text, values) => {
        if (isRead(text)) return db.query(text, values) as never;
        this.#point();
        return committed(db.query(text, values)) as never;
      },
      copyIn: async (text, source) => {
        this.#point();
        return committed(db.copyIn(text, source));
      },
      transaction: (work, option) => committed(db.transaction(within(work), option)),
      syncTransaction: (work, option) => committed(db.syncTransaction(within(work), option)),
      end: () => db.end(),
    };
  }

  #transaction(tx: Transaction): Transaction {
    const point = async () => {
      if (this.#reached()) await tx.query('select pg_terminate_backend(pg_backend_pid())');
    };
    return {
      query: async (text, values) => {
        if (!isRead(text)) await point();
        return tx.query(text, values) as never;
      },
      copyIn: async (text, source) => {
        await point();
        return tx.copyIn(text, source);
      },
      savepoint: (work) => tx.savepoint(work),
    };
  }

  #org(salesforce: Salesforce): Salesforce {
    const through =
      (call: (...args: unknown[]) => unknown) =>
      (...args: unknown[]) => {
        const answer = (result: unknown) => {
          this.#point();
          return result;
        };
        // usage() alone asks nobody.
        const result = call === (salesforce.usage as unknown) ? null : this.#point();
        if (result === null) return call(...args);
        return Promise.resolve(call(...args)).then(answer);
      };
    const wrapped = Object.entries(salesforce).map(([name, call]) => [
      name,
      through(call as never),
    ]);
    return Object.fromEntries(wrapped) as Salesforce;
  }
}

function isRead(text: string): boolean {
  return /^\s*(select|set|analyze)\b/i.test(text);
}
