import { recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { type Resolved, resolveStaged } from '../src/marketing/resolve.ts';
import { objectSpec } from '../src/sync/objects.ts';
import type { CycleObjectInput, Deps } from './deps.ts';

/** Step 2 of a cycle: staged rows of people with local edits are merged by field (C3). */
export async function resolveConflicts(
  deps: Deps,
  { connection, object, run }: CycleObjectInput,
): Promise<Resolved> {
  const { db } = deps.connection(connection);
  const startedAt = new Date();
  const cycle = await startCycle(db, run);
  const resolved = await resolveStaged(db, {
    spec: objectSpec(object),
    mappings: await readFieldMap(db),
  });
  const { updated, failed, conflicts } = resolved;
  const operation = 'pull updates';
  await recordStep(db, {
    ...{ cycle, object, operation, status: 'done', startedAt },
    ...{ updated, failed, conflicts },
  });
  return resolved;
}
