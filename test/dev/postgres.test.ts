import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../src/dev/ports.ts';
import { ensureDatabases, startPostgres } from '../../src/dev/postgres.ts';
import { temporaryFolder } from './folder.ts';

vi.setConfig({ testTimeout: 90_000 });

async function setting() {
  const folder = await temporaryFolder();
  const options = {
    dataFolder: join(folder, 'data'),
    port: await freePort(),
    password: "p@ss w/o'rd",
    logFile: join(folder, 'postgres.log'),
  };
  const start = async () => {
    const server = await startPostgres(options);
    onTestFinished(() => server.child.stop());
    return server;
  };
  return { options, start };
}

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it('the embedded PostgreSQL keeps what was committed across kill -9 and a restart', async () => {
  const { start } = await setting();
  const first = await start();
  await ensureDatabases(first.url('postgres'), ['tandem', 'sandbox']);
  await ensureDatabases(first.url('postgres'), ['tandem']);
  await query(first.url('tandem'), 'create table kept as select 1 as one');
  process.kill(first.child.ref.pid, 'SIGKILL');
  await first.child.exited;
  const second = await start();
  expect(await query(second.url('tandem'), 'select * from kept')).toEqual([{ one: 1 }]);
});

it('a server that a killed start left on the folder is ended first', async () => {
  const { start } = await setting();
  const left = await start();
  const again = await start();
  expect(left.child.hasExited()).toBe(true);
  expect(await query(again.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('errors quote people’s data, so none reaches the log', async () => {
  const { start, options } = await setting();
  const { url } = await start();
  const secret = 'Zebulon Quartermain';
  await query(url('postgres'), 'create table person (name text unique)');
  await query(url('postgres'), `insert into person values ('${secret}')`);
  await expect(
    query(url('postgres'), `insert into person values ('${secret}')`),
  ).rejects.toMatchObject({ code: '23505' });
  await expect(query(url('postgres'), `select '${secret}'::int`)).rejects.toThrow(secret);
  const log = await readFile(options.logFile, 'utf8');
  expect(log).toContain('ready to accept connections');
  expect(log).not.toContain(secret);
});

it('a data folder of another version is refused with what to do, and left as it is', async () => {
  const { start, options } = await setting();
  await (await start()).child.stop();
  const version = join(options.dataFolder, 'PG_VERSION');
  await writeFile(version, '15\n');
  await expect(start()).rejects.toThrow(
    /belongs to PostgreSQL 15, and this is PostgreSQL \d+[\s\S]*--fresh/,
  );
  expect(await readFile(version, 'utf8')).toBe('15\n');
});

it('a password that is not the folder’s is told from a server that does not answer', async () => {
  const { start, options } = await setting();
  await (await start()).child.stop();
  options.password = 'another';
  await expect(start()).rejects.toThrow('do not belong together');
});

it('a port that is taken is named as the reason', async () => {
  const { start, options } = await setting();
  await start();
  const other = await setting();
  other.options.port = options.port;
  await expect(other.start()).rejects.toThrow(/PostgreSQL did not start[\s\S]*took the port/);
});
