import { AsyncLocalStorage } from 'node:async_hooks';
import type { Executor, Session } from './org.ts';

/** What code far from the route needs to know about the request it works for. */
export interface CurrentRequest {
  /** Path with query string. */
  url: string;
  /** Milliseconds that its transactions stay open before they commit: the fault `late-commit`. */
  commitDelay: number;
}

/** The request being handled. */
export const currentRequest = new AsyncLocalStorage<CurrentRequest>();

/** Set while a composite sends its subrequests through the server: they run as its caller, on its connection. */
export const subrequestCaller = new AsyncLocalStorage<{ session: Session; db: Executor }>();
