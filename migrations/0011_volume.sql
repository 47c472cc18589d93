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
