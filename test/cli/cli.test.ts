import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { recordErrors } from '../../src/ledger/sync-errors.ts';
import { openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-cli-'));
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.url);
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(SALESFORCE|TEMPORAL|DATABASE_URL)/.test(name)) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('DATABASE_URL', database.url);
  // A port that nothing listens on: refused at once.
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
});
afterEach(() => vi.unstubAllEnvs());

async function tandem(...argv: string[]) {
  const written = { out: '', err: '' };
  const code = await main(argv, {
    out(text) {
      written.out += text;
    },
    err(text) {
      written.err += text;
    },
  });
  return { code, ...written };
}

function settings(text: string): string {
  const file = join(folder, 'tandem.yaml');
  writeFileSync(file, text);
  return file;
}

const isOneLine = (text: string) => /^[^\n]+\n$/.test(text);

const COMMANDS =
  'start status pause resume sync set-pause check cycles errors conflicts fields replay worker migrate'.split(
    ' ',
  );

describe('wrong use ends with 2 and nothing on stdout', () => {
  it.each([
    [['nope']],
    [['status', '--colour']],
    [['status', 'extra']],
    [['set-pause']],
    [['set-pause', '5']],
    [['cycles', '--limit', 'many']],
    [['cycles', '--since', 'yesterday-ish']],
    [['fields', '--object', 'Widget']],
    [['errors', '--try-again', 'one']],
    [['errors', '--try-again', 'all', '--dismiss', '1']],
    [['status', '--connection', 'nowhere']],
    [['status', '--json', '--data']],
  ])('%j', async (argv) => {
    const { code, out, err } = await tandem(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toSatisfy(isOneLine);
  });

  it('no command at all: the help, on stderr', async () => {
    const { code, out, err } = await tandem();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    for (const command of COMMANDS) expect(err).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });
});

it('help that is asked for is done, on stdout', async () => {
  const { code, out, err } = await tandem('--help');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('Usage: tandem');
});

it.each(COMMANDS)('%s takes --data, --config, --connection and --json', async (command) => {
  const { out } = await tandem(command, '--help');
  for (const option of ['--data', '--config', '--connection', '--json'])
    expect(out).toContain(option);
});

describe('a failure ends with 1, one line on stderr that says what to do, and nothing on stdout', () => {
  it('nothing is configured', async () => {
    vi.stubEnv('DATABASE_URL', undefined);
    const { code, out, err } = await tandem('cycles', '--json', '--data', folder);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toSatisfy(isOneLine);
    expect(err).toContain('set DATABASE_URL');
  });

  it('many wrong settings are still one line', async () => {
    const { code, out, err } = await tandem('cycles', '--config', settings('paus: 1m\npause: 5'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toSatisfy(isOneLine);
    expect(err).toMatch(/tandem\.yaml:1: paus: .*tandem\.yaml:2: pause: /);
  });

  it('L4: a database that cannot be reached is named without its password', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://sync:hunter2@127.0.0.1:1/none');
    const { code, out, err } = await tandem('fields', '--json');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toSatisfy(isOneLine);
    expect(err).not.toContain('hunter2');
  });

  it('a database without the schema', async () => {
    const empty = await freshDatabase();
    vi.stubEnv('DATABASE_URL', empty.url);
    const { code, err } = await tandem('conflicts', '--json');
    await empty.drop();
    expect(code).toBe(1);
    expect(err).toContain('tandem migrate');
  });
});

describe('--json prints one JSON value and nothing else', () => {
  it.each([[['cycles']], [['errors']], [['conflicts']], [['fields']], [['migrate']]])(
    '%j',
    async (argv) => {
      const { code, out, err } = await tandem(...argv, '--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(() => JSON.parse(out)).not.toThrow();
    },
  );

  it('the options may stand before the command', async () => {
    const { code, out } = await tandem('--json', 'cycles');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([]);
  });
});

describe('while Temporal is away', () => {
  const asked = [
    ['pause'],
    ['resume'],
    ['sync'],
    ['sync', '--wait'],
    ['set-pause', '5m'],
    ['start'],
    ['replay'],
  ];

  it('what needs it ends with 1 and what to do; K1: the status comes from the database and says so', async () => {
    const [status, human, ...failed] = await Promise.all([
      tandem('status', '--json'),
      tandem('status'),
      ...asked.map((argv) => tandem(...argv, '--json')),
    ]);
    for (const { code, out, err } of failed) {
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toSatisfy(isOneLine);
      expect(err).toContain('set TEMPORAL_ADDRESS');
    }
    expect(status).toMatchObject({ code: 0, err: '' });
    const value = JSON.parse(status!.out);
    expect(Object.keys(value)).toEqual(
      expect.arrayContaining(['connection', 'orgId', 'state', 'reason', 'lastSync', 'nextSyncAt']),
    );
    expect(value.state).not.toBeNull();
    expect(human!.out).toMatch(/^Not live \(Temporal does not answer at 127\.0\.0\.1:1/);
  }, 30_000);
});

it('endpoints.json of --data gives the database', async () => {
  vi.stubEnv('DATABASE_URL', undefined);
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(
    join(data, 'endpoints.json'),
    JSON.stringify({ connection: 'default', database: { url: database.url } }),
  );
  expect((await tandem('cycles', '--json', '--data', data)).code).toBe(0);
});

it('K3: errors are shown, tried again and dismissed', async () => {
  const db = openDatabase(database.url, { max: 1 });
  const error = {
    personId: null,
    sfdcId: null,
    code: 'REQUIRED_FIELD_MISSING',
    message: 'Company',
    fields: [],
  };
  await recordErrors(db, 'Lead', 'push new', [
    { ...error, record: 'a' },
    { ...error, record: 'b' },
  ]);
  await db.end();
  const list = async () => JSON.parse((await tandem('errors', '--json')).out);
  const [first] = await list();
  expect(first.nextTry).not.toBeNull();
  expect((await tandem('errors')).out).toContain('REQUIRED_FIELD_MISSING');
  expect(JSON.parse((await tandem('errors', '--try-again', 'all', '--json')).out)).toEqual({
    due: 2,
  });
  expect((await list())[0].nextTry).toBeNull();
  expect(JSON.parse((await tandem('errors', '--dismiss', first.id, '--json')).out)).toEqual({
    dismissed: 1,
  });
  expect(await list()).toHaveLength(1);
});

it('K7: the process ends with the same codes, and its stdout is the value alone', () => {
  const run = (...argv: string[]) =>
    spawnSync(process.execPath, ['src/cli/main.ts', ...argv], {
      encoding: 'utf8',
      env: process.env,
    });
  expect(run('nope').status).toBe(2);
  const cycles = run('cycles', '--json');
  expect(cycles.status).toBe(0);
  expect(JSON.parse(cycles.stdout)).toEqual([]);
  expect(cycles.stderr).toBe('');
  const failed = spawnSync(process.execPath, ['src/cli/main.ts', 'cycles', '--data', folder], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: '' },
  });
  expect(failed.status).toBe(1);
}, 30_000);
