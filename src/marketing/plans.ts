import type { Transaction } from './database.ts';

/**
 * Plans of this transaction go from the few rows at hand by index into the big tables: what a step
 * costs depends on what changed, however many people there are. JIT would cost more than it saves.
 */
export async function goByIndex(tx: Transaction): Promise<void> {
  const off = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'jit'];
  await tx.query(`select ${off.map((name) => `set_config('${name}', 'off', true)`).join(', ')}`);
}
