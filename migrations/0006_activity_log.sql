-- What Salesforce's tasks, events and opportunities mean for a person's log (F2, H1). Triggers for each
-- statement, so that a page of a load is logged by one insert. A row that comes before its person is
-- logged when the person comes (src/marketing/adopt.ts). Quiet while people become one: what moves with
-- them is in the log already (src/marketing/unite-people.ts).

-- The columns in which two versions of a row differ; null when in none. An empty text is null in
-- Salesforce, and no difference (J6).
create function tandem.changes(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe
return (
  select jsonb_object_agg(n.key, jsonb_build_object('old', o.value, 'new', n.value))
  from jsonb_each(after) n join jsonb_each(before) o on o.key = n.key
  where n.value is distinct from o.value
    and not (n.value in ('""', 'null') and o.value in ('""', 'null'))
);

-- Tasks and events: TG_ARGV[0] is the name under which the log keeps their id.
create function tandem.log_logged() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, occurred_at, attributes)
  select p.id, 'Activity is Logged', coalesce(n.sfdc_created_at, now()),
    jsonb_build_object(tg_argv[0], n.sfdc_id)
  from inserted n join marketing.person p on p.sfdc_id = n.who_id
  where not n.sfdc_is_deleted;
  return null;
end
$$;

create function tandem.log_activity_updates() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, attributes)
  select p.id,
    -- Given to another person, it is new to that one.
    case when c.changes ? 'who_id' then 'Activity is Logged' else 'Activity is Updated' end,
    jsonb_build_object(tg_argv[0], c.sfdc_id, 'changes', c.changes)
  from (
    select n.sfdc_id, n.who_id, tandem.changes(to_jsonb(o), to_jsonb(n)) as changes
    from updated n join outdated o on o.sfdc_id = n.sfdc_id
  ) c
  join marketing.person p on p.sfdc_id = c.who_id
  where c.changes is not null
    -- Moved with a person who became one with another: it is in this log already (C9, C10).
    and not (c.changes ? 'who_id' and exists (
      select from marketing.activity a where a.person_id = p.id and a.kind = 'Activity is Logged'
        and a.attributes ->> tg_argv[0] = c.sfdc_id));
  return null;
end
$$;

create trigger log_inserts after insert on marketing.task
  referencing new table as inserted
  for each statement execute function tandem.log_logged('task');
create trigger log_updates after update on marketing.task
  referencing old table as outdated new table as updated
  for each statement when (current_setting('tandem.uniting', true) is distinct from 'on')
  execute function tandem.log_activity_updates('task');
create trigger log_inserts after insert on marketing.event
  referencing new table as inserted
  for each statement execute function tandem.log_logged('event');
create trigger log_updates after update on marketing.event
  referencing old table as outdated new table as updated
  for each statement when (current_setting('tandem.uniting', true) is distinct from 'on')
  execute function tandem.log_activity_updates('event');

create function tandem.log_role_inserts() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, occurred_at, attributes)
  select p.id, 'Added to Opportunity', coalesce(n.sfdc_created_at, now()),
    jsonb_build_object('opportunity_contact_role', n.sfdc_id, 'opportunity', n.opportunity_id,
      'role', n.role)
  from inserted n join marketing.person p on p.sfdc_id = n.contact_id
  where not n.sfdc_is_deleted;
  return null;
end
$$;

-- A role that goes, comes back, or is given to another contact.
create function tandem.log_role_updates() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, attributes)
  select p.id, c.kind,
    jsonb_build_object('opportunity_contact_role', c.sfdc_id, 'opportunity', c.opportunity_id,
      'role', c.role)
  from (
    select o.sfdc_id, o.opportunity_id, o.role, o.contact_id, 'Removed from Opportunity' as kind
    from outdated o join updated n on n.sfdc_id = o.sfdc_id
    where not o.sfdc_is_deleted
      and (n.sfdc_is_deleted or n.contact_id is distinct from o.contact_id)
    union all
    select n.sfdc_id, n.opportunity_id, n.role, n.contact_id, 'Added to Opportunity'
    from outdated o join updated n on n.sfdc_id = o.sfdc_id
    where not n.sfdc_is_deleted
      and (o.sfdc_is_deleted or n.contact_id is distinct from o.contact_id)
  ) c
  join marketing.person p on p.sfdc_id = c.contact_id;
  return null;
end
$$;

create trigger log_inserts after insert on marketing.opportunity_contact_role
  referencing new table as inserted
  for each statement execute function tandem.log_role_inserts();
create trigger log_updates after update on marketing.opportunity_contact_role
  referencing old table as outdated new table as updated
  for each statement when (current_setting('tandem.uniting', true) is distinct from 'on')
  execute function tandem.log_role_updates();

create function tandem.log_opportunity_updates() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, attributes)
  select p.id, 'Opportunity is Updated',
    jsonb_build_object('opportunity', c.sfdc_id, 'changes', c.changes)
  from (
    select n.sfdc_id, tandem.changes(to_jsonb(o), to_jsonb(n)) as changes
    from updated n join outdated o on o.sfdc_id = n.sfdc_id
  ) c
  join marketing.opportunity_contact_role r
    on r.opportunity_id = c.sfdc_id and not r.sfdc_is_deleted
  join marketing.person p on p.sfdc_id = r.contact_id
  where c.changes is not null;
  return null;
end
$$;

create trigger log_updates after update on marketing.opportunity
  referencing old table as outdated new table as updated
  for each statement execute function tandem.log_opportunity_updates();

-- F3: rates of the org's currencies; empty in an org with one currency.
create table marketing.currency_type (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  iso_code text,
  conversion_rate numeric,
  is_active boolean,
  is_corporate boolean
);

-- Amounts in the opportunity's currency and in the corporate one. A rate that changes changes them here.
create view marketing.opportunity_amount as
select o.sfdc_id, o.amount, o.expected_revenue,
  coalesce(to_jsonb(o) ->> 'currency_iso_code', k.iso_code) as currency_iso_code,
  o.amount / coalesce(c.conversion_rate, 1) as amount_corporate,
  o.expected_revenue / coalesce(c.conversion_rate, 1) as expected_revenue_corporate
from marketing.opportunity o
left join marketing.currency_type c on c.iso_code = to_jsonb(o) ->> 'currency_iso_code'
left join marketing.currency_type k on k.is_corporate;

-- F2: what each person takes part in; sums in the corporate currency.
create view marketing.person_opportunity as
select p.id as person_id, s.number > 0 as has_opportunity, s.number, s.total_amount,
  s.total_expected_revenue
from marketing.person p
cross join lateral (
  select count(*) as number, sum(a.amount_corporate) as total_amount,
    sum(a.expected_revenue_corporate) as total_expected_revenue
  from marketing.opportunity o
  join marketing.opportunity_amount a on a.sfdc_id = o.sfdc_id
  where not o.sfdc_is_deleted and exists (
    select from marketing.opportunity_contact_role r
    where r.contact_id = p.sfdc_id and r.opportunity_id = o.sfdc_id and not r.sfdc_is_deleted)
) s;
