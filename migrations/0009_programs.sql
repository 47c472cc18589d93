-- Programs and their members, for users to read and write by plain SQL (E1 to E7). Their changes are
-- captured as those of people are, quiet inside the sync's own transactions (tandem.origin = 'sync').

create table marketing.channel (
  name text primary key check (name = btrim(name) and name <> '')
);

-- A status is a step in its channel; nobody goes back to a lower one by a change made here (E7).
create table marketing.channel_status (
  channel text not null references marketing.channel on update cascade on delete cascade,
  name text not null check (name = btrim(name) and name <> ''),
  step integer not null,
  success boolean not null default false,
  primary key (channel, name)
);

create table marketing.program (
  id uuid primary key default tandem.uuidv7(),
  name text not null check (btrim(name) <> ''),
  channel text not null references marketing.channel on update cascade,
  -- Set it to link the program to that campaign; null to unlink it. One program has one campaign.
  salesforce_campaign_id text constraint program_campaign unique,
  -- Create New: the sync makes the campaign, and puts its id above.
  create_campaign boolean not null default false,
  -- What became of the link; the sync's.
  linked_at timestamptz,
  link_error text,
  created_at timestamptz not null default now()
);
create index program_unlinked on marketing.program (id)
  where linked_at is null and (create_campaign or salesforce_campaign_id is not null);
create index program_channel on marketing.program (channel);

create table marketing.program_cost (
  id uuid primary key default tandem.uuidv7(),
  program_id uuid not null references marketing.program on delete cascade,
  period date not null,
  amount numeric not null,
  note text
);
create index program_cost_program on marketing.program_cost (program_id);

create table marketing.program_member (
  program_id uuid not null references marketing.program on delete cascade,
  person_id uuid not null references marketing.person on update cascade on delete cascade,
  -- Left out, it is the channel's first.
  status text not null,
  reached_at timestamptz not null default now(),
  -- Its campaign member; the sync's.
  sfdc_id text,
  primary key (program_id, person_id)
);
create index program_member_person on marketing.program_member (person_id);

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table marketing.program alter column id set default uuidv7();
    alter table marketing.program_cost alter column id set default uuidv7();
  end if;
end
$$;

-- A local change of a member not yet pushed: the status before it, null when there was no member.
create table tandem.member_change (
  id bigint primary key generated always as identity,
  program_id uuid not null,
  person_id uuid not null,
  old_status text,
  at timestamptz not null default clock_timestamp()
);
create index member_change_member on tandem.member_change (program_id, person_id, id);
create index member_change_person on tandem.member_change (person_id);

-- Campaign members of linked campaigns whose rows were written and whose program is to follow; those
-- whose person is not here yet wait (A6). A queue of its own, so that nobody compares all members.
create table tandem.member_due (
  id bigint primary key generated always as identity,
  sfdc_id text not null
);
create index member_due_sfdc_id on tandem.member_due (sfdc_id);

-- What of a linked program is to be compared with its campaign: channel (Type), cost (ActualCost),
-- statuses (E2).
create table tandem.program_due (
  id bigint primary key generated always as identity,
  program_id uuid not null,
  what text not null check (what in ('channel', 'cost', 'statuses'))
);

-- Kept before a campaign is made, so that one whose answer was lost is found again (N2).
create table tandem.campaign_creation (
  program_id uuid primary key,
  name text not null,
  -- Salesforce's time before the first try, and ours of the last one.
  since timestamptz not null,
  tried_at timestamptz not null default clock_timestamp(),
  -- Made: its statuses are still to be brought in line.
  sfdc_id text
);

-- Nothing of it is wanted any more.
create function tandem.end_link(program uuid) returns void language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from tandem.campaign_creation where program_id = program;
  delete from tandem.member_change where program_id = program;
  update tandem.sync_error set resolved_at = clock_timestamp()
  where resolved_at is null and (object = 'Campaign' and record = program::text
    or object = 'CampaignMember' and starts_with(record, program || '/'));
