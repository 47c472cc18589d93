import type { Sql } from '../marketing/database.ts';

/** Keeps the calls used of the org's day, and the budget in calls (K5, M1). */
export async function recordUsage(
  sql: Sql,
  usage: { used: number; limit: number; budget: number },
): Promise<void> {
  await sql.query(
    `insert into tandem.api_usage (at, used, call_limit, budget) values (clock_timestamp(), $1, $2, $3)
     on conflict (at) do nothing`,
    [usage.used, usage.limit, usage.budget],
  );
}
