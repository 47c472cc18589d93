import { type Comparison, readComparisons, wantComparisons } from '../ledger/comparisons.ts';
import { readLoads } from '../ledger/loads.ts';
import { rereadCount } from '../ledger/rereads.ts';
import type { Sql } from '../marketing/database.ts';

/** What the comparison of one object's ids found, and what is left to repair (N8). */
export interface ComparisonEntry extends Omit<Comparison, 'jobId' | 'locator' | 'listed'> {
  /** Missing records that the next cycles still have to read. */
  left: number;
}

/** Objects whose first copy is done: the others have nothing to compare. */
export async function comparableObjects(sql: Sql): Promise<string[]> {
  return (await readLoads(sql)).filter(({ state }) => state === 'done').map(({ object }) => object);
}

/** Asks for a comparison; the answer tells it from earlier ones. */
export async function askForComparison(sql: Sql, objects: readonly string[]): Promise<Date> {
  return wantComparisons(sql, objects);
}

export async function listComparisons(
  sql: Sql,
  objects: readonly string[],
): Promise<ComparisonEntry[]> {
  const runs = await readComparisons(sql, objects);
  return Promise.all(
    runs.map(async ({ jobId, locator, listed, ...run }) => ({
      ...run,
      left: await rereadCount(sql, [run.object]),
    })),
  );
}

/** Has the comparison asked for at this time come to its end? */
export function hasEnded({ startedAt, endedAt }: ComparisonEntry, asked: Date): boolean {
  return startedAt !== null && endedAt !== null && startedAt >= asked && endedAt >= startedAt;
}
