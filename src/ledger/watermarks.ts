import type { Sql } from '../marketing/database.ts';

/** Object → how far its pulls have come, in Salesforce's time; one without has not been loaded. */
export async function readWatermarks(sql: Sql): Promise<Map<string, Date>> {
  const { rows } = await sql.query<{ object: string; modstamp: Date }>(
    'select object, least(modstamp, reread_from) as modstamp from tandem.watermark',
  );
  return new Map(rows.map(({ object, modstamp }) => [object, modstamp]));
}

/** A fetch reads from before the watermark where a backfill ended: its write ends that (moveWatermark). */
export async function takeRereads(sql: Sql): Promise<void> {
  await sql.query(
    'update tandem.watermark set reread_taken = true where reread_from is not null and not reread_taken',
  );
}

const MOVED = `modstamp = greatest(w.modstamp, excluded.modstamp), moved_at = now(),
  reread_from = case when w.reread_taken then null else w.reread_from end, reread_taken = false`;

/** Moves an object's watermark to Salesforce's time `to`, never back (N5). */
export async function moveWatermark(sql: Sql, object: string, to: Date): Promise<void> {
  await sql.query(
    `insert into tandem.watermark as w (object, modstamp) values ($1, $2)
     on conflict (object) do update set ${MOVED}
     where w.modstamp < excluded.modstamp or w.reread_taken`,
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
     on conflict (object) do update set ${MOVED}
     where w.modstamp < excluded.modstamp or w.reread_taken`,
    [[...objects], to],
  );
}
