import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { replaceRevokedRefreshToken, writeKeyFile } from './connected-app.ts';
import { outliveConnections } from './database-away.ts';
import { openOrg } from './sandbox-org.ts';
import { prepareOrg, readCredentials } from './seed/index.ts';
import { createServer } from './server.ts';

const USAGE =
  'usage: npm run -s sandbox -- --database URL [--port N] [--host ADDRESS] [--people N | --leads N --contacts N] [--keys DIR]';

/** Connections to PostgreSQL: bulk results and late commits hold theirs for long. */
const MOST_CONNECTIONS = 30;
/** Milliseconds that running queries get to end before the process does. */
const LAST_QUERIES = 2000;
const MOST_PEOPLE = 10_000_000;

interface Settings {
  database: string;
  port: number;
  host: string;
  people: number;
  /** In place of `people`, where one of the two is given; the other is then 0. */
  mix: { leads: number; contacts: number } | undefined;
  keys: string | undefined;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      people: { type: 'string', default: '2000' },
      leads: { type: 'string' },
      contacts: { type: 'string' },
      keys: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const { database, host, keys, leads, contacts } = values;
  if (database === undefined) throw new Error(`--database is missing; ${USAGE}`);
  return {
    database,
    host,
    keys,
    port: wholeNumber('--port', values.port, 65_535),
    people: wholeNumber('--people', values.people, MOST_PEOPLE),
    mix:
      leads === undefined && contacts === undefined
        ? undefined
        : {
            leads: wholeNumber('--leads', leads ?? '0', MOST_PEOPLE),
            contacts: wholeNumber('--contacts', contacts ?? '0', MOST_PEOPLE),
          },
  };
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > most)
    throw new Error(`${name} must be a whole number from 0 to ${most}, not "${text}"; ${USAGE}`);
  return value;
}

async function main(): Promise<void> {
  const { database, port, host, people, mix, keys } = readSettings();
  const pool = new pg.Pool({ connectionString: database, max: MOST_CONNECTIONS });
  outliveConnections(pool, (message) => process.stderr.write(`sandbox: PostgreSQL: ${message}\n`));
  const app = await open(pool, { people, mix });
  const stop = async () => {
    await app.close();
    // A transaction that a late commit holds open would keep the pool for as long; it is rolled back instead.
    await Promise.race([pool.end(), sleep(LAST_QUERIES)]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  const url = await app.listen({ port, host });
  const { admin, jwtPrivateKey, ...credentials } = await readCredentials(pool);
  const jwtKeyFile = keys === undefined ? null : await writeKeyFile(keys, jwtPrivateKey);
  const { username, password } = admin;
  const ready = {
    ready: true,
    url,
    controlUrl: `${url}/control`,
    ...credentials,
    jwtKeyFile,
    admin: { username, password },
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

async function open(pool: pg.Pool, size: Pick<Settings, 'people' | 'mix'>) {
  const log = (line: string) => process.stderr.write(`sandbox: ${line}\n`);
  await prepareOrg(pool, { ...size, log });
  await replaceRevokedRefreshToken(pool);
  return createServer(await openOrg(pool));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`sandbox: ${explain(error)}\n`);
  process.exit(1);
}

/** One line that says what to do. */
function explain(error: unknown): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code?.startsWith('ERR_PARSE_ARGS_')) return `${message}; ${USAGE}`;
  if (code === 'EADDRINUSE') return `port ${port} is taken: choose another with --port`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: check --host`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT')
    return `PostgreSQL cannot be reached (${code}): check --database and that the server runs`;
  if (code === '3D000') return `${message}: create it first, or check --database`;
  if (code === '28P01' || code === '28000')
    return `PostgreSQL refused the login (${message}): check --database`;
  return message || String(error);
}
