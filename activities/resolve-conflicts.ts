import { recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { type Resolved, resolveStaged } from '../src/marketing/resolve.ts';
import { objectSpec } from '../src/sync/objects.ts';
import type { Deps, StagedInput } from './deps.ts';

/** Step 2 of a cycle: staged rows of people with local edits are merged by field (C3). */
export async function resolveConflicts(
  deps: Deps,
  { connection, object, run, batch }: StagedInput,
): Promise<Resolved> {
  const { db } = deps.connection(connection);
  const startedAt = new Date();
  const cycle = await startCycle(db, run);
  const input = { spec: objectSpec(object), mappings: await readFieldMap(db), batch };
  return resolveStaged(db, input, async (tx, { updated, failed, conflicts }) => {
    const step = { cycle, object, operation: 'pull updates', status: 'done', startedAt } as const;
    await recordStep(tx, { ...step, updated, failed, conflicts });
  });
}
