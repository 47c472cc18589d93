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

-- Those that wait for it; nearly none at any time.
create index person_converted on marketing.person (converted_contact_id)
  where sfdc_is_converted and converted_contact_id is not null;
create index person_merged on marketing.person (master_record_id)
  where sfdc_is_deleted and master_record_id is not null;
