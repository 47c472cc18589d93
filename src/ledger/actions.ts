import type { Sql } from '../marketing/database.ts';

/** What became of an action, or what is to be done. */
export interface ActionRow {
  id: string;
  kind: string;
  personId: string | null;
  parameters: Record<string, unknown>;
  status: 'requested' | 'running' | 'done' | 'failed';
}

export interface ActionEnd {
  status: 'done' | 'failed';
  code: string | null;
  /** Salesforce's own message, or ours; null when done. */
  reason: string | null;
  /** Salesforce ids and ids of people, by what they are. */
  result: Record<string, unknown>;
}

/** Actions that have not ended, the oldest first. */
export async function openActions(
  sql: Sql,
  limit: number,
): Promise<{ id: string; isRunning: boolean }[]> {
  const { rows } = await sql.query<{ id: string; isRunning: boolean }>(
    `select id, status = 'running' as "isRunning" from marketing.salesforce_action
     where status in ('requested', 'running') order by requested_at, id limit $1`,
    [limit],
  );
  return rows;
}

/** Takes an action up; null when there is no such row. One that has ended is given as it is. */
export async function beginAction(sql: Sql, id: string): Promise<ActionRow | null> {
  const { rows } = await sql.query<ActionRow>(
    `update marketing.salesforce_action
     set started_at = coalesce(started_at, clock_timestamp()),
       status = case status when 'requested' then 'running' else status end
     where id = $1
     returning id, kind, person_id as "personId", parameters, status`,
    [id],
  );
  return rows[0] ?? null;
}

/** Ends an action once; what it had kept for its tries goes. */
export async function endAction(sql: Sql, id: string, end: ActionEnd): Promise<void> {
  await sql.query(
    `update marketing.salesforce_action
     set status = $2, code = $3, reason = $4, result = $5, ended_at = clock_timestamp()
     where id = $1 and status in ('requested', 'running')`,
    [id, end.status, end.code, end.reason, JSON.stringify(end.result)],
  );
  await sql.query('delete from tandem.action_progress where action_id = $1', [id]);
  // There is room for the next one.
  await sql.query(`select pg_notify('tandem_action', '')`);
}

/** What earlier tries of the action kept. */
export async function readProgress(sql: Sql, id: string): Promise<Record<string, unknown>> {
  const { rows } = await sql.query<{ progress: Record<string, unknown> }>(
    'select progress from tandem.action_progress where action_id = $1',
    [id],
  );
  return rows[0]?.progress ?? {};
}

/** Adds to what the action keeps, before a try that could lose its answer (N2). */
export async function keepProgress(
  sql: Sql,
  id: string,
  progress: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql.query(
    `insert into tandem.action_progress as p (action_id, progress) values ($1, $2)
     on conflict (action_id) do update set progress = p.progress || excluded.progress`,
    [id, JSON.stringify(progress)],
  );
}

/** Those among the tasks that another action has made or found to be its own. */
export async function claimedTasks(
  sql: Sql,
  action: string,
  tasks: readonly string[],
): Promise<string[]> {
  if (tasks.length === 0) return [];
  const { rows } = await sql.query<{ id: string }>(
    `select result ->> 'task' as id from marketing.salesforce_action
     where id <> $1 and result ->> 'task' = any($2)
     union
     select progress ->> 'made' from tandem.action_progress
     where action_id <> $1 and progress ->> 'made' = any($2)`,
    [action, [...tasks]],
  );
  return rows.map(({ id }) => id);
}
