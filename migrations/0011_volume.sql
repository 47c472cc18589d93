-- Bulk ingest jobs that are under way: kept before their upload, gone in the transaction that settles
-- their rows. After a crash or a lost answer the same job is gone on with, and nothing is sent twice
-- (N2, N6, trap 21). How far a job is, Salesforce knows: one that is still open there has done nothing.
create table tandem.ingest_job (
  job_id text primary key,
  object text not null,
  operation text not null check (operation in ('push updates', 'push new')),
  -- The column of its results that tells its rows: Id, or the External ID field.
  key_field text not null,
  -- One entry per row: {"key", "personId", "sfdcId", "pendingIds"}.
  records jsonb not null,
  at timestamptz not null default clock_timestamp()
);
create index ingest_job_object on tandem.ingest_job (object, operation);

-- The comparison of ids (N8): one row per object, its cursor moves with the ids it covers.
create table tandem.comparison (
  object text primary key,
  requested_at timestamptz,
  started_at timestamptz,
  -- Null while it is under way, and before the first.
  ended_at timestamptz,
  job_id text,
  locator text,
  -- All ids that Salesforce has are here; what is left is to compare them.
  listed boolean not null default false,
  rows bigint not null default 0,
  -- Not here, or deleted here, although Salesforce has it: the next cycle reads it again.
  missing integer not null default 0,
  -- Here, and purged there: marked as deleted.
  gone integer not null default 0,
  reason text
);

-- What Salesforce has, while it is compared. A crash of the server may empty it: then it is listed again.
create unlogged table tandem.compared_id (
  object text not null,
  sfdc_id text not null,
  primary key (object, sfdc_id)
);

-- Records that the next cycle reads again by their id, as no modstamp will bring them.
create table tandem.reread (
  object text not null,
  sfdc_id text not null,
  primary key (object, sfdc_id)
);

-- Kinds of marketing activity that become tasks in Salesforce (H2), as tandem.yaml last had them.
create table tandem.pushed_kind (
  kind text primary key,
  enabled boolean not null default true,
  -- Three months before it was first switched on: nothing from before then is pushed.
  since timestamptz not null default now() - interval '3 months'
);

-- Activities of these kinds, of people who are in Salesforce: waiting, tried, or there. What a try is about
-- to make is kept before it, so that a lost answer does not make it twice (N2).
create table tandem.pushed_activity (
  activity_id uuid primary key,
  -- Salesforce's time before the first try; null: not tried yet.
  tried_at timestamptz,
  record jsonb,
  task_id text,
  -- done: there; left: an older one of that day stands for it, or it is from before the person was there.
  state text not null default 'waiting' check (state in ('waiting', 'done', 'left'))
);
create index pushed_activity_waiting on tandem.pushed_activity (activity_id) where state = 'waiting';
create unique index pushed_activity_task on tandem.pushed_activity (task_id);

create function tandem.queue_activities() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into tandem.pushed_activity (activity_id)
  select n.id
  from inserted n join tandem.pushed_kind k on k.kind = n.kind and k.enabled
  join marketing.person p on p.id = n.person_id and p.sfdc_id is not null
  where n.occurred_at >= k.since
  on conflict do nothing;
  return null;
end
$$;
create trigger queue_pushed after insert on marketing.activity
  referencing new table as inserted
  for each statement execute function tandem.queue_activities();

-- A task that was pushed is in the person's log already, as what it was made from (N4).
create or replace function tandem.log_logged() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into marketing.activity (person_id, kind, occurred_at, attributes)
  select p.id, 'Activity is Logged', coalesce(n.sfdc_created_at, now()),
    jsonb_build_object(tg_argv[0], n.sfdc_id)
  from inserted n join marketing.person p on p.sfdc_id = n.who_id
  where not n.sfdc_is_deleted
    and not exists (select from tandem.pushed_activity a where a.task_id = n.sfdc_id);
  return null;
end
$$;

-- What a load still has to read, oldest first, once a query of all ran too long (trap 5); null: all at once.
alter table tandem.load add column slices jsonb;
