import { recordErrors, resolveErrors } from '../ledger/sync-errors.ts';
import type { Row } from '../salesforce/port.ts';
import type { Database, RecordCounts, Sql, Transaction } from './database.ts';
import { isLockTimeout } from './errors.ts';

/** One activity to become a task. */
export interface DueActivity {
  id: string;
  kind: string;
  personId: string;
  sfdcId: string;
  /** In UTC. */
  day: string;
  attributes: Record<string, unknown>;
  /** What an earlier try was about to make, and when (Salesforce's time); null before the first. */
  record: Row | null;
  triedAt: Date | null;
}

export interface TaskResult {
  activity: DueActivity;
  outcome:
    | { ok: true; id: string }
    | { ok: false; code: string; message: string; fields?: readonly string[] };
}

/** Long enough for any insert; new activities wait behind the lock that long. */
const PATIENCE = '5s';

/**
 * Keeps which kinds are pushed. One that is new brings its activities of three months (H2), also those
 * whose transactions are just ending: while one of them goes on and on, the kind waits for the next cycle,
 * and nothing else waits with it (N3).
 */
export async function keepPushedKinds(db: Database, kinds: readonly string[]): Promise<void> {
  const known = await db.query<{ kind: string }>(
    'select kind from tandem.pushed_kind where enabled',
  );
  const enabled = new Set(known.rows.map(({ kind }) => kind));
  const fresh = kinds.filter((kind) => !enabled.has(kind));
  if (fresh.length === 0 && enabled.size === new Set(kinds).size) return;
  await db.query(
    'update tandem.pushed_kind set enabled = false where kind <> all($1) and enabled',
    [[...kinds]],
  );
  if (fresh.length === 0) return;
  const bring = db.transaction(async (tx) => {
    await tx.query(`set local lock_timeout = '${PATIENCE}'`);
    await tx.query('lock table marketing.activity in share mode');
    await tx.query(
      `insert into tandem.pushed_kind (kind) select unnest($1::text[])
       on conflict (kind) do update set enabled = true`,
      [fresh],
    );
    await tx.query(
      `insert into tandem.pushed_activity (activity_id)
       select a.id from marketing.activity a
       join tandem.pushed_kind k on k.kind = a.kind and a.occurred_at >= k.since
       join marketing.person p on p.id = a.person_id and p.sfdc_id is not null
       where a.kind = any($1) on conflict do nothing`,
      [fresh],
    );
  });
  await bring.catch((error: unknown) => {
    if (!isLockTimeout(error)) throw error;
  });
}

/** SQL: activities that wait, of people who may get a task, and that are not refused or due again (N3). */
const DUE = `tandem.pushed_activity w
  join marketing.activity a on a.id = w.activity_id
  join tandem.pushed_kind k on k.kind = a.kind and k.enabled
  join marketing.person p on p.id = a.person_id
  where w.state = 'waiting' and p.sfdc_id is not null and p.sfdc_created_at is not null
    and not p.sfdc_is_deleted and not p.sfdc_out_of_scope
    and not (p.sfdc_type = 'Lead' and coalesce(p.sfdc_is_converted, false))
    and not exists (select from tandem.sync_error e
      where e.object = 'Task' and e.operation = 'push new' and e.record = a.id::text
        and e.resolved_at is null and e.next_try > now())`;

/** SQL: since when person `p` is in Salesforce, also as the lead that it was converted from (C10) or as who was merged into it. */
const SINCE = `least(p.sfdc_created_at, (
  select min(m.merged_sfdc_created_at) from marketing.person_merge m where m.person_id = p.id))`;

/** Whether any activity is to be pushed. */
export async function activitiesDue(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query<{ due: boolean }>(`select exists (select from ${DUE}) as due`);
  return rows[0]!.due;
}

/**
 * The next activities to push, oldest first. Left are those from before the person was in Salesforce, and,
 * of the kinds in `onceADay`, all but the first of a day (H2).
 */
