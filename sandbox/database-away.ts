import type { Pool } from 'pg';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT']);

/**
 * Keeps a pool through the loss of its connections: the query that runs on one fails and says why, and
 * the next query gets another. Without a listener an error of a client ends the process.
 */
export function outliveConnections(pool: Pool, tell: (message: string) => void): void {
  pool.on('error', ({ message }) => tell(message));
  pool.on('connect', (client) => client.on('error', () => undefined));
}

/** Is PostgreSQL gone, going or coming, so that the same may work in a moment? */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as { code?: string };
  return (
    NETWORK.has(code) ||
    // 08: connection; 57P01 to 57P05: the server stops or starts, or has ended the session.
    /^(08|57P0[1-5])/.test(code) ||
    /^Connection terminated|is not queryable$/.test(error.message)
  );
}
