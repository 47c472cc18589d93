-- People who became one: merged in Salesforce, or a lead and the contact it was converted to (C9, C10).
create table marketing.person_merge (
  person_id uuid not null,
  -- The id that is no more, here and in Salesforce.
  merged_person_id uuid primary key,
  merged_sfdc_id text,
  at timestamptz not null default clock_timestamp()
);
create index person_merge_person on marketing.person_merge (person_id);
create index person_merge_sfdc_id on marketing.person_merge (merged_sfdc_id);

-- Fields that say whom a person became one with; they grow from describe otherwise.
alter table marketing.person
  add column if not exists converted_contact_id text,
  add column if not exists converted_account_id text,
  add column if not exists converted_opportunity_id text,
  add column if not exists master_record_id text;

-- Leads converted while they were here, until their contact is here as well. Leads that had been converted
-- before the first copy stay as they are: people of their own, with sfdc_is_converted.
create table tandem.conversion (
  person_id uuid primary key,
  at timestamptz not null default clock_timestamp()
);

create function tandem.note_conversion() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into tandem.conversion (person_id) values (new.id) on conflict do nothing;
  return null;
end
$$;

create trigger note_conversion after update on marketing.person for each row
  when (new.sfdc_is_converted and old.sfdc_is_converted is distinct from true)
  execute function tandem.note_conversion();

-- Those that wait for their winner; nearly none at any time.
create index person_merged on marketing.person (master_record_id)
  where sfdc_is_deleted and master_record_id is not null;
