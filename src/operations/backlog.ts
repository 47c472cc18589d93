import type { CreateInSalesforce } from '../config/schema.ts';
import type { Sql } from '../marketing/database.ts';
import { errorCode } from '../marketing/errors.ts';
import { objectSpec } from '../sync/objects.ts';

/** What waits for one object, in records. */
export interface Backlog {
  /** Rows staged and not yet written here, and rows that the initial load still has to bring. */
  waitingPull: number;
  /** People with a pending change, to be created, or deleted here and not yet there; members and programs likewise. */
  waitingPush: number;
  /** Open sync errors that nobody dismissed. */
  errors: number;
}

/** Object → what waits (K4), of each object named. */
export async function readBacklog(
  sql: Sql,
  objects: readonly string[],
  createInSalesforce: CreateInSalesforce,
): Promise<Map<string, Backlog>> {
  const backlog = new Map(
    objects.map((name) => [name, { waitingPull: 0, waitingPush: 0, errors: 0 }]),
  );
  const add = (object: string, key: keyof Backlog, count: number) => {
    const entry = backlog.get(object);
    if (entry) entry[key] += count;
  };
  const { rows } = await sql.query<{ object: string; key: keyof Backlog; count: number }>(`
    select object, 'errors' as key, count(*)::int as count from tandem.sync_error
      where resolved_at is null and dismissed_at is null group by object
    union all
    select object, 'waitingPull', greatest(expected - done, 0)::int from tandem.load
      where state <> 'done' and expected is not null
    union all
    select p.sfdc_type, 'waitingPush', count(*)::int from marketing.person p
      where p.sfdc_type is not null and not p.sfdc_is_deleted and not p.sfdc_out_of_scope
        and exists (select from tandem.pending_change c where c.person_id = p.id)
      group by p.sfdc_type
    union all
    select 'CampaignMember', 'waitingPush', count(*)::int from (
      select distinct c.program_id, c.person_id from tandem.member_change c
      join marketing.program p on p.id = c.program_id and p.linked_at is not null) changed
    union all
    select 'Campaign', 'waitingPush', count(*)::int from marketing.program p
      where p.linked_at is null and (p.create_campaign or p.salesforce_campaign_id is not null)
        or p.linked_at is not null and p.id in (select program_id from tandem.program_due)
    union all
    select object, 'waitingPush', count(*)::int from tandem.person_deletion
      where policy = 'delete' and pushed_at is null group by object`);
  for (const { object, key, count } of rows) add(object, key, count);
  for (const name of objects) add(name, 'waitingPull', await stagedRows(sql, name));
  const created = objects.find((name) => objectSpec(name).createable);
  if (created) add(created, 'waitingPush', await peopleToCreate(sql, createInSalesforce));
  return backlog;
}

async function stagedRows(sql: Sql, object: string): Promise<number> {
  const table = `tandem.staged_${object.toLowerCase()}`;
  const { rows } = await sql.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  if (!rows[0]!.there) return 0;
  const counted = await sql.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return counted.rows[0]!.count;
}

/** People whom config sends to Salesforce and who are not there yet (C5). */
async function peopleToCreate(sql: Sql, wanted: CreateInSalesforce): Promise<number> {
  if (wanted === 'asked') return 0;
  const condition = wanted === 'always' ? 'true' : wanted.when;
  try {
    const { rows } = await sql.query<{ count: number }>(
      `select count(*)::int as count from marketing.person where sfdc_id is null and (${condition})`,
    );
    return rows[0]!.count;
  } catch (error) {
    // A condition that is not SQL fails the cycle's own step, which says so; the status must still come.
    if (errorCode(error)?.startsWith('42')) return 0;
    throw error;
  }
}
