import type { Sql } from '../marketing/database.ts';
import { requireSchema } from './schema.ts';

export interface CycleFilter {
  object?: string | undefined;
  operation?: string | undefined;
  status?: string | undefined;
  /** Cycles that started at or after; before. */
  since?: Date | undefined;
  until?: Date | undefined;
  limit: number;
}

export interface StepEntry {
  /** Null for a step that concerns all objects. */
  object: string | null;
  operation: string;
  startedAt: string;
  endedAt: string | null;
  status: string;
  new: number;
  updated: number;
  deleted: number;
  undeleted: number;
  failed: number;
  skipped: number;
  conflicts: number;
  reason: string | null;
}

export interface CycleEntry {
  cycle: number;
  startedAt: string;
  endedAt: string | null;
  status: string;
  reason: string | null;
  steps: StepEntry[];
}

/**
 * Cycles, the newest first, each with its steps (K2). With an object or an operation: the cycles that
 * have such a step, and those steps only. `status` is that of a cycle.
 * @throws SchemaMissing
 */
export async function listCycles(sql: Sql, filter: CycleFilter): Promise<CycleEntry[]> {
  await requireSchema(sql);
  const { object = null, operation = null, status = null, since, until, limit } = filter;
  const { rows } = await sql.query<CycleEntry>(
    `select c.id::int as cycle, c.started_at as "startedAt", c.ended_at as "endedAt", c.status, c.reason,
       coalesce(s.steps, '[]') as steps
     from tandem.cycle c
     left join lateral (
       select jsonb_agg(jsonb_build_object('object', nullif(object, ''), 'operation', operation,
         'startedAt', ${iso('started_at')}, 'endedAt', ${iso('ended_at')}, 'status', status,
         'new', new, 'updated', updated, 'deleted', deleted, 'undeleted', undeleted, 'failed', failed,
         'skipped', skipped, 'conflicts', conflicts, 'reason', reason)
         order by started_at, object, operation) as steps
       from tandem.cycle_step
       where cycle = c.id and ($1::text is null or object = $1) and ($2::text is null or operation = $2)
     ) s on true
     where ($3::text is null or c.status = $3)
       and ($4::timestamptz is null or c.started_at >= $4)
       and ($5::timestamptz is null or c.started_at < $5)
       and (($1::text is null and $2::text is null) or s.steps is not null)
     order by c.id desc limit $6`,
    [object, operation, status, since ?? null, until ?? null, limit],
  );
  return rows.map((row) => ({
    ...row,
    startedAt: new Date(row.startedAt).toISOString(),
    endedAt: row.endedAt && new Date(row.endedAt).toISOString(),
  }));
}

export interface CycleEnd {
  cycle: number;
  status: 'done' | 'failed' | 'stopped';
  reason: string | null;
  startedAt: string;
  endedAt: string;
}

/** The newest cycle's number, 0 before the first: any that begins later has a higher one. */
export async function newestCycle(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ id: number }>(
    'select coalesce(max(id), 0)::int as id from tandem.cycle',
  );
  return rows[0]!.id;
}

/** The first cycle after `cycle` that ran to its end, done or failed; null while there is none. */
export async function endedAfter(sql: Sql, cycle: number): Promise<CycleEnd | null> {
  const { rows } = await sql.query<CycleEnd & { startedAt: Date; endedAt: Date }>(
    `select id::int as cycle, status, reason, started_at as "startedAt", ended_at as "endedAt"
     from tandem.cycle where id > $1 and ended_at is not null order by id limit 1`,
    [cycle],
  );
  const end = rows[0];
  if (!end) return null;
  return { ...end, startedAt: end.startedAt.toISOString(), endedAt: end.endedAt.toISOString() };
}

/** A timestamptz in JSON as the rest of the output has it. */
function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
