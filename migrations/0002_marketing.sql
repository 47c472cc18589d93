-- What users and programs read and write. Rows refer to each other by Salesforce id and carry no
-- foreign keys: a child may come before its parent (A6). More columns grow from describe (J1).
create schema if not exists marketing;

create table marketing.person (
  id uuid primary key default tandem.uuidv7(),
  sfdc_id text constraint person_sfdc_id unique,
  sfdc_type text generated always as (
    case left(sfdc_id, 3) when '00Q' then 'Lead' when '003' then 'Contact' end
  ) stored,
  sfdc_created_at timestamptz,
  sfdc_is_deleted boolean not null default false,
  sfdc_out_of_scope boolean not null default false,
  sfdc_is_converted boolean,
  sfdc_converted_at date,
  created_at timestamptz not null default now(),
  salutation text,
  first_name text,
  last_name text,
  email text,
  phone text,
  mobile_phone text,
  fax text,
  job_title text,
  company text,
  website text,
  address text,
  city text,
  state text,
  postal_code text,
  country text,
  industry text,
  annual_revenue numeric,
  num_employees integer,
  source text,
  status text,
  rating text,
  notes text,
  unsubscribed boolean,
  date_of_birth date,
  score numeric,
  owner_id text,
  account text
);
create index person_email on marketing.person (lower(email));
create index person_account on marketing.person (account);
create index person_not_in_salesforce on marketing.person (id) where sfdc_id is null;

create table marketing.account (
  sfdc_id text primary key,
  sfdc_is_deleted boolean not null default false,
  sfdc_created_at timestamptz,
  name text,
  owner_id text
);

-- Who can own a record: users, and queues (which own leads only).
create table marketing.sales_user (
  sfdc_id text primary key,
  kind text generated always as (
    case left(sfdc_id, 3) when '005' then 'User' when '00G' then 'Queue' end
  ) stored,
  sfdc_is_deleted boolean not null default false,
  name text,
  first_name text,
  last_name text,
  title text,
  phone text,
  email text
);

-- A person's log.
create table marketing.activity (
  id uuid primary key default tandem.uuidv7(),
  person_id uuid not null,
  kind text not null,
  occurred_at timestamptz not null default now(),
  attributes jsonb not null default '{}'
);
create index activity_person on marketing.activity (person_id, occurred_at);

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table marketing.person alter column id set default uuidv7();
    alter table marketing.activity alter column id set default uuidv7();
  end if;
end
$$;
