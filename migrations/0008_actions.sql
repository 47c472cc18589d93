-- Actions that marketing asks of Salesforce (I1 to I9): a row inserted here is done at once. What a kind
-- takes as parameters is in src/sync/action.ts; a row that is wrong ends `failed` with the reason.
create table marketing.salesforce_action (
  id uuid primary key default tandem.uuidv7(),
  kind text not null,
  person_id uuid,
  parameters jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
  requested_at timestamptz not null default clock_timestamp(),
  status text not null default 'requested'
    check (status in ('requested', 'running', 'done', 'failed')),
  -- Salesforce's own code and message, or ours.
  code text,
  reason text,
  -- The ids of what was made or changed.
  result jsonb not null default '{}',
  started_at timestamptz,
  ended_at timestamptz
);
create index salesforce_action_open on marketing.salesforce_action (requested_at, id)
  where status in ('requested', 'running');
create index salesforce_action_person on marketing.salesforce_action (person_id);

-- What an action keeps before a try, so that a lost answer does not make it happen twice (N2).
create table tandem.action_progress (
  action_id uuid primary key references marketing.salesforce_action on delete cascade,
  progress jsonb not null
);

-- Records read right after an action wrote them: what a cycle had read before is older, and is dropped.
create table tandem.taken_over (
  object text not null,
  sfdc_id text not null,
  modstamp timestamptz not null,
  at timestamptz not null default clock_timestamp(),
  primary key (object, sfdc_id)
);

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table marketing.salesforce_action alter column id set default uuidv7();
  end if;
end
$$;

create function tandem.begin_action() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.status := 'requested';
  new.code := null;
  new.reason := null;
  new.result := '{}';
  new.started_at := null;
  new.ended_at := null;
  return new;
end
$$;

create function tandem.protect_action() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'a row of marketing.salesforce_action belongs to the sync once it is inserted'
    using errcode = 'object_not_in_prerequisite_state',
      hint = 'Insert another row to ask again.';
end
$$;

-- Wakes the worker; without a payload, so that a transaction of many rows wakes it once.
create function tandem.tell_actions() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('tandem_action', '');
  return null;
end
$$;

create trigger begin_action before insert on marketing.salesforce_action for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.begin_action();
create trigger protect_action before update on marketing.salesforce_action for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.protect_action();
create trigger tell_actions after insert on marketing.salesforce_action for each statement
  execute function tandem.tell_actions();
