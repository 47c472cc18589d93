import type { Sql } from '../marketing/database.ts';

/** The comparison of one object's ids, under way or ended (N8). */
export interface Comparison {
  object: string;
  /** The Bulk query job that lists the ids; null before it is made, or when there were few. */
  jobId: string | null;
  /** Where its next page begins; null for the first. */
  locator: string | null;
  /** Every id of Salesforce's is here. */
  listed: boolean;
  /** Ids that Salesforce has. */
  rows: number;
  missing: number;
  gone: number;
  /** Why it could not be compared; null when all is well. */
  reason: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

const COLUMNS = `object, job_id as "jobId", locator, listed, rows::float8 as rows, missing, gone, reason,
  started_at as "startedAt", ended_at as "endedAt"`;

/**
 * Loaded objects to be compared, longest waiting first: under way, asked for, or last compared (at first:
 * loaded) longer ago than this; null for only the two first.
 */
export async function dueComparisons(sql: Sql, everyMs: number | null): Promise<string[]> {
  const { rows } = await sql.query<{ object: string }>(
    `select l.object from tandem.load l left join tandem.comparison c on c.object = l.object
     where l.state = 'done'
       and exists (select from tandem.field f where f.object = l.object and f.gone_at is null)
       and (c.started_at > coalesce(c.ended_at, '-infinity')
         or c.requested_at > coalesce(c.started_at, '-infinity')
         or coalesce(c.ended_at, l.ended_at) < now() - $1 * interval '1 millisecond')
     order by c.started_at > coalesce(c.ended_at, '-infinity') desc nulls last,
       coalesce(c.ended_at, l.ended_at), l.object`,
    [everyMs],
  );
  return rows.map(({ object }) => object);
}

/** Asks for a comparison of these objects, whenever they were last compared. Returns the database's time. */
export async function wantComparisons(sql: Sql, objects: readonly string[]): Promise<Date> {
  const { rows } = await sql.query<{ at: Date }>(
    `with wanted as (
       insert into tandem.comparison as c (object, requested_at)
       select object, clock_timestamp() from unnest($1::text[]) as object
       on conflict (object) do update set requested_at = excluded.requested_at)
     select now() as at`,
    [[...objects]],
  );
  return rows[0]!.at;
}

/** All comparisons there have been, or those of some objects. */
export async function readComparisons(
  sql: Sql,
  objects: readonly string[] | null = null,
): Promise<Comparison[]> {
  const { rows } = await sql.query<Comparison>(
    `select ${COLUMNS} from tandem.comparison
     where $1::text[] is null or object = any($1) order by object`,
    [objects === null ? null : [...objects]],
  );
  return rows;
}

/** The object's comparison under way; null when none is. */
export async function openComparison(sql: Sql, object: string): Promise<Comparison | null> {
  const { rows } = await sql.query<Comparison>(
    `select ${COLUMNS} from tandem.comparison
     where object = $1 and started_at > coalesce(ended_at, '-infinity')`,
    [object],
  );
  return rows[0] ?? null;
}

/** Begins one, or lists its ids from the start again; what it has repaired still counts. */
export async function beginComparison(sql: Sql, object: string): Promise<Comparison> {
  await sql.query('delete from tandem.compared_id where object = $1', [object]);
  await sql.query(
    `insert into tandem.comparison as c (object, started_at) values ($1, clock_timestamp())
     on conflict (object) do update set started_at = excluded.started_at, job_id = null,
       locator = null, listed = false, rows = 0, reason = null,
       missing = case when c.started_at > coalesce(c.ended_at, '-infinity') then c.missing else 0 end,
       gone = case when c.started_at > coalesce(c.ended_at, '-infinity') then c.gone else 0 end`,
    [object],
  );
  return (await openComparison(sql, object))!;
}

export async function keepComparisonJob(sql: Sql, object: string, jobId: string): Promise<void> {
  await sql.query('update tandem.comparison set job_id = $2 where object = $1', [object, jobId]);
}

/** Locks the cursor for the page from `from`; false when that page was listed before. */
export async function holdComparison(
  sql: Sql,
  object: string,
  { jobId, from }: { jobId: string | null; from: string | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from tandem.comparison where object = $1 and job_id is not distinct from $2
       and locator is not distinct from $3 and not listed for update`,
    [object, jobId, from],
  );
  return rowCount === 1;
}

/** Moves the cursor behind a page, in the transaction that keeps its ids. */
export async function advanceComparison(
  sql: Sql,
  object: string,
  { next, rows }: { next: string | null; rows: number },
): Promise<void> {
  await sql.query(
    `update tandem.comparison set locator = $2, rows = rows + $3, listed = $2::text is null
     where object = $1`,
    [object, next, rows],
  );
}

export async function countRepairs(
  sql: Sql,
  object: string,
  { missing = 0, gone = 0 }: { missing?: number; gone?: number },
): Promise<void> {
  if (missing + gone === 0) return;
  await sql.query(
    'update tandem.comparison set missing = missing + $2, gone = gone + $3 where object = $1',
    [object, missing, gone],
  );
}

/** It is done, or cannot be done (`reason`); the listed ids are of no more use. */
export async function endComparison(
  sql: Sql,
  object: string,
  reason: string | null,
): Promise<Comparison> {
  await sql.query('delete from tandem.compared_id where object = $1', [object]);
  const { rows } = await sql.query<Comparison>(
    `update tandem.comparison set ended_at = clock_timestamp(), reason = $2 where object = $1
     returning ${COLUMNS}`,
    [object, reason],
  );
  return rows[0]!;
}
