-- What comes from Salesforce beside people and accounts. More columns grow from describe (J1); those
-- here are what rows are found by.
create table marketing.salesforce_campaign (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  name text,
  type text,
  status text,
  is_active boolean,
  owner_id text
);

create table marketing.campaign_member_status (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  campaign_id text,
  label text,
  sort_order integer,
  is_default boolean,
  has_responded boolean
);
create index campaign_member_status_campaign on marketing.campaign_member_status (campaign_id);

create table marketing.campaign_member (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  campaign_id text,
  lead_id text,
  contact_id text,
  status text,
  has_responded boolean,
  first_responded_date date
);
create index campaign_member_campaign on marketing.campaign_member (campaign_id);
create index campaign_member_lead on marketing.campaign_member (lead_id);
create index campaign_member_contact on marketing.campaign_member (contact_id);

create table marketing.opportunity (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  name text,
  account_id text,
  owner_id text,
  stage_name text,
  amount numeric,
  probability numeric,
  expected_revenue numeric,
  close_date date,
  is_closed boolean,
  is_won boolean
);
create index opportunity_account on marketing.opportunity (account_id);

create table marketing.opportunity_contact_role (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  opportunity_id text,
  contact_id text,
  role text,
  is_primary boolean
);
create index opportunity_contact_role_opportunity
  on marketing.opportunity_contact_role (opportunity_id);
create index opportunity_contact_role_contact on marketing.opportunity_contact_role (contact_id);

create table marketing.task (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  who_id text,
  what_id text,
  owner_id text,
  subject text,
  status text,
  priority text,
  activity_date date,
  is_closed boolean,
  is_archived boolean
);
create index task_who on marketing.task (who_id);

create table marketing.event (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  who_id text,
  what_id text,
  owner_id text,
  subject text,
  activity_date date,
  start_date_time timestamptz,
  end_date_time timestamptz,
  is_archived boolean
);
create index event_who on marketing.event (who_id);
