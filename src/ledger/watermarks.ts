import type { Sql } from '../marketing/database.ts';
import type { Watermark } from '../sync/watermark.ts';

export interface WatermarkRow {
  object: string;
  modstamp: Date;
  last_id: string | null;
}

/** Object → how far its pull has come; an object without one has not been loaded. */
export async function readWatermarks(sql: Sql): Promise<Map<string, Watermark>> {
  const { rows } = await sql.query<WatermarkRow>(
    'select object, modstamp, last_id from tandem.watermark',
  );
  return new Map(
    rows.map((row) => [row.object, { modstamp: row.modstamp.toISOString(), lastId: row.last_id }]),
  );
}

/** Moves an object's watermark to Salesforce's time `to`, never back (N5). */
export async function moveWatermark(sql: Sql, object: string, to: Date): Promise<void> {
  await sql.query(
    `insert into tandem.watermark as w (object, modstamp) values ($1, $2)
     on conflict (object) do update set modstamp = excluded.modstamp, last_id = null, moved_at = now()
     where w.modstamp < excluded.modstamp`,
    [object, to],
  );
}

/** moveWatermark for several objects at once: the end of an idle cycle. */
export async function moveWatermarks(
  sql: Sql,
  objects: readonly string[],
  to: Date,
): Promise<void> {
  await sql.query(
    `insert into tandem.watermark as w (object, modstamp)
     select object, $2 from unnest($1::text[]) as object order by object
     on conflict (object) do update set modstamp = excluded.modstamp, last_id = null, moved_at = now()
     where w.modstamp < excluded.modstamp`,
    [[...objects], to],
  );
}
