-- A backfill whose query runs too long is read in slices of time, each by a job of its own, as a load is.
alter table tandem.backfill
  alter column job_id drop not null,
  add column slices jsonb;
