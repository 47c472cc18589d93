import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let database: FreshDatabase;
let keys: string;
beforeAll(async () => {
  database = await freshDatabase();
  keys = await mkdtemp(join(tmpdir(), 'sandbox-keys-'));
});
afterAll(async () => {
  await database.drop();
  await rm(keys, { recursive: true });
});

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['sandbox/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ready(child: ChildProcess) {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line);
  throw new Error('the sandbox ended without a word');
}

async function failure(...args: string[]): Promise<{ code: number; stderr: string }> {
  const child = run(...args);
  const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  return { code, stderr };
}

describe('node sandbox/main.ts', () => {
  it('says when it is ready, with all that a client needs, and stops on SIGTERM; started again it is the same org', async () => {
    const args = ['--database', database.url, '--people', '10', '--keys', keys];
    const child = run(...args);
    const first = await ready(child);
    expect(Object.keys(first).sort()).toEqual([
      'admin',
      'clientId',
      'clientSecret',
      'controlUrl',
      'jwtKeyFile',
      'orgId',
      'password',
      'ready',
      'refreshToken',
      'securityToken',
      'url',
      'username',
    ]);
    expect((await fetch(`${first.url}/services/data`)).status).toBe(200);
    expect((await fetch(`${first.controlUrl}/calls`)).status).toBe(200);
    expect(await readFile(first.jwtKeyFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect((await stat(first.jwtKeyFile)).mode & 0o777).toBe(0o600);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);

    const again = run(...args);
    const second = await ready(again);
    expect({ ...second, url: '', controlUrl: '' }).toEqual({ ...first, url: '', controlUrl: '' });
    again.kill('SIGINT');
    expect(await once(again, 'exit')).toEqual([0, null]);
  });

  it('a revoked refresh token is replaced at the next start', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      'UPDATE org_meta.refresh_token SET revoked = true RETURNING token',
    );
    await client.end();
    const child = run('--database', database.url);
    const { refreshToken, jwtKeyFile } = await ready(child);
    expect(refreshToken).not.toBe(rows[0].token);
    expect(jwtKeyFile).toBeNull();
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it('--help tells the options', async () => {
    const child = run('--help');
    const [usage] = await once(child.stdout!, 'data');
    expect(String(usage)).toMatch(/^usage: npm run -s sandbox -- --database URL/);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
  });

  it('a port that is taken is one line that says what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stderr } = await failure('--database', database.url, '--port', String(port));
    other.close();
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `sandbox: port ${port} is taken: choose another with --port`,
    );
  });

  it.each([
    ['no database', [], /--database is missing/],
    ['a database out of reach', ['--database', 'postgres://x@127.0.0.1:1/x'], /cannot be reached/],
    ['a port that is none', ['--database', 'x', '--port', 'y'], /--port must be a whole number/],
    ['an unknown option', ['--wish'], /--wish.*usage: /],
  ])('%s is one line on stderr and exit code 1', async (_name, args, expected) => {
    const { code, stderr } = await failure(...args);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(expected);
  });
});
