import { type Operation, recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { settleDeletes, takeDeletes } from '../src/marketing/deletions.ts';
import { alone } from '../src/marketing/lock.ts';
import type { Outcome } from '../src/salesforce/port.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { CycleObjectInput, Deps } from './deps.ts';
import { pushNew } from './push/creations.ts';
import { type Push, type Recorder, WRITE_AT_ONCE } from './push/push.ts';
import { pushUpdates } from './push/updates.ts';

export interface Pushed {
  updated: number;
  created: number;
  deleted: number;
  failed: number;
  conflicts: number;
}

/**
 * Step 4 of a cycle: local edits, new people and deletions of one object to Salesforce (N1, N2). One
 * attempt at a time: one that was given up and still runs would write older values over newer ones.
 */
export async function writeSalesforce(
  deps: Deps,
  { connection, object, run }: CycleObjectInput,
  signal: AbortSignal,
): Promise<Pushed> {
  const own = deps.connection(connection);
  const mappings = await readFieldMap(own.db);
  const cycle = await startCycle(own.db, run);
  const recorder = (operation: Operation): Recorder => {
    const startedAt = new Date();
    return async (sql, counts) => {
      if (Object.values(counts).every((count) => count === 0)) return;
      await recordStep(sql, { cycle, object, operation, status: 'done', startedAt, ...counts });
    };
  };
  const goOn = () => {
    signal.throwIfAborted();
    stayInBudget(own);
  };
  const push: Push = { ...own, object, mappings, signal, goOn };
  const pushed = await alone(own.db, `push: ${object}`, async () => {
    const updates = await pushUpdates(push, recorder('push updates'));
    const deletions = await pushDeletes(push, recorder('push deletes'));
    // Last, for the one that config can spoil: a condition that PostgreSQL refuses (C5).
    const creations = await pushNew(push, recorder('push new'));
    return {
      updated: updates.updated,
      created: creations.created,
      deleted: deletions.deleted,
      failed: updates.failed + creations.failed + deletions.failed,
      conflicts: updates.conflicts,
    };
  });
  await keepUsage(own);
  return pushed;
}

async function pushDeletes(
  { db, salesforce, object, goOn }: Push,
  record: Recorder,
): Promise<{ deleted: number; failed: number }> {
  const counts = { deleted: 0, failed: 0 };
  for (;;) {
    const some = await takeDeletes(db, { object, limit: WRITE_AT_ONCE });
    if (some.length === 0) return counts;
    goOn();
    const outcomes: Outcome[] = await salesforce.delete(some.map(({ sfdcId }) => sfdcId));
    const results = some.map((deletion, index) => ({ ...deletion, outcome: outcomes[index]! }));
    const { deleted, failed } = await settleDeletes(db, { object, results }, record);
    counts.deleted += deleted;
    counts.failed += failed;
  }
}
