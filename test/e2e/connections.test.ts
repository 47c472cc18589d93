import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CommandResult, runCommand, type System, startSystem } from '../support/system.ts';

// Several cycles a test, on machines that may do much else.
vi.setConfig({ testTimeout: 120_000 });

/** Three databases on one org, a policy for deleted people each, and a fourth on another org. */
const CONFIG = `
pause: 1h
connections:
  keep:
  remove:
    people: { onDelete: delete }
  forget:
    people: { onDelete: forget }
  west:
    people:
      createInSalesforce: { when: "email like '%@wanted.example'" }
`;
const NAMES = ['keep', 'remove', 'forget', 'west'] as const;
type Name = (typeof NAMES)[number];
const CLI = resolve(import.meta.dirname, '../../src/cli/main.ts');

let east: System;
let west: System;
let worker: ChildProcess;
let env: NodeJS.ProcessEnv;
let configFile: string;
const databases = {} as Record<Name, pg.Pool>;

beforeAll(async () => {
  [east, west] = await Promise.all([
    startSystem({ people: 40, args: ['--no-sync'] }),
    startSystem({ people: 30 }),
  ]);
  configFile = join(east.dataDir, 'connections.yaml');
  await writeFile(configFile, CONFIG);
  env = { ...east.env, TEMPORAL_ADDRESS: east.endpoints.temporal.address };
  for (const name of NAMES) {
    await east.sql(`create database tandem_${name}`);
    const url = new URL(east.endpoints.database.url);
    url.pathname = `/tandem_${name}`;
    databases[name] = new pg.Pool({ connectionString: url.href, max: 2 });
    const { salesforce } = (name === 'west' ? west : east).endpoints;
    const suffix = `__${name.toUpperCase()}`;
    env[`DATABASE_URL${suffix}`] = url.href;
    env[`SALESFORCE_LOGIN_URL${suffix}`] = salesforce.loginUrl;
    env[`SALESFORCE_CLIENT_ID${suffix}`] = salesforce.clientId;
    env[`SALESFORCE_CLIENT_SECRET${suffix}`] = salesforce.clientSecret;
  }
  worker = await startWorker(env);
  for (const name of NAMES) expect((await tandem(name, 'start')).code).toBe(0);
  for (const name of NAMES) await firstSync(name);
});
afterAll(async () => {
  await Promise.all(Object.values(databases).map((database) => database.end()));
  await stopWorker();
  await Promise.all([east?.remove(), west?.remove()]);
});

async function startWorker(environment: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CLI, 'worker', '--config', configFile], {
    cwd: east.dataDir,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((up, failed) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => /is up/.test(text) && up());
    child.once('exit', (code) => failed(new Error(`the worker ended with ${code}: ${said}`)));
  });
  return child;
}

async function stopWorker(): Promise<void> {
  if (!worker || worker.exitCode !== null) return;
  const ended = new Promise((done) => worker.once('exit', done));
  worker.kill('SIGTERM');
  await ended;
}

const tandem = (name: Name, ...args: string[]): Promise<CommandResult> =>
  runCommand([...args, '--connection', name, '--config', configFile, '--json'], env, east.dataDir);

async function firstSync(name: Name): Promise<void> {
  const until = Date.now() + 90_000;
  for (;;) {
    const { code, json, stderr } = await tandem(name, 'status');
    if (code === 0 && json.lastSync !== null) return;
    if (Date.now() > until) throw new Error(`${name} did not sync: ${stderr}`);
  }
}

async function synced(...names: Name[]): Promise<void> {
  for (const name of names) {
    const { code, stderr } = await tandem(name, 'sync', '--wait', '--timeout', '60s');
    if (code !== 0) throw new Error(`${name}: ${stderr}`);
  }
}

const leadOf = async (name: Name, sfdcId: string) =>
  (await databases[name].query('select * from marketing.person where sfdc_id = $1', [sfdcId]))
    .rows[0];
const drop = (name: Name, sfdcId: string) =>
  databases[name].query('delete from marketing.person where sfdc_id = $1', [sfdcId]);

async function lead(at: number): Promise<string> {
  const rows = await east.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id');
  return rows[at]!.Id!;
}