end
$$;

create function tandem.check_program() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.linked_at := null;
    new.link_error := null;
    return new;
  end if;
  if new.linked_at is distinct from old.linked_at or new.link_error is distinct from old.link_error
    or new.id <> old.id
  then
    raise exception 'id, linked_at and link_error of marketing.program belong to the sync'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Set salesforce_campaign_id or create_campaign to ask for a link.';
  end if;
  if new.salesforce_campaign_id is distinct from old.salesforce_campaign_id then
    new.linked_at := null;
    new.link_error := null;
    perform tandem.end_link(old.id);
    if new.salesforce_campaign_id is null and new.create_campaign = old.create_campaign then
      new.create_campaign := false;
    end if;
  elsif new.channel <> old.channel or new.create_campaign <> old.create_campaign then
    -- Asked again, it is tried at once.
    new.link_error := null;
  end if;
  return new;
end
$$;
create trigger check_program before insert or update on marketing.program for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.check_program();

create function tandem.check_member() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  own text;
  before_step integer;
  after_step integer;
begin
  select channel into own from marketing.program where id = new.program_id;
  if own is null then
    return new;
  end if;
  if new.status is null then
    select name into new.status from marketing.channel_status
      where channel = own order by step, name limit 1;
  end if;
  if tg_op = 'INSERT' then
    new.sfdc_id := null;
  elsif new.sfdc_id is distinct from old.sfdc_id then
    raise exception 'sfdc_id of marketing.program_member belongs to the sync'
      using errcode = 'object_not_in_prerequisite_state';
  elsif new.program_id = old.program_id and new.status = old.status then
    return new;
  end if;
  if tg_op = 'UPDATE' and (new.program_id, new.person_id) <> (old.program_id, old.person_id) then
    new.sfdc_id := null;
  end if;
  select step into after_step from marketing.channel_status where channel = own and name = new.status;
  if after_step is null then
    raise exception '"%" is no status of the channel "%"', new.status, own
      using errcode = 'check_violation',
        hint = 'See marketing.channel_status, or leave the status out for the first one.';
  end if;
  if tg_op = 'UPDATE' and new.program_id = old.program_id then
    select step into before_step from marketing.channel_status
      where channel = own and name = old.status;
    -- E7: the row stays as it is; one of many shall not make the statement fail.
    if after_step < before_step then
      new.status := old.status;
      new.reached_at := old.reached_at;
    elsif new.reached_at = old.reached_at then
      new.reached_at := now();
    end if;
  end if;
  return new;
end
$$;
create trigger check_member before insert or update on marketing.program_member for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.check_member();

-- The programs among these that are linked. They are held, so that a link that is just being made has
-- either seen the change or is seen by it (N1).
create function tandem.linked_programs(ids uuid[]) returns setof uuid language sql volatile
begin atomic
  with held as materialized (
    select p.id, p.linked_at from marketing.program p
    where p.id = any(ids) order by p.id for key share
  )
  select held.id from held where held.linked_at is not null;
end;

create function tandem.capture_members() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    insert into tandem.member_change (program_id, person_id, old_status)
    select n.program_id, n.person_id, null from inserted n
    where n.program_id in (
      select tandem.linked_programs(array(select distinct program_id from inserted)));
  elsif tg_op = 'DELETE' then
    -- Not those of a person or a program that is gone altogether (C14).
    insert into tandem.member_change (program_id, person_id, old_status)
    select o.program_id, o.person_id, o.status from deleted o
    where exists (select from marketing.person p where p.id = o.person_id)
      and o.program_id in (
        select tandem.linked_programs(array(select distinct program_id from deleted)));
  else
    insert into tandem.member_change (program_id, person_id, old_status)
    select coalesce(n.program_id, o.program_id), coalesce(n.person_id, o.person_id), o.status
    from deleted o full join inserted n using (program_id, person_id)
    where o.status is distinct from n.status
      and program_id in (select tandem.linked_programs(array(
        select program_id from deleted union select program_id from inserted)));
  end if;
  return null;