export async function takeActivities(
  db: Database,
  { onceADay, limit }: { onceADay: readonly string[]; limit: number },
): Promise<DueActivity[]> {
  return db.transaction(async (tx) => {
    await leave(tx, `a.occurred_at < ${SINCE}`, []);
    await leave(
      tx,
      `w.tried_at is null and a.kind = any($1) and exists (
         select from marketing.activity b join tandem.pushed_activity o on o.activity_id = b.id
         where b.person_id = a.person_id and b.kind = a.kind and b.id <> a.id and o.state <> 'left'
           and (b.occurred_at at time zone 'UTC')::date = (a.occurred_at at time zone 'UTC')::date
           and (o.state = 'done' or o.tried_at is not null
             or b.occurred_at >= ${SINCE} and (b.occurred_at, b.id) < (a.occurred_at, a.id)))`,
      [[...onceADay]],
    );
    const { rows } = await tx.query<DueActivity>(
      `select a.id, a.kind, p.id as "personId", p.sfdc_id as "sfdcId", a.attributes,
         to_char(a.occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day,
         w.record, w.tried_at as "triedAt"
       from ${DUE} order by a.occurred_at, a.id limit $1`,
      [limit],
    );
    return rows;
  });
}

async function leave(tx: Transaction, condition: string, values: string[][]): Promise<void> {
  await tx.query(
    `update tandem.pushed_activity set state = 'left' where activity_id in
       (select w.activity_id from ${DUE} and ${condition})`,
    values,
  );
}

/** Before the try: what it makes is known again by exactly this (N2). Kept once. */
export async function keepTries(
  sql: Sql,
  tries: readonly { id: string; record: Row }[],
  at: Date,
): Promise<void> {
  if (tries.length === 0) return;
  await sql.query(
    `update tandem.pushed_activity w set tried_at = $2, record = t.record
     from jsonb_to_recordset($1) as t(id uuid, record jsonb)
     where w.activity_id = t.id and w.tried_at is null`,
    [JSON.stringify(tries), at],
  );
}

/** Those among the tasks that belong to an activity already. */
export async function tasksOfActivities(sql: Sql, tasks: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select task_id as id from tandem.pushed_activity where task_id = any($1)',
    [[...tasks]],
  );
  return rows.map(({ id }) => id);
}

/** Keeps what became of each; a pull that was quicker has logged the task, which is no news (N4). */
export async function settleActivities(
  db: Database,
  results: readonly TaskResult[],
  record?: RecordCounts<{ new: number; failed: number }>,
): Promise<{ created: number; failed: number }> {
  return db.syncTransaction(async (tx) => {
    const made = results.flatMap(({ activity, outcome }) =>
      outcome.ok ? [{ id: activity.id, task: outcome.id, person: activity.personId }] : [],
    );
    await tx.query(
      `update tandem.pushed_activity w set state = 'done', task_id = t.task
       from jsonb_to_recordset($1) as t(id uuid, task text) where w.activity_id = t.id`,
      [JSON.stringify(made)],
    );
    await tx.query(
      `delete from marketing.activity a
       using jsonb_to_recordset($1) as t(task text, person uuid)
       where a.person_id = t.person and a.kind = 'Activity is Logged'
         and a.attributes ->> 'task' = t.task`,
      [JSON.stringify(made)],
    );
    await resolveErrors(
      tx,
      'Task',
      'push new',
      made.map(({ id }) => id),
    );
    const failures = results.flatMap(({ activity, outcome }) =>
      outcome.ok
        ? []
        : [
            {
              ...{ record: activity.id, personId: activity.personId, sfdcId: activity.sfdcId },
              ...{ code: outcome.code, message: outcome.message, fields: outcome.fields ?? [] },
            },
          ],
    );
    // Refused, so not there: the next try is made from what is known then.
    await tx.query(
      `update tandem.pushed_activity set tried_at = null, record = null
       where activity_id = any($1::uuid[])`,
      [failures.map((failure) => failure.record)],
    );
    await recordErrors(tx, 'Task', 'push new', failures);
    await record?.(tx, { new: made.length, failed: failures.length });
    return { created: made.length, failed: failures.length };
  });
}
