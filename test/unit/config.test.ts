import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  type ConfigSource,
  environmentGives,
  formatDuration,
  loadConfig,
  parseDuration,
} from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ENV = {
  SALESFORCE_USERNAME: 'sync@example.com',
  SALESFORCE_PASSWORD: 'hunter2-password',
  DATABASE_URL: 'postgres://sync:hunter2-db@db/marketing',
};

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `settings-${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

function load(yaml: string, source: ConfigSource = {}) {
  return loadConfig({ env: ENV, file: file(yaml), ...source });
}

function problemsOf(yaml: string, source: ConfigSource = {}): readonly string[] {
  try {
    load(yaml, source);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

function endpoints(content: object): string {
  files += 1;
  const dir = join(folder, `data-${files}`);
  mkdirSync(dir);
  writeFileSync(join(dir, 'endpoints.json'), JSON.stringify(content));
  return dir;
}

describe('tandem.yaml', () => {
  it('tandem.example.yaml says the defaults', () => {
    const example = loadConfig({ env: ENV, file: 'tandem.example.yaml' });
    expect(example).toEqual(load(''));
  });

  it('the defaults are those of the rules A1, B, C5, C6, C14, M1, N2, N5', () => {
    const [connection] = load('').connections;
    expect(connection).toMatchObject({
      name: 'default',
      pauseMs: 300_000,
      overlapMs: 600_000,
      historyMs: 30 * 86_400_000,
      externalIdField: 'Tandem_Id__c',
      people: { createInSalesforce: 'asked', onDelete: 'keep' },
      objects: { Lead: { conflict: 'marketing' }, Contact: { conflict: 'salesforce' } },
      api: { budgetShare: 0.8 },
    });
  });

  it('names every unknown and every wrong key at once, each with its file and line', () => {
    const yaml = [
      'pause: 5',
      'paus: 5m',
      'people:',
      '  createInSalesforce: sometimes',
      '  onDelete: drop',
      'objects:',
      '  Lead:',
      '    conflict: me',
      '    fields:',
      '      Rating: {way: up, colour: red}',
      '  Widget: {}',
      'api:',
      '  budgetShare: 80',
    ].join('\n');
    const problems = problemsOf(yaml);
    const path = join(folder, `settings-${files}.yaml`);
    const starts = problems.map((problem) => problem.replace(path, '').split(': ').slice(0, 2));
    expect(starts).toEqual(
      expect.arrayContaining([
        [':1', 'pause'],
        [':2', 'paus'],
        [':4', 'people.createInSalesforce'],
        [':5', 'people.onDelete'],
        [':8', 'objects.Lead.conflict'],
        [':10', 'objects.Lead.fields.Rating.way'],
        [':10', 'objects.Lead.fields.Rating.colour'],
        [':11', 'objects.Widget'],
        [':13', 'api.budgetShare'],
      ]),
    );
    expect(problems).toHaveLength(9);
  });

  it('a key given twice, or text that is not YAML, is named with its line', () => {
    expect(problemsOf('pause: 5m\npause: 6m')[0]).toMatch(/:2: not YAML/);
    expect(problemsOf('pause: [1')[0]).toMatch(/:1: not YAML/);
    expect(problemsOf('- a list')[0]).toMatch(/:1: the file: /);
  });

  it('a file that is not there is named, with what to do', () => {
    expect(() => loadConfig({ env: ENV, file: join(folder, 'none.yaml') })).toThrow(
      /none\.yaml cannot be read \(ENOENT\): check the path/,
    );
  });

  it('L4: a secret in the file is refused with what to do, and is not printed', () => {
    for (const yaml of [
      'salesforce:\n  password: hunter2',
      'connections:\n  europe: {clientSecret: hunter2}',
      'databaseUrl: postgres://a:hunter2@b/c',
    ]) {
      const text = problemsOf(yaml).join('\n');
      expect(text).toMatch(/:[12]: .* set it in the environment/);
      expect(text).not.toContain('hunter2');
    }
  });

  it('B1, C4: fields take a way alone, or way, conflict rule and column', () => {
    const { objects } = load(
      'objects:\n  Lead:\n    fields:\n      Rating: pull\n      Region__c: {conflict: latest, column: region}',
    ).connections[0]!;
    expect(objects.Lead!.fields).toEqual({
      Rating: { way: 'pull' },
      Region__c: { conflict: 'latest', column: 'region' },
    });
    expect(problemsOf('objects: {Lead: {fields: {X: {column: "a b"}}}}')[0]).toContain('column');
  });

  it('G2: two objects of one name are refused, also when they differ by case', () => {
    const problems = problemsOf('objects:\n  Gadget__c: {}\n  GADGET__c: {}');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/:3: .*GADGET__c.*another case/);
  });

  it('C5: a condition may say who is created in Salesforce', () => {
    const { people } = load('people: {createInSalesforce: {when: score > 5}}').connections[0]!;
    expect(people.createInSalesforce).toEqual({ when: 'score > 5' });
  });
});

describe('connections', () => {
  const yaml =
    'pause: 1m\npeople: {onDelete: forget, defaults: {company: None}}\nconnections:\n  default:\n  north-east: {pause: 2m, people: {defaults: {lastName: Nobody}}}';
  const env = {
    ...ENV,
    SALESFORCE_USERNAME__NORTH_EAST: 'ne@example.com',
    SALESFORCE_PASSWORD__NORTH_EAST: 'secret-ne',
    DATABASE_URL__NORTH_EAST: 'postgres://db/ne',
  };

  it('each has its own settings over those of the top, and its own variables', () => {
    const { connections } = load(yaml, { env });
    expect(connections.map(({ name, pauseMs }) => [name, pauseMs])).toEqual([
      ['default', 60_000],
      ['north-east', 120_000],
    ]);
    const [first, second] = connections;
    expect(second!.people.defaults).toEqual({ lastName: 'Nobody', company: 'None' });
    expect(second!.people.onDelete).toBe('forget');
    expect(second!.salesforce.username).toBe('ne@example.com');
    expect(first!.salesforce.username).toBe('sync@example.com');
    expect(second!.databaseUrl).toBe('postgres://db/ne');
  });

  it('a further connection never takes the credentials or the database of the default one', () => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(2);
    expect(problems.join()).toContain('set DATABASE_URL__NORTH_EAST');
    expect(problems.join()).toContain('SALESFORCE_USERNAME__NORTH_EAST');
  });

  it('only the one that a command works with has to be complete', () => {
    expect(() => load(yaml, { needed: null })).not.toThrow();
    expect(() => load(yaml, { needed: 'default' })).not.toThrow();
    expect(problemsOf(yaml, { needed: 'north-east' })).toHaveLength(2);
  });
});

describe('the environment', () => {
  it('a _FILE variable reads a secret from a file, trimmed', () => {
    const secret = file('  from-a-file\n');
    const env = { ...ENV, SALESFORCE_PASSWORD: undefined, SALESFORCE_PASSWORD_FILE: secret };
    expect(load('', { env }).connections[0]!.salesforce.password).toBe('from-a-file');
  });

  it('a _FILE that cannot be read is named, without the path', () => {
    const env = { ...ENV, SALESFORCE_SECURITY_TOKEN_FILE: '/nowhere/token' };
    expect(problemsOf('', { env })).toEqual([
      'SALESFORCE_SECURITY_TOKEN_FILE names a file that cannot be read (ENOENT).',
    ]);
  });

  it('what is missing is named at once, with what to set', () => {
    const problems = problemsOf('', { env: {}, dataDir: folder });
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/set DATABASE_URL, or start a sandbox/);
    expect(problems.join()).toMatch(/set SALESFORCE_USERNAME and SALESFORCE_PASSWORD/);
    expect(load('', { env: {}, needs: [] }).connections[0]!.databaseUrl).toBe('');
  });

  it('says which parts it gives', () => {
    expect(environmentGives({ ...ENV, TEMPORAL_ADDRESS: '' })).toEqual({
      salesforce: true,
      database: true,
      temporal: false,
      temporalCliPath: null,
    });
  });
});

describe('endpoints.json', () => {
  const key = file('-----BEGIN PRIVATE KEY-----');
  const content = {
    connection: 'default',
    salesforce: {
      loginUrl: 'http://127.0.0.1:4000',
      username: 'sync@sandbox.test',
      password: 'sandbox-password',
      securityToken: 'sandbox-token',
      clientId: 'app',
      clientSecret: 'app-secret',
      refreshToken: 'sandbox-refresh',
      jwtKeyFile: key,
      admin: { username: 'admin', password: 'x' },
    },
    database: { url: 'postgres://127.0.0.1/sandbox' },
    temporal: { address: '127.0.0.1:7233', namespace: 'here', webUi: 'http://127.0.0.1:8233' },
    web: { url: null },
  };

  it('gives what the environment does not set', () => {
    const dataDir = endpoints(content);
    const config = load('', { env: {}, dataDir });
    expect(config.connections[0]).toMatchObject({
      databaseUrl: 'postgres://127.0.0.1/sandbox',
      salesforce: {
        loginUrl: 'http://127.0.0.1:4000',
        username: 'sync@sandbox.test',
        jwtKey: '-----BEGIN PRIVATE KEY-----',
      },
    });
    expect(config.temporal).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'here',
      taskQueue: 'tandem',
    });
  });

  it('the environment goes first; a way to log in that it names keeps the other ways out', () => {
    const dataDir = endpoints(content);
    const env = { DATABASE_URL: 'postgres://mine/db', SALESFORCE_PASSWORD: 'mine' };
    const [connection] = load('', { env, dataDir }).connections;
    expect(connection!.databaseUrl).toBe('postgres://mine/db');
    expect({ ...connection!.salesforce }).toEqual({
      loginUrl: 'http://127.0.0.1:4000',
      username: 'sync@sandbox.test',
      password: 'mine',
      securityToken: 'sandbox-token',
      clientId: 'app',
      clientSecret: 'app-secret',
    });
  });

  it("another user's name takes none of the sandbox user's secrets", () => {
    const dataDir = endpoints(content);
    const env = { SALESFORCE_USERNAME: 'other@example.com', SALESFORCE_PASSWORD: 'mine' };
    const { salesforce } = load('', { env, dataDir }).connections[0]!;
    expect(salesforce.securityToken).toBeUndefined();
    expect(salesforce.refreshToken).toBeUndefined();
  });

  it('of another connection is not used, and one that is damaged is named', () => {
    const dataDir = endpoints({ ...content, connection: 'europe' });
    expect(problemsOf('', { env: {}, dataDir })).toHaveLength(2);
    expect(() => load('', { dataDir: endpoints([]) })).toThrow(/is not what npm start writes/);
  });
});

it('L4: a printed config shows no secret, in whole or in part', () => {
  const env = {
    ...ENV,
    SALESFORCE_SECURITY_TOKEN: 'hunter2-token',
    SALESFORCE_CLIENT_SECRET: 'hunter2-app',
  };
  const config = load('', { env });
  const [connection] = config.connections;
  for (const value of [config, connection, connection!.salesforce]) {
    const printed = [
      inspect(value, { depth: 9 }),
      inspect(value, { depth: 9, showHidden: true }),
      JSON.stringify(value),
      String(connection),
      `${connection!.salesforce}`,
    ].join();
    expect(printed).not.toContain('hunter2');
    expect(printed).toContain('sync@example.com');
  }
});

it('durations have a unit', () => {
  expect(['5s', '1.5m', '2h', '1d', '250ms', '5', '', '5 s', '-5s'].map(parseDuration)).toEqual([
    5_000,
    90_000,
    7_200_000,
    86_400_000,
    250,
    null,
    null,
    null,
    null,
  ]);
  expect([300_000, 1_500, 90_000, 3_600_000].map(formatDuration)).toEqual([
    '5m',
    '1500ms',
    '90s',
    '1h',
  ]);
});
