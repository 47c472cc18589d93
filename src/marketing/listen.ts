import pg from 'pg';
import { classify } from './errors.ts';

/** Where the trigger on marketing.salesforce_action tells of new rows. */
const CHANNEL = 'tandem_action';
/** After this a session that a firewall dropped silently is noticed. */
const KEEP_ALIVE_MS = 10_000;

export interface Listener {
  /** Resolves when the session ends, for whatever reason; what was told since is lost. */
  ended: Promise<void>;
  end(): Promise<void>;
}

/**
 * One session that hears of actions that are asked for. `heard` is called for each notification, and
 * may be called for none.
 * @throws DatabaseUnavailable and the like (errors.ts)
 */
export async function listenForActions(url: string, heard: () => void): Promise<Listener> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tandem listener',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  // Its end is told by `ended`.
  client.on('error', () => undefined);
  client.on('notification', heard);
  try {
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw classify(error, 'PostgreSQL');
  }
  return { ended, end: () => client.end().catch(() => undefined) };
}
