import { createConnection } from 'node:net';
import { type Child, launch, type StartContext, untilReady } from './child.ts';

export interface TemporalServerOptions {
  cli: string;
  /** SQLite file that keeps workflows across restarts. */
  databaseFile: string;
  port: number;
  uiPort: number;
  logFile: string;
  start: StartContext;
}

/** The names the workflows set; a server that does not know one stops every task that sets it. */
const SEARCH_ATTRIBUTES = ['TandemState', 'TandemOrg', 'TandemConnection'];

export const TEMPORAL_NAMESPACE = 'default';

/** Starts Temporal's dev server with its Web UI, on loopback only. */
export async function startTemporal(options: TemporalServerOptions): Promise<Child> {
  const { cli, databaseFile, port, uiPort, logFile, start } = options;
  const child = await launch({
    name: 'Temporal',
    command: cli,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      `--db-filename=${databaseFile}`,
      '--ui-disable-news-fetch',
      '--log-level=warn',
      '--log-format=json',
      ...SEARCH_ATTRIBUTES.map((name) => `--search-attribute=${name}=Keyword`),
    ],
    logFile,
    start,
  });
  await untilReady(
    child,
    async () => ((await accepts(port)) && (await accepts(uiPort))) || null,
    60_000,
  );
  return child;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
