import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Org } from '../org.ts';
import type { SObject } from '../schema.ts';
import { sharingSql } from '../sharing.ts';
import { ROW, readRows } from './row-reader.ts';

type Request = Pick<FastifyRequest, 'headers' | 'session' | 'db'>;

const MOST_ITEMS = 200;

export async function createRecentItems(pool: Pick<Pool, 'query'>): Promise<void> {
  await pool.query(
    `CREATE TABLE IF NOT EXISTS org_meta.recent_item (
       user_id text NOT NULL, id text NOT NULL, object text NOT NULL, seen_at timestamptz NOT NULL,
       PRIMARY KEY (user_id, id)
     )`,
  );
}

/** Puts a row on top of the caller's most recently used ones, when `Sforce-Mru: updateMru=true` asks for it. */
export async function noteRecent(
  org: Org,
  { headers, session, db }: Request,
  object: SObject,
  id: string,
): Promise<void> {
  const header = String(headers['sforce-mru'] ?? '');
  if (!object.searchable || !/(^|[;,\s])updateMru\s*=\s*true\b/i.test(header)) return;
  await db.query(
    `INSERT INTO org_meta.recent_item (user_id, id, object, seen_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id, id) DO UPDATE SET seen_at = EXCLUDED.seen_at`,
    [session.userId, id, object.name, org.now()],
  );
}

/** The caller's recently used rows that are still there for them, latest first; of one object, or of all. */
export async function recentItems(
  org: Org,
  { session, db }: Request,
  version: string,
  { object, limit = MOST_ITEMS }: { object?: SObject; limit?: number },
): Promise<Record<string, unknown>[]> {
  const { rows } = await db.query<{ id: string; object: string }>(
    `SELECT id, object FROM org_meta.recent_item
      WHERE user_id = $1 AND ($2::text IS NULL OR object = $2) ORDER BY seen_at DESC, id LIMIT $3`,
    [session.userId, object?.name ?? null, Math.min(limit, MOST_ITEMS)],
  );
  const found = new Map<string, Record<string, unknown>>();
  for (const [name, items] of Map.groupBy(rows, (row) => row.object)) {
    const known = org.schema.object(name);
    if (known === undefined || !session.access.canRead(known.name)) continue;
    const shown = known.fields.filter(({ type, nameField }) => type === 'id' || nameField);
    const ids = items.map(({ id }) => id);
    for (const [id, row] of await readRows(
      db,
      known,
      shown,
      ids,
      version,
      sharingSql(session, org, known, ROW),
    ))
      found.set(id, row);
  }
  return rows.map(({ id }) => found.get(id)).filter((row) => row !== undefined);
}
