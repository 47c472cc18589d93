import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CSV, ingestClient } from './ingest-client.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const call = restForTests(sandbox);
/** A connection of its own, which holds up whoever reads or writes leads. */
let holder: pg.Client;

beforeAll(async () => {
  holder = new pg.Client({ connectionString: sandbox.databaseUrl });
  await holder.connect();
});

afterAll(() => holder.end());

const others = (where: string) =>
  `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ${where}`;

/** Connections of the pool that ended are found out one by one. */
const again = (holds: () => Promise<void>) => vi.waitFor(holds, 10_000);

/** Begins `work` while leads are locked, and ends every session of the sandbox once so many wait. */
async function whileItWaits<T>(waiting: number, work: () => Promise<T>): Promise<T> {
  await holder.query('BEGIN; LOCK TABLE org."Lead"');
  const done = work();
  await vi.waitFor(async () => {
    // Within a transaction the activity stands still.
    await holder.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await holder.query(
      `SELECT count(*)::int AS n ${others("AND wait_event_type = 'Lock'")}`,
    );
    expect(rows[0].n).toBeGreaterThanOrEqual(waiting);
  }, 10_000);
  await holder.query(`SELECT pg_terminate_backend(pid) ${others('')}`);
  await holder.query('COMMIT');
  return done;
}

it('a request whose session PostgreSQL ends is a 503, and the next one is answered', async () => {
  const path = 'query?q=SELECT+Id+FROM+Lead';
  const { status, body } = await whileItWaits(1, () => call('GET', path));
  expect(status).toBe(503);
  expect(body).toEqual([{ errorCode: 'SERVER_UNAVAILABLE', message: 'Server Unavailable' }]);
  await again(async () => expect((await call('GET', path)).status).toBe(200));
});

it('bulk jobs whose sessions PostgreSQL ends go on by themselves, and do no row twice', async () => {
  const { open, close, finish } = ingestClient(call);
  const id = await open({ lineEnding: 'LF' });
  await call('PUT', `jobs/ingest/${id}/batches`, 'LastName,Company\nSturm,Nile\n', CSV);
  const query = { operation: 'query', query: 'SELECT Id FROM Lead' };
  const { body: asked } = await whileItWaits(2, async () => {
    await close(id);
    return call('POST', 'jobs/query', query);
  });
  expect(await finish(id)).toMatchObject({ numberRecordsProcessed: 1, numberRecordsFailed: 0 });
  await vi.waitFor(
    async () =>
      expect((await call('GET', `jobs/query/${asked.id}`)).body.state).toBe('JobComplete'),
    10_000,
  );
  const { body } = await call('GET', "query?q=SELECT+Id+FROM+Lead+WHERE+LastName='Sturm'");
  expect(body.totalSize).toBe(1);
});
