import type { Sql } from '../marketing/database.ts';
import { requireSchema } from './schema.ts';

export interface NoticeEntry {
  id: string;
  at: string;
  object: string;
  field: string | null;
  kind: string;
  message: string;
}

/**
 * What changed in the org that an operator should know, the newest first (J2, J4).
 * @throws SchemaMissing
 */
export async function listNotices(
  sql: Sql,
  filter: { object?: string | undefined; kind?: string | undefined; limit: number },
): Promise<NoticeEntry[]> {
  await requireSchema(sql);
  const { rows } = await sql.query<NoticeEntry & { at: Date }>(
    `select id::text, at, object, field, kind, message from tandem.notice
     where ($1::text is null or object = $1) and ($2::text is null or kind = $2)
     order by at desc, id desc limit $3`,
    [filter.object ?? null, filter.kind ?? null, filter.limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
