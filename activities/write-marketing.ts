import { recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { type WriteCounts, writeStaged } from '../src/marketing/apply.ts';
import { settleUnions } from '../src/marketing/unions.ts';
import { objectSpec } from '../src/sync/objects.ts';
import type { Deps, StagedInput } from './deps.ts';
import { hasField } from './fields.ts';

/** Step 3 of a cycle: staged rows to marketing, with the watermark when it is given (N5). */
export async function writeMarketing(
  deps: Deps,
  { connection, object, run, batch, serverTime }: StagedInput & { serverTime: string | null },
): Promise<WriteCounts> {
  const { config, db } = deps.connection(connection);
  const startedAt = new Date();
  const cycle = await startCycle(db, run);
  const mappings = await readFieldMap(db);
  const input = {
    spec: objectSpec(object),
    mappings,
    batch,
    externalIdField: hasField(object, config.externalIdField, mappings)
      ? config.externalIdField
      : null,
    serverTime: serverTime === null ? null : new Date(serverTime),
  };
  const written = await writeStaged(db, input, async (tx, counts) => {
    const { deleted, undeleted, postponed, ...changes } = counts;
    const step = { cycle, object, status: 'done', startedAt } as const;
    await recordStep(tx, { ...step, operation: 'pull updates', ...changes });
    if (deleted + undeleted > 0) {
      await recordStep(tx, { ...step, operation: 'pull deletes', deleted, undeleted });
    }
  });
  if (input.spec.table === 'person') {
    await settleUnions(db, mappings, async (tx, { converted, merged }) => {
      const step = { cycle, object, status: 'done', startedAt } as const;
      const [conversions, merges] = ['pull conversions', 'pull merges'] as const;
      if (converted > 0)
        await recordStep(tx, { ...step, operation: conversions, updated: converted });
      if (merged > 0) await recordStep(tx, { ...step, operation: merges, updated: merged });
    });
  }
  return written;
}
