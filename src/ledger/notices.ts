import type { Sql } from '../marketing/database.ts';

/** What an operator should know, and no error (J2, J4). */
export interface Notice {
  object: string;
  field: string | null;
  kind:
    | 'new field'
    | 'lost field'
    | 'new column'
    | 'picklist value'
    | 'refused object'
    | 'comparison';
  /** Names only, never a record's values. */
  message: string;
}

export async function recordNotices(sql: Sql, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await sql.query(
    `insert into tandem.notice (object, field, kind, message)
     select object, field, kind, message
     from jsonb_to_recordset($1) as t(object text, field text, kind text, message text)`,
    [JSON.stringify(notices)],
  );
}
