import type { Database, Sql } from '../marketing/database.ts';
import type { Slice } from '../sync/slices.ts';

/** The run that brings old values of an object's fields (A7, J1, J2, J3). */
export interface Backfill {
  object: string;
  fields: string[];
  /** The Bulk query job; null before a slice's is made. */
  jobId: string | null;
  /** Where the next page begins; null for the first. */
  locator: string | null;
  done: number;
  expected: number | null;
  /** Salesforce's time when the first job was made: rows changed since are read again by the next cycle. */
  serverTime: Date;
  rowsPerSecond: number | null;
  /** Why it does not get on; null when all is well. */
  reason: string | null;
  /** What is still to be read, the one at work first; null: all at once. */
  slices: Slice[] | null;
  startedAt: Date;
  endedAt: Date | null;
}

const COLUMNS = `object, fields, job_id as "jobId", locator, done::float8 as done,
  expected::float8 as expected, server_time as "serverTime", rows_per_second as "rowsPerSecond", reason, slices,
  started_at as "startedAt", ended_at as "endedAt"`;

/** Between what is asked for and its commit no run begins: it would be taken for one that came after. */
const LOCK = 7_263_019_841_155n;

/**
 * Asks for the old values of fields, as the last thing of the transaction that gives them their columns. Those
 * of an object whose load has read nothing yet come with the load itself; between two slices it has no job.
 */
export async function wantBackfill(
  sql: Sql,
  fields: readonly { object: string; field: string }[],
): Promise<void> {
  if (fields.length === 0) return;
  await sql.query('select pg_advisory_xact_lock($1)', [LOCK]);
  await sql.query(
    `update tandem.field f set backfill_since = clock_timestamp()
     from jsonb_to_recordset($1) as t(object text, field text), tandem.load l
     where f.object = t.object and f.field = t.field and l.object = f.object
       and (l.job_id is not null or l.slices is not null or l.state = 'done')`,
    [JSON.stringify(fields)],
  );
}

/** Asks for formulas again whose values are older than this; their changes move no modstamp (J3, trap 9). */
export async function wantFormulas(sql: Sql, olderThanMs: number): Promise<void> {
  await sql.query(
    `update tandem.field f set backfill_since = clock_timestamp()
     from tandem.load l
     where l.object = f.object and l.state = 'done' and f.calculated and f.gone_at is null
       and f.direction in ('both', 'pull') and f.backfill_since is null
       and coalesce(f.refreshed_at, l.server_time) < now() - $1 * interval '1 millisecond'`,
    [olderThanMs],
  );
}

/** Objects whose load is done and that have fields to be filled, each with why it does not get on. */
export async function waitingBackfills(
  sql: Sql,
): Promise<{ object: string; reason: string | null }[]> {
  const { rows } = await sql.query<{ object: string; reason: string | null }>(
    `select f.object, max(b.reason) as reason from tandem.field f
     join tandem.load l on l.object = f.object and l.state = 'done'
     left join tandem.backfill b on b.object = f.object
     where f.backfill_since is not null and f.gone_at is null and f.direction in ('both', 'pull')
     group by f.object order by f.object`,
  );
  return rows;
}

/** Fields of the object that wait, whether a run is at them or not. */
export async function wantedFields(sql: Sql, object: string): Promise<string[]> {
  const { rows } = await sql.query<{ field: string }>(
    `select field from tandem.field
     where object = $1 and backfill_since is not null and gone_at is null
       and direction in ('both', 'pull')
     order by field`,
    [object],
  );
  return rows.map(({ field }) => field);
}

/** The object's run; null when none is under way. */
export async function openBackfill(sql: Sql, object: string): Promise<Backfill | null> {
  const { rows } = await sql.query<Backfill>(
    `select ${COLUMNS} from tandem.backfill where object = $1 and ended_at is null`,
    [object],
  );
  return rows[0] ?? null;
}

/** Every run under way, for the progress. */
export async function openBackfills(sql: Sql): Promise<Backfill[]> {
  const { rows } = await sql.query<Backfill>(
    `select ${COLUMNS} from tandem.backfill where ended_at is null order by object`,
  );
  return rows;
}

