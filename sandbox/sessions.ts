import { randomBytes } from 'node:crypto';
import type { Session } from './org.ts';

/** Salesforce's default: a session ends after two hours without a call. Seconds. */
const SESSION_SECONDS = 7200;

export interface LiveSession extends Session {
  clientId: string | null;
  /** OAuth scopes, blank between them; null for a session of SOAP. */
  scope: string | null;
  issuedAt: Date;
  expiresAt: Date;
}

/** The org's live sessions. They are kept in memory: a restart ends them all, and clients log in again. */
export class Sessions {
  readonly #byToken = new Map<string, LiveSession>();
  readonly #orgId: string;
  readonly #now: () => Date;
  readonly #seconds: () => number;

  /** `seconds`: how long a session lasts without a call. */
  constructor(orgId: string, now: () => Date, seconds: () => number = () => SESSION_SECONDS) {
    this.#orgId = orgId;
    this.#now = now;
    this.#seconds = seconds;
  }

  /** Begins a session and returns it with its token: the org's 15-character id, `!` and a secret. */
  begin(
    user: Omit<Session, 'token'>,
    clientId: string | null,
    scope: string | null = null,
  ): LiveSession {
    const token = `${this.#orgId.slice(0, 15)}!AQ${randomBytes(72).toString('base64url').replaceAll('-', '.')}`;
    const session = {
      ...user,
      token,
      clientId,
      scope,
      issuedAt: this.#now(),
      expiresAt: this.#expiry(),
    };
    this.#byToken.set(token, session);
    this.#sweep();
    return session;
  }

  /** The session of this token, its idle time begun anew; undefined when there is none, or no more. */
  use(token: string): LiveSession | undefined {
    const session = this.peek(token);
    if (session !== undefined) session.expiresAt = this.#expiry();
    return session;
  }

  /** As `use`, but the idle time runs on. */
  peek(token: string): LiveSession | undefined {
    const session = this.#byToken.get(token);
    if (session === undefined || session.expiresAt > this.#now()) return session;
    this.#byToken.delete(token);
    return undefined;
  }

  /** Ends a session; false when there was none. */
  end(token: string): boolean {
    return this.#byToken.delete(token);
  }

  /** Ends the sessions of all users but these. */
  endOthers(userIds: ReadonlySet<string>): void {
    for (const [token, { userId }] of this.#byToken)
      if (!userIds.has(userId)) this.#byToken.delete(token);
  }

  /** Ends the sessions that one app has of a user. */
  endOf(userId: string, clientId: string): void {
    for (const [token, session] of this.#byToken)
      if (session.userId === userId && session.clientId === clientId) this.#byToken.delete(token);
  }

  #expiry(): Date {
    return new Date(this.#now().getTime() + this.#seconds() * 1000);
  }

  #sweep(): void {
    for (const token of this.#byToken.keys()) this.peek(token);
  }
}
