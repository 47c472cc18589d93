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
