import type { Sql } from '../marketing/database.ts';

/** Drops exactly these pending changes: an edit made since has an id of its own and stays (N1). */
export async function dropPending(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query('delete from tandem.pending_change where id = any($1::bigint[])', [[...ids]]);
}

export interface PendingWindow {
  /** People with a pending change in the window, each once. */
  personIds: string[];
  /** The window's last id; null behind the last window. */
  next: string | null;
}

/**
 * The next `limit` pending changes after id `after`, oldest first. A later commit with a lower id is
 * not lost (trap 29): the walk begins at 0 each time, and a row goes only by its id.
 */
export async function pendingWindow(
  sql: Sql,
  after: string | null,
  limit: number,
): Promise<PendingWindow> {
  const { rows } = await sql.query<{ id: string; person_id: string }>(
    `select id::text, person_id from tandem.pending_change where id > $1 order by tandem.pending_change.id limit $2`,
    [after ?? '0', limit],
  );
  return {
    personIds: [...new Set(rows.map(({ person_id }) => person_id))],
    next: rows.length === limit ? rows.at(-1)!.id : null,
  };
}
