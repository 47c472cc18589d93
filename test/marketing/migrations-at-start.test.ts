import { expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { openDatabase } from '../../src/marketing/database.ts';
import { MigrationsAtStart } from '../../src/migrations-at-start.ts';
import { freshDatabase } from '../support/database.ts';

const log = createLog('silent');

it('N3: a database that is down or foreign keeps no other connection from work, and says so itself', async () => {
  const [good, foreign] = [await freshDatabase(), await freshDatabase()];
  const ended = new AbortController();
  const connections = new Map([
    ['down', { db: openDatabase('postgres://nobody@127.0.0.1:9/none'), log }],
    ['foreign', { db: openDatabase(foreign.url), log }],
    ['good', { db: openDatabase(good.url), log }],
  ]);
  await connections.get('foreign')!.db.query('create schema marketing create table mine (a int)');
  const migrations = new MigrationsAtStart(connections, ended.signal);
  expect(() => migrations.require('good')).toThrow('being made ready');
  await migrations.first();
  expect(() => migrations.require('good')).not.toThrow();
  expect(() => migrations.require('down')).toThrow(/No connection|being made ready/);
  await expect
    .poll(() => {
      try {
        return migrations.require('foreign');
      } catch (error) {
        return (error as Error).name;
      }
    })
    .toBe('ForeignDatabase');
  ended.abort();
  await Promise.all([...connections.values()].map(({ db }) => db.end()));
  await Promise.all([good.drop(), foreign.drop()]);
});

it('with the only database foreign there is nothing to work on: it is the error', async () => {
  const foreign = await freshDatabase();
  const db = openDatabase(foreign.url);
  await db.query('create schema marketing create table mine (a int)');
  const migrations = new MigrationsAtStart(
    new Map([['only', { db, log }]]),
    new AbortController().signal,
  );
  await expect(migrations.first()).rejects.toMatchObject({ name: 'ForeignDatabase' });
  await db.end();
  await foreign.drop();
});
