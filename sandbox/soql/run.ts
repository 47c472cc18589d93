import type { Executor } from '../org.ts';
import type { Compiled } from './compile.ts';
import type { Row } from './records.ts';

/** Values as PostgreSQL's text, unparsed: records.ts and the CSV writer read that. */
const AS_TEXT = { getTypeParser: () => (value: string) => value };

/** Runs a statement made by compile.ts. Rows come as arrays of texts and nulls. */
export async function runRows(db: Executor, sql: string, params: unknown[]): Promise<Row[]> {
  const { rows } = await db.query<Row>({
    text: sql,
    values: params,
    rowMode: 'array',
    types: AS_TEXT as never,
  });
  return rows;
}

/** The rows with these ids, in their order; ids that no row has any more are left out. */
export function runById(
  db: Executor,
  { byId }: Pick<Compiled, 'byId'>,
  ids: string[],
): Promise<Row[]> {
  return runRows(db, byId.sql, [...byId.params, ids]);
}
