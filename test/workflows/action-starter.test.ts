/** From a row to its workflow: by notification, by the poll, and as far as there is room. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startActions } from '../../src/action-starter.ts';
import { beginAction, endAction } from '../../src/ledger/actions.ts';
import { createLog } from '../../src/log.ts';
import { type Database, openDatabase } from '../../src/marketing/database.ts';
import { migrate } from '../../src/marketing/migrate.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { freshDatabase } from '../support/database.ts';
import { temporalServer } from './support.ts';

let environment: TestWorkflowEnvironment;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  environment = await temporalServer();
  database = await freshDatabase();
  await migrate(database.url);
  db = openDatabase(database.url, { max: 10 });
}, 600_000);
afterAll(async () => {
  await db?.end();
  await database?.drop();
  await environment?.teardown();
});

let most = 0;
/** An action that does nothing, and counts how many of its like are at it. */
async function runAction({ action }: { action: string }) {
  await db.syncTransaction((tx) => beginAction(tx, action));
  const { rows } = await db.query<{ open: number }>(
    `select count(*)::int as open from marketing.salesforce_action where status = 'running'`,
  );
  most = Math.max(most, rows[0]!.open);
  await db.syncTransaction((tx) =>
    endAction(tx, action, { status: 'done', code: null, reason: null, result: {} }),
  );
  return { status: 'done', code: null };
}

/** The work while a starter and a worker are up. */
async function up(taskQueue: string, pollMs: number, work: () => Promise<void>): Promise<void> {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(new DefaultLogger('ERROR')),
    activities: { runAction },
  });
  const ended = new AbortController();
  await worker.runUntil(async () => {
    const starter = startActions({
      ...{ connection: taskQueue, databaseUrl: database.url, db, log: createLog('silent') },
      ...{ client: environment.client, taskQueue, ready: () => undefined, pollMs },
      signal: ended.signal,
    });
    try {
      await work();
    } finally {
      ended.abort();
      await starter;
    }
  });
}

const ask = (count: number) =>
  db.query(
    `insert into marketing.salesforce_action (kind) select 'Sync Person' from generate_series(1, $1)`,
    [count],
  );

async function allDone(): Promise<void> {
  for (const until = Date.now() + 25_000; ; ) {
    const { rows } = await db.query<{ open: number }>(
      `select count(*)::int as open from marketing.salesforce_action where status <> 'done'`,
    );
    if (rows[0]!.open === 0) return;
    if (Date.now() > until) throw new Error(`${rows[0]!.open} were never done`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

const NEVER = 3_600_000;

it('I1: rows of before the start and after it are begun at once, without a poll, some at a time', async () => {
  await ask(2);
  await up('heard', NEVER, async () => {
    await allDone();
    await ask(45);
    await allDone();
  });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(20);
});

it('I1: a notification that was lost is made up for by the poll', async () => {
  await up('deaf', 300, async () => {
    await db.transaction(async (tx) => {
      await tx.query('alter table marketing.salesforce_action disable trigger tell_actions');
      await tx.query(`insert into marketing.salesforce_action (kind) values ('Sync Person')`);
      await tx.query('alter table marketing.salesforce_action enable trigger tell_actions');
    });
    await allDone();
  });
});

it('I1: an action whose workflow somebody ended is taken up again', async () => {
  const { rows } = await db.query<{ id: string }>(
    `insert into marketing.salesforce_action (kind) values ('Sync Person') returning id`,
  );
  await db.syncTransaction((tx) => beginAction(tx, rows[0]!.id));
  await up('ended', NEVER, allDone);
});
