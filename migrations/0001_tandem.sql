-- What the sync itself keeps. Users read it through `tandem` commands; only the sync writes here.
create schema if not exists tandem;

-- Time-ordered keys: neighbours in time are neighbours in the index, so bulk loads stay fast.
-- PostgreSQL 18 brings its own uuidv7(); column defaults call that one directly where it exists.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function tandem.uuidv7() returns uuid
      language sql volatile parallel safe
      return pg_catalog.uuidv7();
  else
    create function tandem.uuidv7() returns uuid
      language plpgsql volatile parallel safe
    as $f$
    declare
      milliseconds bigint := floor(extract(epoch from clock_timestamp()) * 1000);
      bytes bytea := overlay(uuid_send(gen_random_uuid())
        placing substring(int8send(milliseconds) from 3 for 6) from 1 for 6);
    begin
      -- The upper half of byte 6 is the version; the variant in byte 8 is v4's own.
      return encode(set_byte(bytes, 6, (get_byte(bytes, 6) & 15) | 112), 'hex')::uuid;
    end
    $f$;
  end if;
end
$$;

-- Would this text cast to this type? Asked only after a set-based cast has failed, to find the rows.
do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    create function tandem.casts(value text, type text) returns boolean
      language sql stable parallel safe
      return pg_catalog.pg_input_is_valid(value, type);
  else
    create function tandem.casts(value text, type text) returns boolean
      language plpgsql stable
    as $f$
    begin
      execute format('select %L::%s', value, type);
      return true;
    exception when data_exception then
      return false;
    end
    $f$;
  end if;
end
$$;

-- One row: the org this database is paired with (L3), and the state mirrored for reading while no
-- worker is up (K1).
create table tandem.connection (
  only_row boolean primary key default true check (only_row),
  name text,
  org_id text,
  sync_user_id text,
  on_delete text not null default 'keep' check (on_delete in ('keep', 'delete', 'forget')),
  state text,
  reason text,
  paused_by text,
  last_sync jsonb,
  next_sync_at timestamptz,
  pinned_at timestamptz,
  updated_at timestamptz not null default now()
);
insert into tandem.connection default values;

create table tandem.object (
  name text primary key,
  table_name text not null,
  updated_at timestamptz not null default now()
);

-- The field map as schema sync last stored it (J5). `gone_at` marks a field the sync user no longer
-- sees; its column and data stay (J2).
create table tandem.field (
  object text not null references tandem.object on delete cascade,
  field text not null,
  column_name text not null,
  type text not null,
  column_type text not null,
  direction text not null check (direction in ('both', 'pull', 'push', 'off')),
  reason text,
  conflict text not null check (conflict in ('salesforce', 'marketing', 'latest')),
  createable boolean not null,
  updateable boolean not null,
  length integer not null,
  scale integer not null,
  first_seen timestamptz not null default now(),
  gone_at timestamptz,
  primary key (object, field)
);

-- How far each object's pull has come, in Salesforce's own time (trap 3).
create table tandem.watermark (
  object text primary key,
  modstamp timestamptz not null,
  last_id text,
  moved_at timestamptz not null default now()
);

create table tandem.load (
  object text primary key,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  job_id text,
  locator text,
  -- After a lost job rows come a second time: their pages go by staging, not straight into the table.
  by_staging boolean not null default false,
  pages integer not null default 0,
  done bigint not null default 0,
  expected bigint,
  server_time timestamptz,
  rows_per_second double precision,
  reason text,
  started_at timestamptz,
  page_at timestamptz,
  ended_at timestamptz
);

-- A local edit not yet pushed: the changed columns with the values they had before (C3's base).
create table tandem.pending_change (
  id bigint primary key generated always as identity,
  person_id uuid not null,
  old jsonb not null,
  at timestamptz not null default clock_timestamp()
);
create index pending_change_person on tandem.pending_change (person_id, id);

-- What was sent to Salesforce for a person it did not know, kept before the first try: after a lost
-- response it is the base against which the record found there is merged (N2, trap 18).
create table tandem.creation (
  person_id uuid primary key,
  object text not null,
  -- One object per try, oldest first: {column: {"read": value here, "sent": value sent}}.
  tries jsonb not null,
  at timestamptz not null default now()
);

-- People deleted here by plain SQL (C14). `policy` is the one in force at that moment.
create table tandem.person_deletion (
  sfdc_id text primary key,
  person_id uuid not null,
  object text not null,
  policy text not null,
  watermark timestamptz,
  -- md5 of the row's pulled columns: an echo of our own last push is not a change there.
  fingerprint text,
  at timestamptz not null default clock_timestamp(),
  pushed_at timestamptz
);
create index person_deletion_due on tandem.person_deletion (at)
  where policy = 'delete' and pushed_at is null;

create table tandem.cycle (
  id bigint primary key generated always as identity,
  -- Names the cycle for its workflow, so that starting it twice is starting it once.
  key text not null unique,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  status text not null default 'running' check (status in ('running', 'done', 'failed', 'stopped')),
  reason text
);
create index cycle_started on tandem.cycle (started_at);

-- One step by object and operation (K2). `object` is '' for a step that concerns all.
create table tandem.cycle_step (
  cycle bigint not null references tandem.cycle on delete cascade,
  object text not null,
  operation text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  status text not null check (status in ('running', 'done', 'failed')),
  new integer not null default 0,
  updated integer not null default 0,
  deleted integer not null default 0,
  undeleted integer not null default 0,
  failed integer not null default 0,
  skipped integer not null default 0,
  conflicts integer not null default 0,
  -- Counts of the parts that no transaction covers, so that one done twice is counted once; they are
  -- in the columns above as well.
  parts jsonb not null default '{}',
  reason text,
  primary key (cycle, object, operation)
);

-- `record` is the person's id for what is pushed, the Salesforce id for what is pulled, '' for a
-- whole job (K3).
create table tandem.sync_error (
  id bigint primary key generated always as identity,
  object text not null,
  operation text not null,
  record text not null default '',
  person_id uuid,
  sfdc_id text,
  code text not null,
  message text not null,
  fields text[] not null default '{}',
  tries integer not null default 1,
  first_seen timestamptz not null default now(),
  last_tried timestamptz not null default now(),
  next_try timestamptz,
  resolved_at timestamptz,
  dismissed_at timestamptz
);
create unique index sync_error_open on tandem.sync_error (object, operation, record)
  where resolved_at is null;
create index sync_error_person on tandem.sync_error (person_id) where resolved_at is null;
create index sync_error_resolved on tandem.sync_error (resolved_at) where resolved_at is not null;

create table tandem.conflict (
  id bigint primary key generated always as identity,
  object text not null,
  field text not null,
  column_name text not null,
  person_id uuid not null,
  sfdc_id text not null,
  base text,
  salesforce text,
  marketing text,
  winner text not null check (winner in ('salesforce', 'marketing')),
  at timestamptz not null default clock_timestamp()
);
create index conflict_at on tandem.conflict (at);

-- Calls used of the org's day (K5, M1).
create table tandem.api_usage (
  at timestamptz primary key default now(),
  used integer not null,
  call_limit integer not null,
  budget integer not null
);
