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
  /** A share of the operation that may be recorded again, and then counts once: the last time. */
  part?: string;
  status: 'running' | 'done' | 'failed';
  startedAt?: Date;
  reason?: string | null;
}

/** Starts the cycle named by `key`, once however often it is asked. Returns its number. */
export async function startCycle(sql: Sql, key: string): Promise<number> {
  // Looked up first: a refused insert would use up a number of the sequence with each step.
  const { rows } = await sql.query<{ id: number }>(
    `with made as (
       insert into tandem.cycle (key)
       select $1 where not exists (select from tandem.cycle where key = $1)
       on conflict (key) do nothing returning id)
     select id::int from made union all select id::int from tandem.cycle where key = $1`,
    [key],
  );
  return rows[0] ? rows[0].id : startCycle(sql, key);
}

const COUNTS = [
  'new',
  'updated',
  'deleted',
  'undeleted',
  'failed',
  'skipped',
  'conflicts',
] as const;

/**
 * Records one step by object and operation (K2); its counts are added to those already there. So call
 * it in the transaction that does the work: what a lost answer repeats then counts once (N6). What is
 * no transaction's work names its `part` instead.
 */
export async function recordStep(sql: Sql, step: Step): Promise<void> {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, step[name] ?? 0]));
  const parts = step.part === undefined ? {} : { [step.part]: counts };
  const sum = (name: string) =>
    `s.${name} + excluded.${name} - coalesce((s.parts -> $9 ->> '${name}')::int, 0)`;
  await sql.query(
    `insert into tandem.cycle_step as s (cycle, object, operation, status, started_at, ended_at,
       reason, parts, ${COUNTS.join(', ')})
     select $1, $2, $3, $4, coalesce($5, clock_timestamp()),
       case when $4 <> 'running' then clock_timestamp() end, $6, $7, ${COUNTS.join(', ')}
     from jsonb_to_record($8) as t(${COUNTS.map((name) => `${name} int`).join(', ')})
     on conflict (cycle, object, operation) do update set status = excluded.status,
       started_at = least(s.started_at, excluded.started_at), ended_at = excluded.ended_at,
       reason = excluded.reason, parts = s.parts || excluded.parts,
       ${COUNTS.map((name) => `${name} = ${sum(name)}`).join(', ')}`,
    [
      step.cycle,
      step.object,
      step.operation,
      step.status,
      step.startedAt ?? null,
      step.reason ?? null,
      JSON.stringify(parts),
      JSON.stringify(counts),
      step.part ?? '',
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