describe('several connections, one worker', () => {
  it('A4, L3: each has its own org, database and workflow, and all that its org holds', async () => {
    for (const name of NAMES) {
      const system = name === 'west' ? west : east;
      const { json } = await tandem(name, 'status');
      const [organization] = await system.crm.query('SELECT Id FROM Organization');
      expect(json).toMatchObject({ connection: name, orgId: organization!.Id });
      const [{ n }] = (await system.crm.query('SELECT COUNT(Id) n FROM Lead')) as [{ n: string }];
      const { rows } = await databases[name].query(
        `select count(*)::text as n from marketing.person where sfdc_type = 'Lead'`,
      );
      expect(rows).toEqual([{ n }]);
    }
  });

  it('two starts in two folders side by side do not meet', async () => {
    const [one, two] = [east.endpoints, west.endpoints];
    expect(one.temporal.address).not.toBe(two.temporal.address);
    expect(one.salesforce.loginUrl).not.toBe(two.salesforce.loginUrl);
    const theirs = (await west.tandem(['status'])).json;
    expect(theirs).toMatchObject({ connection: 'default', state: 'waiting' });
    await expect(west.temporal.workflow.getHandle('tandem/keep').describe()).rejects.toThrow();
  });

  it('N1: what one database changes reaches the other through their org', async () => {
    const id = await lead(0);
    await databases.keep.query("update marketing.person set city = 'Relay' where sfdc_id = $1", [
      id,
    ]);
    await synced('keep', 'forget');
    expect(await leadOf('forget', id)).toMatchObject({ city: 'Relay' });
  });

  it('C14 keep: a deleted person is gone here only, until its record next changes', async () => {
    const id = await lead(1);
    await drop('keep', id);
    await synced('keep', 'forget');
    expect(await leadOf('keep', id)).toBeUndefined();
    expect(await leadOf('forget', id)).toMatchObject({ sfdc_is_deleted: false });
    await east.crm.update('Lead', id, { City: 'Changed since' });
    await synced('keep');
    expect(await leadOf('keep', id)).toMatchObject({ city: 'Changed since' });
  });

  it('C14 forget: a deleted person never comes back, and Salesforce keeps its record', async () => {
    const id = await lead(2);
    await drop('forget', id);
    await synced('forget');
    await east.crm.update('Lead', id, { City: 'Changed since' });
    await synced('forget', 'keep');
    expect(await leadOf('forget', id)).toBeUndefined();
    expect(await leadOf('keep', id)).toMatchObject({
      city: 'Changed since',
      sfdc_is_deleted: false,
    });
  });

  it('C14 delete: Salesforce’s record goes too', async () => {
    const id = await lead(3);
    await drop('remove', id);
    await synced('remove');
    const [record] = await east.crm.query(`SELECT IsDeleted FROM Lead WHERE Id = '${id}'`, {
      deletedToo: true,
    });
    expect(record).toMatchObject({ IsDeleted: 'true' });
    await synced('remove', 'keep');
    expect(await leadOf('remove', id)).toBeUndefined();
    expect(await leadOf('keep', id)).toMatchObject({ sfdc_is_deleted: true });
  });

  it('C5: people are created when the condition of the config holds for them, and no others', async () => {
    await databases.west.query(
      `insert into marketing.person (last_name, company, email)
       values ('One', 'Acme', 'one@wanted.example'), ('Two', 'Acme', 'two@other.example')`,
    );
    await synced('west');
    const find = `SELECT Email FROM Lead WHERE Email IN ('one@wanted.example', 'two@other.example')`;
    expect((await west.crm.query(find)).map(({ Email }) => Email)).toEqual(['one@wanted.example']);
    // One who comes to meet it later is created then.
    await databases.west.query(
      "update marketing.person set email = 'two@wanted.example' where last_name = 'Two'",
    );
    await synced('west');
    const two = `SELECT Email FROM Lead WHERE Email = 'two@wanted.example'`;
    expect(await west.crm.query(two)).toHaveLength(1);
  });

  it('C5: without it nobody is created', async () => {
    await databases.keep.query(
      "insert into marketing.person (last_name, company, email) values ('No', 'One', 'no@wanted.example')",
    );
    await synced('keep');
    expect(await east.crm.query(`SELECT Id FROM Lead WHERE Email = 'no@wanted.example'`)).toEqual(
      [],
    );
  });

  it('L3: credentials that lead to another org are refused, and nothing is changed', async () => {
    await stopWorker();
    const { loginUrl, clientId, clientSecret } = east.endpoints.salesforce;
    env.SALESFORCE_LOGIN_URL__WEST = loginUrl;
    env.SALESFORCE_CLIENT_ID__WEST = clientId;
    env.SALESFORCE_CLIENT_SECRET__WEST = clientSecret;
    const count = () => databases.west.query('select count(*) from marketing.person');
    const { rows: before } = await count();
    worker = await startWorker(env);
    await tandem('west', 'resume');
    const { code, stderr } = await tandem('west', 'sync', '--wait');
    expect(code).toBe(1);
    expect(stderr).toMatch(/org/);
    expect((await count()).rows).toEqual(before);
    expect((await tandem('west', 'check')).code).toBe(1);
    expect((await tandem('keep', 'sync', '--wait')).code).toBe(0);
  });
});
