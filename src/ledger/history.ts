import type { Sql } from '../marketing/database.ts';

/** So that a prune after a long pause holds no lock for long; the next cycle goes on. */
const BATCH = 10_000;

/**
 * Drops history older than `keepMs`: cycles, conflicts, API usage, notices and closed errors. Open errors stay
 * for ever (K6), and so do deletions that still keep a person away (C14). Returns the rows dropped.
 */
export async function pruneHistory(sql: Sql, keepMs: number): Promise<number> {
  const older = [
    ['cycle', 'started_at'],
    ['conflict', 'at'],
    ['api_usage', 'at'],
    ['notice', 'at'],
    ['sync_error', 'resolved_at'],
  ] as const;
  let dropped = 0;
  for (const [table, column] of older) {
    const { rowCount } = await sql.query(
      `delete from tandem.${table} where ctid in (
         select ctid from tandem.${table} where ${column} < now() - make_interval(secs => $1)
         limit ${BATCH})`,
      [keepMs / 1000],
    );
    dropped += rowCount;
  }
  return dropped;
}
