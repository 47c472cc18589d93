import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  url: string;
  /** Drops it, with the sessions still on it. */
  drop(): Promise<void>;
}

/** An empty database of its own for one test file or test, on the run's PostgreSQL. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => drop(server, name),
  };
}

/** A session that is just closing gets PostgreSQL's five seconds to end: ended by force, it would raise an error that nobody awaits. */
async function drop(server: string, name: string): Promise<void> {
  try {
    await onServer(server, `drop database if exists ${name}`);
  } catch (error) {
    if ((error as { code?: string }).code !== IN_USE) throw error;
    await onServer(server, `drop database if exists ${name} with (force)`);
  }
}

/** SQLSTATE object_in_use. */
const IN_USE = '55006';

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
