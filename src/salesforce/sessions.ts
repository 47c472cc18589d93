import { CredentialsRejected } from './errors.ts';
import type { Session } from './login.ts';

/**
 * How long a refused login stands without asking Salesforce again: many activities ask at once, and
 * each wrong password counts towards locking the user out (trap 30).
 */
const refusalMs = 30_000;

/** One session for all concurrent calls, one login at a time. */
export class Sessions {
  readonly #login: () => Promise<Session>;
  #current: Session | null = null;
  #underWay: Promise<Session> | null = null;
  #refusal: { error: CredentialsRejected; until: number } | null = null;

  constructor(login: () => Promise<Session>) {
    this.#login = login;
  }

  async get(): Promise<Session> {
    if (this.#current) return this.#current;
    if (this.#refusal && performance.now() < this.#refusal.until) throw this.#refusal.error;
    this.#underWay ??= this.#enter().finally(() => {
      this.#underWay = null;
    });
    return await this.#underWay;
  }

  /** As `get`, but a refused login does not stand: somebody may have corrected the credentials since. */
  async enter(): Promise<Session> {
    this.#refusal = null;
    return await this.get();
  }

  /** Another session than the one that was refused: a new login, or the one that a call made meanwhile. */
  async renew(refused: Session): Promise<Session> {
    this.forget(refused);
    return await this.get();
  }

  forget(session: Session): void {
    if (this.#current === session) this.#current = null;
  }

  async #enter(): Promise<Session> {
    try {
      this.#current = await this.#login();
      return this.#current;
    } catch (error) {
      if (error instanceof CredentialsRejected) {
        this.#refusal = { error, until: performance.now() + refusalMs };
      }
      throw error;
    }
  }
}
