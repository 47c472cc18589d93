import type { Database } from '../src/marketing/database.ts';
import { BenchmarkFailed } from './failure.ts';
import type { Org } from './org.ts';
import type { Cycle, Sync } from './sync.ts';

/** From Salesforce to marketing, or from marketing to Salesforce. */
export type Way = 'pull' | 'push';

/** Draws `count` leads at random from all over the table, a different lot for each seed. */
export async function drawLeads(org: Org, count: number, seed: number): Promise<string[]> {
  const { rows } = await org.db.query<{ id: string }>(
    `select "Id" as id from org."Lead" where not "IsDeleted"
     order by hashtextextended("Id", $1) limit $2`,
    [seed, count],
  );
  if (rows.length < count)
    throw new BenchmarkFailed(`The org has ${rows.length} leads, not ${count}.`);
  return rows.map(({ id }) => id);
}

/** Changes the title of leads in Salesforce, as an edit there does: with the stamps of now. */
export async function changeSalesforce(org: Org, ids: string[], title: string): Promise<void> {
  await org.db.query(
    `update org."Lead" set "Title" = $2, "SystemModstamp" = date_trunc('second', clock_timestamp()),
       "LastModifiedDate" = date_trunc('second', clock_timestamp()) where "Id" = any($1)`,
    [ids, title],
  );
}

/** The same in marketing, by one UPDATE of plain SQL. */
export async function changeMarketing(sync: Sync, ids: string[], title: string): Promise<void> {
  await sync.db.query('update marketing.person set job_title = $2 where sfdc_id = any($1)', [
    ids,
    title,
  ]);
}

/** @throws BenchmarkFailed unless the changes with this title have reached the other side, all of them */
export async function mustHaveArrived(
  org: Org,
  sync: Sync,
  way: Way,
  title: string,
  count: number,
): Promise<void> {
  const arrived =
    way === 'pull'
      ? await countTitles(sync.db, 'marketing.person', 'job_title', title)
      : await countTitles(org.db, 'org."Lead"', '"Title"', title);
  if (arrived !== count) {
    throw new BenchmarkFailed(
      `Of ${count} changes to ${way} ${arrived} had arrived at the end of the cycle.`,
    );
  }
}

async function countTitles(
  db: Database,
  table: string,
  column: string,
  title: string,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from ${table} where ${column} = $1`,
    [title],
  );
  return rows[0]!.count;
}

/** A cycle and what it cost in calls. */
export async function callsOf(
  org: Org,
  sync: Sync,
): Promise<{ cycle: Cycle; calls: number; byKind: string }> {
  const before = await org.calls();
  const cycle = await sync.cycle();
  const after = await org.calls();
  const kinds = Object.entries(after.byKind)
    .map(([kind, calls]) => [kind, calls - (before.byKind[kind] ?? 0)] as const)
    .filter(([, calls]) => calls > 0);
  const byKind = kinds.map(([kind, calls]) => `${calls} ${kind}`).join(', ');
  return { cycle, calls: after.total - before.total, byKind };
}
