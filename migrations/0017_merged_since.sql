-- Since when the record that is no more was in Salesforce: its person has been there as long (H2).
alter table marketing.person_merge add column if not exists merged_sfdc_created_at timestamptz;
