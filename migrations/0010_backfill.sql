-- Old values of fields that were not synced before: a field new to the sync user, one whose type has
-- changed, and formulas, whose changes move no modstamp (A7, J1, J2, J3).
alter table tandem.field
  add column calculated boolean not null default false,
  add column picklist text[],
  -- Since when its old values are wanted; null: they are here.
  add column backfill_since timestamptz,
  -- Salesforce's time of the last backfill; null: the initial load brought its values.
  add column refreshed_at timestamptz;

-- The run that brings the wanted fields of an object; its cursor moves with the rows, as a load's does.
create table tandem.backfill (
  object text primary key,
  fields text[] not null,
  job_id text not null,
  locator text,
  done bigint not null default 0,
  expected bigint,
  server_time timestamptz not null,
  rows_per_second double precision,
  reason text,
  started_at timestamptz not null default clock_timestamp(),
  page_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

-- A backfill's page may be older than what a cycle wrote meanwhile: so the cycle after it reads again
-- from the time of its job. `reread_taken`: a fetch has done so, and its write clears both.
alter table tandem.watermark
  add column reread_from timestamptz,
  add column reread_taken boolean not null default false;

-- Tells that tandem.yaml, or the org's schema, changed since the schema was synced.
alter table tandem.connection
  add column settings_digest text,
  add column schema_seen text;

-- What an operator should know, and no error: new and lost fields, new picklist values (J2, J4).
create table tandem.notice (
  id bigint primary key generated always as identity,
  at timestamptz not null default now(),
  object text not null,
  field text,
  kind text not null,
  message text not null
);
create index notice_at on tandem.notice (at);
