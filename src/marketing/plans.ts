import type { Transaction } from './database.ts';

/**
 * Plans of this transaction go from the few rows at hand by index into the big tables: what a step
 * costs depends on what changed, however many people there are. JIT would cost more than it saves.
 */
export async function goByIndex(tx: Transaction): Promise<void> {
  await tx.query(`select set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`);
}
