import { once } from 'node:events';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Executor } from '../org.ts';
import type { RecordResult } from '../writes/types.ts';

/** One row of a job's content and what became of it. */
export interface BulkRow {
  n: number;
  /** The row as JSON: the values of a CSV row, or the fields of a record. */
  data: string;
  id: string | null;
  created: boolean | null;
  /** Null while it was not tried; empty when it was saved. */
  errors: RowError[] | null;
}

export interface RowError {
  statusCode: string;
  message: string;
  fields: string[];
}

/** What to look for among a job's rows. */
export const OUTCOMES = {
  successful: `errors = '[]'`,
  failed: `errors <> '[]'`,
  unprocessed: 'errors IS NULL',
} as const;

export type OutcomeKind = keyof typeof OUTCOMES;

/**
 * The rows of ingest jobs (of Bulk 1: of batches; `owner` is the id), numbered from 1. A row's outcome
 * is written by the transaction that writes its record: so none is tried twice, whenever the process
 * ends.
 */
export async function createRowTable(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS org_meta.bulk_row (
      owner text COLLATE "C" NOT NULL,
      n int NOT NULL,
      data text NOT NULL,
      id text COLLATE "C",
      created boolean,
      errors jsonb,
      PRIMARY KEY (owner, n)
    )`);
}

/** Adds rows, which come in lists, numbered in the order they come. Returns how many there were. */
export async function addRows(
  client: PoolClient,
  owner: string,
  lists: AsyncIterable<string[]> | Iterable<string[]>,
): Promise<number> {
  const copy = client.query(copyFrom('COPY org_meta.bulk_row (owner, n, data) FROM STDIN'));
  const failed = once(copy, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  let n = 0;
  try {
    for await (const list of lists) {
      let text = '';
      for (const data of list) {
        n += 1;
        text += `${owner}\t${n}\t${data.replaceAll('\\', '\\\\')}\n`;
      }
      if (text !== '' && !copy.write(text)) await Promise.race([once(copy, 'drain'), failed]);
    }
  } catch (error) {
    copy.destroy(error as Error);
    throw error;
  }
  const finished = once(copy, 'finish');
  copy.end();
  await Promise.race([finished, failed]);
  return n;
}

/** Rows still to be tried, from the first on. */
export async function untriedRows(db: Executor, owner: string, count: number): Promise<BulkRow[]> {
  const { rows } = await db.query<BulkRow>(
    `SELECT n, data, id, created, errors FROM org_meta.bulk_row
     WHERE owner = $1 AND errors IS NULL ORDER BY n LIMIT $2`,
    [owner, count],
  );
  return rows;
}

/** A job's rows with one outcome, a list at a time. */
export async function* rowsWith(
  db: Executor,
  owner: string,
  kind: OutcomeKind | 'any',
  count = 2000,
): AsyncGenerator<BulkRow[]> {
  const condition = kind === 'any' ? 'true' : OUTCOMES[kind];
  for (let after = 0; ; ) {
    const { rows } = await db.query<BulkRow>(
      `SELECT n, data, id, created, errors FROM org_meta.bulk_row
       WHERE owner = $1 AND n > $2 AND ${condition} ORDER BY n LIMIT $3`,
      [owner, after, count],
    );
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.n;
  }
}

/** Writes down what became of rows. */
export async function keepOutcomes(
  client: PoolClient,
  owner: string,
  rows: BulkRow[],
  results: RecordResult[],
): Promise<void> {
  await client.query(
    `UPDATE org_meta.bulk_row AS row SET id = found.id, created = found.created, errors = found.errors
     FROM unnest($2::int[], $3::text[], $4::boolean[], $5::jsonb[]) AS found(n, id, created, errors)
     WHERE row.owner = $1 AND row.n = found.n`,
    [
      owner,
      rows.map(({ n }) => n),
      results.map(({ id }) => id),
      results.map(({ created }) => created ?? false),
      results.map(({ success, errors }) => JSON.stringify(success ? [] : errors.map(rowError))),
    ],
  );
}

const rowError = ({ errorCode, message, fields }: RecordResult['errors'][number]): RowError => ({
  statusCode: errorCode,
  message,
  fields: fields ?? [],
});

export async function deleteRows(db: Executor, owner: string): Promise<void> {
  await db.query('DELETE FROM org_meta.bulk_row WHERE owner = $1', [owner]);
}
