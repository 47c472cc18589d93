import type { PoolClient } from 'pg';

/** Below this many pages of 8 KB a second connection costs more than it saves. */
const WORTH_HALVING = 1000;

/** What create.ts makes of a query: the columns, then the object's table and its alias. */
const TABLE = / AS c\d+ FROM (org\."(?:[^"]|"")+") (t\d+)(?= |$)/;

/**
 * A job's statement as two that find half of the table's rows each, so that two processes of
 * PostgreSQL can share the work; just itself where the table is small or the rows have an order.
 */
export async function halvesOf(client: PoolClient, statement: string): Promise<string[]> {
  const [whole, table, alias] = TABLE.exec(statement) ?? [];
  if (whole === undefined || /\b(ORDER BY|LIMIT|OFFSET)\b/.test(statement)) return [statement];
  const { rows } = await client.query<{ pages: number }>(
    `SELECT (pg_relation_size(oid) / 8192)::int AS pages FROM pg_class
     WHERE oid = to_regclass($1) AND relkind = 'r'`,
    [table],
  );
  const pages = rows[0]?.pages ?? 0;
  if (pages < WORTH_HALVING) return [statement];
  const placed = statement.replace(TABLE, (found) =>
    found.replace(' FROM ', `, ${alias}.ctid AS place FROM `),
  );
  const middle = `'(${Math.floor(pages / 2)},0)'::tid`;
  return ['<', '>='].map(
    (side) => `SELECT * FROM (${placed}) placed WHERE place ${side} ${middle}`,
  );
}
