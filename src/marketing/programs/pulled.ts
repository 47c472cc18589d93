import type { Database, Transaction } from '../database.ts';
import { goByIndex } from '../plans.ts';

export interface Followed {
  added: number;
  changed: number;
  removed: number;
}

/** In one transaction; more come in the next. */
const AT_ONCE = 5_000;

/**
 * Program members follow what was pulled of their campaign members: added, changed, removed, to any step
 * (E3, E7). One with a local change not yet pushed is left to the push, which reads Salesforce's again;
 * one whose person is not here waits for the person (A6), one whose row another session holds for the next
 * time (N3). Run again it changes nothing (N6).
 */
export async function followPulled(db: Database): Promise<Followed> {
  const all: Followed = { added: 0, changed: 0, removed: 0 };
  const { rows } = await db.query<{ last: string | null }>(
    'select max(id)::text as last from tandem.member_due',
  );
  const { last } = rows[0]!;
  if (last === null) return all;
  for (;;) {
    const some = await db.syncTransaction(async (tx) => {
      await goByIndex(tx);
      if (!(await takeDue(tx, last))) return null;
      await leaveHeld(tx);
      return followIn(tx);
    });
    if (some === null) return all;
    all.added += some.added;
    all.changed += some.changed;
    all.removed += some.removed;
  }
}

/**
 * Takes rows off the queue, up to the given one, before their members are read: a row that is put there
 * meanwhile stays. The programs are held, so that none is linked or unlinked in between.
 */
async function takeDue(tx: Transaction, last: string): Promise<boolean> {
  await tx.query('drop table if exists pg_temp.following');
  await tx.query(
    `create temp table following on commit drop as
     with taken as (
       delete from tandem.member_due d using (
         select q.id from tandem.member_due q
         left join marketing.campaign_member m on m.sfdc_id = q.sfdc_id
         left join marketing.program g on g.salesforce_campaign_id = m.campaign_id
           and g.linked_at is not null
         where q.id <= $1::bigint and (g.id is null or exists (
           select from marketing.person p where p.sfdc_id = coalesce(m.contact_id, m.lead_id)))
         order by q.id limit ${AT_ONCE} for update of q skip locked) q
       where d.id = q.id returning d.sfdc_id)
     select distinct sfdc_id from taken`,
    [last],
  );
  const { rows } = await tx.query<{ found: boolean }>(
    'select exists (select from pg_temp.following) as found',
  );
  if (rows[0]!.found) {
    await tx.query(
      `select from marketing.program where linked_at is not null order by id for key share`,
    );
  }
  return rows[0]!.found;
}

/**
 * Holds the members, so that nobody changes one here between the look and the write (N1). Those that another
 * session holds go back into the queue.
 */
async function leaveHeld(tx: Transaction): Promise<void> {
  await tx.query(
    `with wanted as materialized (
       select f.sfdc_id, pm.program_id, pm.person_id from pg_temp.following f
       join marketing.campaign_member m on m.sfdc_id = f.sfdc_id
       join marketing.program g on g.salesforce_campaign_id = m.campaign_id
       join marketing.person p on p.sfdc_id = coalesce(m.contact_id, m.lead_id)
       join marketing.program_member pm on pm.program_id = g.id and pm.person_id = p.id
     ), held as materialized (
       select pm.program_id, pm.person_id from marketing.program_member pm
       where (pm.program_id, pm.person_id) in (select program_id, person_id from wanted)
       order by pm.program_id, pm.person_id for update of pm skip locked
     ), busy as (
       delete from pg_temp.following f using wanted w
       where f.sfdc_id = w.sfdc_id and not exists (select from held h
         where h.program_id = w.program_id and h.person_id = w.person_id)
       returning f.sfdc_id
     )
     insert into tandem.member_due (sfdc_id) select sfdc_id from busy`,
  );
}

async function followIn(tx: Transaction): Promise<Followed> {
  const { rows } = await tx.query<Followed>(
    `with theirs as materialized (
       select distinct on (g.id, p.id) g.id as program_id, p.id as person_id, m.sfdc_id,
         m.campaign_id, m.status, m.sfdc_is_deleted as gone
       from pg_temp.following f
       join marketing.campaign_member m on m.sfdc_id = f.sfdc_id
       join marketing.program g on g.salesforce_campaign_id = m.campaign_id
         and g.linked_at is not null
       join marketing.person p on p.sfdc_id = coalesce(m.contact_id, m.lead_id)
       -- The members of a campaign or a person that is deleted go with it there, and stay here (C8).
       where not (m.sfdc_is_deleted and (p.sfdc_is_deleted or exists (
           select from marketing.salesforce_campaign c
           where c.sfdc_id = m.campaign_id and c.sfdc_is_deleted)))
         and not exists (select from tandem.member_change c
           where c.program_id = g.id and c.person_id = p.id)
       order by g.id, p.id, m.sfdc_is_deleted, m.sfdc_id
     ), removed as (
       delete from marketing.program_member pm using theirs t
       where t.gone and pm.program_id = t.program_id and pm.person_id = t.person_id
         and pm.sfdc_id = t.sfdc_id
       returning pm.program_id, pm.person_id, pm.status
     ), old as materialized (
       select pm.program_id, pm.person_id, pm.status, pm.sfdc_id from theirs t
       join marketing.program_member pm
         on pm.program_id = t.program_id and pm.person_id = t.person_id
       where not t.gone
     ), changed as (
       update marketing.program_member pm set status = t.status, sfdc_id = t.sfdc_id,
         reached_at = case when pm.status = t.status then pm.reached_at else now() end
       from theirs t
       where not t.gone and t.status is not null and pm.program_id = t.program_id
         and pm.person_id = t.person_id
         and (pm.status, pm.sfdc_id) is distinct from (t.status, t.sfdc_id)
       returning pm.program_id, pm.person_id, pm.status
     ), added as (
       insert into marketing.program_member (program_id, person_id, status, sfdc_id)
       select t.program_id, t.person_id, t.status, t.sfdc_id from theirs t
       where not t.gone and t.status is not null and not exists (select from old o
         where o.program_id = t.program_id and o.person_id = t.person_id)
       on conflict do nothing
       returning program_id, person_id, status
     ), moved as (
       select c.*, o.status as old from changed c join old o using (program_id, person_id)
       where o.status <> c.status
     ), told as (
       insert into marketing.activity (person_id, kind, attributes)
       select e.person_id, e.kind, jsonb_build_object('program', e.program_id,
         'campaign', t.campaign_id, 'status', e.status) || e.more
       from (
         select program_id, person_id, status, 'Added to Salesforce Campaign' as kind,
           '{}'::jsonb as more from added
         union all
         select program_id, person_id, status, 'Changed Status in Salesforce Campaign',
           jsonb_build_object('old', old) from moved
         union all
         select program_id, person_id, status, 'Removed from Salesforce Campaign', '{}' from removed
       ) e join theirs t using (program_id, person_id)
     )
     select (select count(*) from added)::int as added, (select count(*) from moved)::int as changed,
       (select count(*) from removed)::int as removed`,
  );
  return rows[0]!;
}