end
$$;
create trigger capture_inserts after insert on marketing.program_member
  referencing new table as inserted
  for each statement when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_members();
create trigger capture_updates after update on marketing.program_member
  referencing old table as deleted new table as inserted
  for each statement when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_members();
create trigger capture_deletes after delete on marketing.program_member
  referencing old table as deleted
  for each statement when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_members();

create function tandem.refuse_member_truncate() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'marketing.program_member cannot be truncated: the sync would not see who was removed'
    using errcode = 'feature_not_supported', hint = 'Use DELETE FROM marketing.program_member.';
end
$$;
create trigger capture_truncate before truncate on marketing.program_member for each statement
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.refuse_member_truncate();

create function tandem.capture_program_delete() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform tandem.end_link(old.id);
  return null;
end
$$;
create trigger capture_delete after delete on marketing.program for each row
  execute function tandem.capture_program_delete();

-- E2: what of a linked campaign is to be written again.
create function tandem.capture_program() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.channel <> old.channel and new.linked_at is not null then
    insert into tandem.program_due (program_id, what) values (new.id, 'channel'), (new.id, 'statuses');
  end if;
  return null;
end
$$;
create trigger capture_update after update of channel on marketing.program for each row
  execute function tandem.capture_program();

create function tandem.capture_costs() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into tandem.program_due (program_id, what)
  select distinct id, 'cost' from tandem.linked_programs(array_remove(array[
    case when tg_op <> 'DELETE' then new.program_id end,
    case when tg_op <> 'INSERT' then old.program_id end], null)) as id;
  return null;
end
$$;
create trigger capture_costs after insert or update or delete on marketing.program_cost
  for each row execute function tandem.capture_costs();

create function tandem.capture_steps() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  channels text[] := array_remove(array[
    case when tg_op <> 'DELETE' then new.channel end,
    case when tg_op <> 'INSERT' then old.channel end], null);
begin
  insert into tandem.program_due (program_id, what)
  select p.id, 'statuses' from marketing.program p
  where p.channel = any(channels) and p.linked_at is not null;
  -- A link that was refused for the statuses is tried again.
  perform set_config('tandem.origin', 'sync', true);
  update marketing.program set link_error = null
  where channel = any(channels) and linked_at is null and link_error is not null;
  perform set_config('tandem.origin', '', true);
  return null;
end
$$;
create trigger capture_steps after insert or update or delete on marketing.channel_status
  for each row when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_steps();

-- What the sync wrote of campaign members: their programs follow (src/marketing/programs/pulled.ts).
create function tandem.queue_members() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into tandem.member_due (sfdc_id)
  select m.sfdc_id from written m
  where m.campaign_id in (select p.salesforce_campaign_id from marketing.program p
    where p.linked_at is not null);
  return null;
end
$$;
create trigger queue_inserts after insert on marketing.campaign_member
  referencing new table as written
  for each statement execute function tandem.queue_members();
create trigger queue_updates after update on marketing.campaign_member
  referencing new table as written
  for each statement execute function tandem.queue_members();

-- Members of a person who is deleted here wait for the person to come back (C14).
create function tandem.queue_members_of_person() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from tandem.member_change where person_id = old.id;
  if old.sfdc_id is null then
    return null;
  end if;
  insert into tandem.member_due (sfdc_id)
  select m.sfdc_id from marketing.campaign_member m
  join marketing.program p on p.salesforce_campaign_id = m.campaign_id and p.linked_at is not null
  where m.lead_id = old.sfdc_id or m.contact_id = old.sfdc_id;
  return null;
end
$$;
create trigger queue_members after delete on marketing.person for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.queue_members_of_person();
