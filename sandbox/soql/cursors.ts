import { randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { SalesforceError } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { Executor } from '../org.ts';
import type { Part } from './by-id.ts';

/** Ids kept in one row; a page of a query is never larger. */
const CHUNK = 2000;

/** Cursors older than this are gone. */
const LIFETIME = '2 days';

/** Queries that a user can have pages left of; one more ends the oldest. */
const MOST_OPEN = 10;

/**
 * A query's result kept between its pages: the ids of its rows, in its order. The rows themselves
 * are read when their page is asked for, so a page costs the same however deep it lies. Logged
 * tables: a cursor survives a restart of both the sandbox and PostgreSQL.
 */
export interface Cursor {
  id: string;
  soql: string;
  allRows: boolean;
  batchSize: number;
  total: number;
  /** Of children: the way to their list in the query, one key after the other; otherwise empty. */
  list: string[];
}

type NewCursor = Pick<Cursor, 'soql' | 'allRows' | 'batchSize'> & { userId: string };

export async function createCursorTables(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA IF NOT EXISTS org_meta;
    CREATE TABLE IF NOT EXISTS org_meta.query_cursor (
      id text COLLATE "C" PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL,
      soql text NOT NULL,
      all_rows boolean NOT NULL,
      batch_size int NOT NULL,
      total int NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS org_meta.query_cursor_ids (
      cursor_id text COLLATE "C" NOT NULL REFERENCES org_meta.query_cursor ON DELETE CASCADE,
      chunk int NOT NULL,
      ids text[] NOT NULL,
      PRIMARY KEY (cursor_id, chunk)
    );
    ALTER TABLE org_meta.query_cursor
      ADD COLUMN IF NOT EXISTS list text[] NOT NULL DEFAULT '{}',
      ADD COLUMN IF NOT EXISTS parent text COLLATE "C",
      ADD COLUMN IF NOT EXISTS open boolean NOT NULL DEFAULT true;
  `);
}

/** Keeps the ids of all rows of a query. */
export async function openCursor(db: Executor, ids: Part, cursor: NewCursor): Promise<Cursor> {
  await db.query(`DELETE FROM org_meta.query_cursor WHERE created_at < now() - $1::interval`, [
    LIFETIME,
  ]);
  await db.query(
    `DELETE FROM org_meta.query_cursor WHERE id IN (
       SELECT id FROM org_meta.query_cursor WHERE user_id = $1 AND open AND list = '{}'
       ORDER BY created_at DESC, id DESC OFFSET ${MOST_OPEN - 1})`,
    [cursor.userId],
  );
  return keep(db, ids, cursor, []);
}

/** Keeps the ids of a row's children whose page had no room for all of them. */
export function openListCursor(
  db: Executor,
  ids: string[],
  cursor: NewCursor,
  list: string[],
): Promise<Cursor> {
  return keep(db, { sql: 'SELECT unnest($1::text[]) AS id', params: [ids] }, cursor, list);
}

async function keep(
  db: Executor,
  ids: Part,
  { userId, ...cursor }: NewCursor,
  list: string[],
): Promise<Cursor> {
  const id = makeId('01g', randomInt(2 ** 41));
  const at = ids.params.length + 1;
  const { rows } = await db.query<{ total: number }>(
    `WITH numbered AS (
       SELECT id, row_number() OVER () - 1 AS n FROM (${ids.sql}) found
     ), chunks AS (
       SELECT (n / ${CHUNK})::int AS chunk, array_agg(id ORDER BY n) AS ids FROM numbered GROUP BY 1
     ), cursor AS (
       INSERT INTO org_meta.query_cursor (id, user_id, soql, all_rows, batch_size, list, total)
       SELECT $${at}, $${at + 1}, $${at + 2}, $${at + 3}, $${at + 4}, $${at + 5}, COALESCE(sum(cardinality(ids)), 0)
       FROM chunks RETURNING id, total
     ), kept AS (
       INSERT INTO org_meta.query_cursor_ids (cursor_id, chunk, ids)
       SELECT cursor.id, chunk, ids FROM cursor, chunks
     )
     SELECT total FROM cursor`,
    [...ids.params, id, userId, cursor.soql, cursor.allRows, cursor.batchSize, list],
  );
  return { ...cursor, id, list, total: rows[0]!.total };
}

/** Finds a user's cursor. Throws INVALID_QUERY_LOCATOR (400) for one that is unknown, another's or too old. */
export async function findCursor(db: Executor, id: string, userId: string): Promise<Cursor> {
  const { rows } = await db.query<Cursor>(
    `SELECT id, soql, all_rows AS "allRows", batch_size AS "batchSize", total, list
     FROM org_meta.query_cursor
     WHERE left(id, 15) = left($1, 15) AND user_id = $2 AND created_at >= now() - $3::interval`,
    [id, userId, LIFETIME],
  );
  if (rows[0] === undefined) throw invalidLocator();
  return rows[0];
}

/** Ties the lists of a page to the query's own cursor, whose next page ends them. */
export async function tieLists(db: Executor, { id }: Cursor, lists: string[]): Promise<void> {
  if (lists.length > 0)
    await db.query('UPDATE org_meta.query_cursor SET parent = $1 WHERE id = ANY($2)', [id, lists]);
}

/** Ends the cursors of the lists on the page before. */
export async function endLists(db: Executor, { id }: Cursor): Promise<void> {
  await db.query('DELETE FROM org_meta.query_cursor WHERE parent = $1', [id]);
}

/** Its last page was read: it no longer counts among the open ones, but can be read again. */
export async function finishCursor(db: Executor, { id }: Cursor): Promise<void> {
  await db.query('UPDATE org_meta.query_cursor SET open = false WHERE id = $1', [id]);
}

/** The ids from `offset` on, `count` at most. */
export async function idsOf(
  db: Executor,
  cursor: Cursor,
  offset: number,
  count: number,
): Promise<string[]> {
  const first = Math.floor(offset / CHUNK);
  const { rows } = await db.query<{ ids: string[] }>(
    `SELECT ids FROM org_meta.query_cursor_ids
     WHERE cursor_id = $1 AND chunk BETWEEN $2 AND $3 ORDER BY chunk`,
    [cursor.id, first, Math.floor((offset + count - 1) / CHUNK)],
  );
  const start = offset - first * CHUNK;
  return rows.flatMap(({ ids }) => ids).slice(start, start + count);
}

export const invalidLocator = () =>
  new SalesforceError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