/** Begins a run with its job; when another try was quicker, its run stands and is returned. */
export async function beginBackfill(
  db: Database,
  run: Pick<Backfill, 'object' | 'fields' | 'serverTime' | 'expected'> & { jobId: string },
): Promise<Backfill> {
  const { object, fields, jobId, serverTime, expected } = run;
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock_shared($1)', [LOCK]);
    await tx.query(
      `insert into tandem.backfill as b (object, fields, job_id, server_time, expected)
       values ($1, $2, $3, $4, $5)
       on conflict (object) do update set fields = excluded.fields, job_id = excluded.job_id,
         locator = null, done = 0, expected = excluded.expected, server_time = excluded.server_time,
         rows_per_second = null, reason = null, slices = null, started_at = clock_timestamp(),
         page_at = clock_timestamp(), ended_at = null
       where b.ended_at is not null`,
      [object, fields, jobId, serverTime, expected],
    );
    return (await openBackfill(tx, object))!;
  });
}

/** Keeps the job that was made for a run's slice; when another try was quicker, its job stands. */
export async function keepBackfillJob(sql: Sql, object: string, jobId: string): Promise<Backfill> {
  await sql.query(
    `update tandem.backfill set job_id = $2, page_at = clock_timestamp()
     where object = $1 and job_id is null and ended_at is null`,
    [object, jobId],
  );
  return (await openBackfill(sql, object))!;
}

/** The query ran too long: its slice is to be read in these, each by a job of its own (trap 5). */
export async function sliceBackfill(
  sql: Sql,
  { object, jobId, slices }: Pick<Backfill, 'object' | 'jobId' | 'slices'>,
  halves: readonly Slice[],
): Promise<void> {
  await sql.query(
    `update tandem.backfill set job_id = null, locator = null, slices = $3
     where object = $1 and job_id = $2 and ended_at is null`,
    [object, jobId, JSON.stringify([...halves, ...(slices ?? []).slice(1)])],
  );
}

/** Ends a run without result, so that another is made; what it has written stays. */
export async function dropBackfill(sql: Sql, object: string, jobId: string | null): Promise<void> {
  await sql.query(
    `update tandem.backfill set ended_at = clock_timestamp()
     where object = $1 and job_id is not distinct from $2 and ended_at is null`,
    [object, jobId],
  );
}

/** Says why an object's run does not get on, has ended without result, or cannot begin; until one gets on. */
export async function failBackfill(sql: Sql, object: string, reason: string): Promise<void> {
  await sql.query(
    `insert into tandem.backfill (object, fields, server_time, reason, ended_at)
     values ($1, '{}', now(), $2, clock_timestamp())
     on conflict (object) do update set reason = excluded.reason`,
    [object, reason],
  );
}

export interface BackfilledPage {
  jobId: string;
  from: string | null;
  /** The next page's locator; null when this is the last. */
  next: string | null;
  rows: number;
}

/** Locks the run's cursor for the page from `from`; false when that page was done before. */
export async function holdBackfill(
  sql: Sql,
  object: string,
  { jobId, from }: Pick<BackfilledPage, 'jobId' | 'from'>,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from tandem.backfill where object = $1 and job_id = $2
       and locator is not distinct from $3 and ended_at is null for update`,
    [object, jobId, from],
  );
  return rowCount === 1;
}

/**
 * Moves the cursor behind a page, in the transaction that writes it; behind the last page of a slice to the
 * next one. After the last one the fields are filled, and the object's pulls read again from the first
 * job's time (tandem.watermark.reread_from).
 */
export async function advanceBackfill(
  sql: Sql,
  object: string,
  { jobId, next, rows }: BackfilledPage,
): Promise<void> {
  const moved = await sql.query<{ ended: boolean }>(
    `update tandem.backfill set locator = $3, done = done + $4, reason = null,
       rows_per_second = $4::float8
         / greatest(extract(epoch from clock_timestamp() - page_at), 0.001),
       page_at = clock_timestamp(),
       job_id = case when $3::text is null and r.more then null else job_id end,
       slices = case when $3::text is null and r.more then slices - 0 else slices end,
       ended_at = case when $3::text is null and not r.more then clock_timestamp() end
     from (select coalesce(jsonb_array_length(slices), 0) > 1 as more
       from tandem.backfill where object = $1) r
     where object = $1 and job_id = $2
     returning ended_at is not null as ended`,
    [object, jobId, next, rows],
  );
  if (!moved.rows[0]!.ended) return;
  await sql.query(
    `update tandem.field f set refreshed_at = b.server_time,
       backfill_since = case when f.backfill_since > b.started_at then f.backfill_since end
     from tandem.backfill b
     where b.object = $1 and f.object = $1 and f.field = any(b.fields)`,
    [object],
  );
  await sql.query(
    `update tandem.watermark w
     set reread_from = least(w.reread_from, b.server_time), reread_taken = false
     from tandem.backfill b where b.object = $1 and w.object = $1`,
    [object],
  );
}
