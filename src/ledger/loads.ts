import type { Sql } from '../marketing/database.ts';
import type { Slice } from '../sync/slices.ts';

export interface Load {
  object: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** The Bulk query job; null before it is made, or after it was lost. */
  jobId: string | null;
  /** Where the next page begins; null for the first. */
  locator: string | null;
  /** True after a job was lost: rows may have been seen before, so pages go by staging. */
  byStaging: boolean;
  pages: number;
  done: number;
  expected: number | null;
  /** Salesforce's time when the job was made: the watermark when all is loaded. */
  serverTime: Date | null;
  rowsPerSecond: number | null;
  reason: string | null;
  /** What is still to be read, the one at work first; null: all at once. */
  slices: Slice[] | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

const COLUMNS = `object, state, job_id as "jobId", locator, by_staging as "byStaging", pages,
  done::float8 as done, expected::float8 as expected, server_time as "serverTime",
  rows_per_second as "rowsPerSecond", reason, slices, started_at as "startedAt", ended_at as "endedAt"`;

/** The object's load, made when there is none yet. */
export async function openLoad(sql: Sql, object: string): Promise<Load> {
  await sql.query('insert into tandem.load (object) values ($1) on conflict (object) do nothing', [
    object,
  ]);
  return (await readLoad(sql, object))!;
}

export async function readLoad(sql: Sql, object: string): Promise<Load | null> {
  const { rows } = await sql.query<Load>(`select ${COLUMNS} from tandem.load where object = $1`, [
    object,
  ]);
  return rows[0] ?? null;
}

/** All loads, for the progress (A2). */
export async function readLoads(sql: Sql): Promise<Load[]> {
  const { rows } = await sql.query<Load>(`select ${COLUMNS} from tandem.load order by object`);
  return rows;
}

/** Objects that the sync user sees and that are not loaded yet, each with why it does not get on. */
export async function unfinishedLoads(
  sql: Sql,
): Promise<{ object: string; reason: string | null }[]> {
  const { rows } = await sql.query<{ object: string; reason: string | null }>(
    `select o.name as object, l.reason from tandem.object o
     left join tandem.load l on l.object = o.name
     where l.state is distinct from 'done'
       and exists (select from tandem.field f where f.object = o.name and f.gone_at is null)
     order by o.name`,
  );
  return rows;
}

/** COUNT() of the object, before its load (A2). */
export async function expectRows(sql: Sql, object: string, expected: number): Promise<void> {
  await sql.query('update tandem.load set expected = $2 where object = $1', [object, expected]);
}

/**
 * Keeps the job that was made for the object. Returns the load as it stands: when another try was
 * quicker its job stays, and the caller should abort its own.
 */
export async function keepJob(
  sql: Sql,
  object: string,
  job: { jobId: string; serverTime: Date },
): Promise<Load> {
  await sql.query(
    `update tandem.load set job_id = $2, locator = null, state = 'running', reason = null,
       server_time = case when slices is null then $3 else least(server_time, $3) end, started_at = coalesce(started_at, clock_timestamp()), page_at = clock_timestamp()
     where object = $1 and job_id is null and state <> 'done'`,
    [object, job.jobId, job.serverTime],
  );
  return (await readLoad(sql, object))!;
}

/** The job has its result: the rate counts from here, not from the making of the job. */
export async function beginPages(sql: Sql, object: string, jobId: string): Promise<void> {
  await sql.query(
    `update tandem.load set page_at = clock_timestamp()
     where object = $1 and job_id = $2 and locator is null and state <> 'done'`,
    [object, jobId],
  );
}

/** Forgets a job that Salesforce lost, so that another is made; what was loaded stays (A2). */
export async function loseJob(sql: Sql, object: string, jobId: string): Promise<void> {
  await sql.query(
    `update tandem.load set job_id = null, locator = null, by_staging = done > 0 or by_staging,
       done = 0, reason = 'Salesforce lost the query job; it is made again'
     where object = $1 and job_id = $2`,
    [object, jobId],
  );
}

/** Has a load under way ask again for all rows, since others are wanted now; what was loaded stays (C12). */
export async function restartLoad(sql: Sql, object: string): Promise<void> {
  await sql.query(
    `update tandem.load set job_id = null, locator = null, slices = null,
       by_staging = done > 0 or by_staging, done = 0
     where object = $1 and state <> 'done' and (job_id is not null or slices is not null)`,
    [object],
  );
}

/** The query ran too long: its slice is to be read in these, each by a job of its own (trap 5). */
export async function sliceLoad(
  sql: Sql,
  { object, jobId, slices }: Pick<Load, 'object' | 'jobId' | 'slices'>,
  halves: readonly Slice[],
): Promise<void> {
  await sql.query(
    `update tandem.load set job_id = null, locator = null, slices = $3,
       reason = 'A query ran too long; it is made again over shorter times'
     where object = $1 and job_id = $2`,
    [object, jobId, JSON.stringify([...halves, ...(slices ?? []).slice(1)])],
  );
}

/** Marks a load that cannot go on until somebody acts. The next openLoad or keepJob takes it up again. */
export async function failLoad(sql: Sql, object: string, reason: string): Promise<void> {
  await sql.query(
    `update tandem.load set state = 'failed', reason = $2 where object = $1 and state <> 'done'`,
    [object, reason],
  );
}

/**
 * Moves the load's cursor behind a page, in the transaction that writes the page; behind the last page of
 * a slice to the next one. `moved` is false when the cursor is not at `from` any more: the page was done
 * before, and nothing must be written. `done`: nothing is left.
 */
export async function advanceLoad(
  sql: Sql,
  object: string,
  page: { jobId: string; from: string | null; next: string | null; rows: number },
): Promise<{ moved: boolean; done: boolean }> {
  const { rows } = await sql.query<{ done: boolean }>(
    `update tandem.load set locator = $4, pages = pages + 1, done = done + $5,
       rows_per_second = coalesce(rows_per_second * 0.5 + 0.5 * r.now, r.now),
       page_at = clock_timestamp(), reason = null,
       job_id = case when $4::text is null and r.more then null else job_id end,
       slices = case when $4::text is null and r.more then slices - 0 else slices end,
       state = case when $4::text is null and not r.more then 'done' else 'running' end,
       ended_at = case when $4::text is null and not r.more then clock_timestamp() end
     from (select coalesce(jsonb_array_length(slices), 0) > 1 as more, $5::float8 / greatest(extract(epoch from clock_timestamp() - page_at), 0.001) as now
       from tandem.load where object = $1) r
     where object = $1 and job_id = $2 and locator is not distinct from $3 and state <> 'done'
     returning state = 'done' as done`,
    [object, page.jobId, page.from, page.next, page.rows],
  );
  return { moved: rows.length === 1, done: rows[0]?.done ?? false };
}

/** Locks the cursor for the page from `from`; false when that page was done before. */
export async function holdCursor(
  sql: Sql,
  object: string,
  page: { jobId: string; from: string | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from tandem.load
     where object = $1 and job_id = $2 and locator is not distinct from $3 and state <> 'done'
     for update`,
    [object, page.jobId, page.from],
  );
  return rowCount === 1;
}
