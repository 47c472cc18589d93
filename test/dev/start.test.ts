import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../src/dev/processes.ts';
import { temporaryFolder } from './folder.ts';

const START = fileURLToPath(new URL('../../src/dev/start.ts', import.meta.url));

/** Salesforce and Temporal count as given, so that only PostgreSQL is started. */
const GIVEN = {
  SALESFORCE_USERNAME: 'sync@example.com',
  SALESFORCE_PASSWORD: 'x',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
};

async function setting() {
  const data = join(await temporaryFolder(), 'data');
  const start = (args: string[] = [], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [START, '--data', data, '--no-sync', ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...GIVEN, ...env },
    });
    let output = '';
    const upTo = new Map<string, () => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        for (const [text, told] of upTo) if (output.includes(text)) told();
      });
    }
    const closed = once(child, 'close').then(([code]) => code as number);
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await closed;
    });
    return {
      child,
      closed,
      output: () => output,
      says: (text: string) =>
        Promise.race([
          new Promise<void>((resolve) =>
            output.includes(text) ? resolve() : upTo.set(text, resolve),
          ),
          closed.then(() => Promise.reject(new Error(`ended without "${text}":\n${output}`))),
        ]),
    };
  };
  const endpoints = async () => JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8'));
  return { data, start, endpoints };
}

describe('npm start', { timeout: 120_000 }, () => {
  it('starts what is not given, refuses a second start on the folder, and stops all at SIGTERM', async () => {
    const { data, start, endpoints } = await setting();
    const first = start();
    await first.says('Everything is up');
    const { pids, ...rest } = await endpoints();
    expect(rest).toMatchObject({
      connection: 'default',
      salesforce: null,
      temporal: null,
      web: null,
    });
    expect(pids).toMatchObject({
      main: first.child.pid,
      worker: [],
      temporal: null,
      sandbox: null,
    });
    expect(await commandLine(pids.postgres)).toContain('postgres');

    const second = start();
    expect(await second.closed).toBe(1);
    expect(second.output()).toContain(`already runs on ${data} (process ${first.child.pid})`);

    first.child.kill('SIGTERM');
    expect(await first.closed).toBe(0);
    expect(await commandLine(pids.postgres)).toBe('');
    await expect(endpoints()).rejects.toMatchObject({ code: 'ENOENT' });

    const again = start();
    await again.says('Everything is up');
    expect((await endpoints()).database).toEqual(rest.database);
  });

  it('ends with 0 when it is stopped in the middle of its start', async () => {
    const { start } = await setting();
    const { child, closed, says } = start();
    await says('PostgreSQL');
    child.kill('SIGINT');
    expect(await closed).toBe(0);
  });

  it('stops what runs already when a later part fails, and says what to do', async () => {
    const { data, start } = await setting();
    await mkdir(data);
    const { closed, output } = start([], {
      TEMPORAL_ADDRESS: '',
      TEMPORAL_CLI_PATH: '/nowhere/temporal',
    });
    expect(await closed).toBe(1);
    expect(output()).toMatch(/TEMPORAL_CLI_PATH is \/nowhere\/temporal[\s\S]*All stopped/);
    await expect(readFile(join(data, 'postgres/postmaster.pid'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('a database that does not answer is named', async () => {
    const { start } = await setting();
    const { closed, output } = start([], { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none' });
    expect(await closed).toBe(1);
    expect(output()).toContain('127.0.0.1:1');
    expect(output()).not.toContain('    at ');
  });

  it('wrong options and wrong settings end it before anything is started', async () => {
    const { data, start } = await setting();
    const option = start(['--peple', '5']);
    expect(await option.closed).toBe(2);
    expect(option.output()).toContain('--peple');
    const file = join(data, '..', 'tandem.yaml');
    await writeFile(file, 'puase: 5s\n');
    const settings = start(['--config', file]);
    expect(await settings.closed).toBe(1);
    expect(settings.output()).toContain('puase');
    await expect(readFile(join(data, 'state.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
