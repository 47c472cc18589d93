import type { Sql } from '../marketing/database.ts';

/** What a step does (K2). */
export type Operation =
  | 'sync schema'
  | 'pull updates'
  | 'pull deletes'
  | 'pull conversions'
  | 'pull merges'
  | 'push updates'
  | 'push new'
  | 'push deletes'
  | 'link programs';

export interface StepCounts {
  new?: number;
  updated?: number;
  deleted?: number;
  undeleted?: number;
  failed?: number;
  skipped?: number;
  conflicts?: number;
}

export interface Step extends StepCounts {
  cycle: number;
  /** '' for a step that concerns all objects. */
  object: string;
  operation: Operation;
  status: 'running' | 'done' | 'failed';
  startedAt?: Date;
  reason?: string | null;
}

/** Starts the cycle named by `key`, once however often it is asked. Returns its number. */
export async function startCycle(sql: Sql, key: string): Promise<number> {
  const { rows } = await sql.query<{ id: number }>(
    `insert into tandem.cycle (key) values ($1)
     on conflict (key) do update set key = excluded.key returning id::int`,
    [key],
  );
  return rows[0]!.id;
}

/** Records one step by object and operation; done again it replaces what was recorded (K2, N6). */
export async function recordStep(sql: Sql, step: Step): Promise<void> {
  await sql.query(
    `insert into tandem.cycle_step as s (cycle, object, operation, status, started_at, ended_at, new,
       updated, deleted, undeleted, failed, skipped, conflicts, reason)
     values ($1, $2, $3, $4, coalesce($5, clock_timestamp()),
       case when $4 <> 'running' then clock_timestamp() end, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (cycle, object, operation) do update set status = excluded.status,
       started_at = least(s.started_at, excluded.started_at), ended_at = excluded.ended_at,
       new = excluded.new, updated = excluded.updated, deleted = excluded.deleted,
       undeleted = excluded.undeleted, failed = excluded.failed, skipped = excluded.skipped,
       conflicts = excluded.conflicts, reason = excluded.reason`,
    [
      step.cycle,
      step.object,
      step.operation,
      step.status,
      step.startedAt ?? null,
      step.new ?? 0,
      step.updated ?? 0,
      step.deleted ?? 0,
      step.undeleted ?? 0,
      step.failed ?? 0,
      step.skipped ?? 0,
      step.conflicts ?? 0,
      step.reason ?? null,
    ],
  );
}

/** Ends a cycle; one that has ended stays as it ended. */
export async function endCycle(
  sql: Sql,
  cycle: number,
  status: 'done' | 'failed' | 'stopped',
  reason: string | null = null,
): Promise<{ startedAt: Date; endedAt: Date; status: string }> {
  const { rows } = await sql.query<{ startedAt: Date; endedAt: Date; status: string }>(
    `update tandem.cycle set ended_at = coalesce(ended_at, clock_timestamp()),
       status = case when ended_at is null then $2 else status end,
       reason = case when ended_at is null then $3 else reason end
     where id = $1
     returning started_at as "startedAt", ended_at as "endedAt", status`,
    [cycle, status, reason],
  );
  if (!rows[0]) throw new Error(`Cycle ${cycle} is not in tandem.cycle; start it by startCycle.`);
  return rows[0];
}
