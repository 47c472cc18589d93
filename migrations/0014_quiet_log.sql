-- What the log tells of a change is what changed in Salesforce: not that tandem.yaml leaves a record out
-- or takes it in (C12), nor that a column got the old values of a field that came later (A7, J1 to J3).
create or replace function tandem.changes(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe
return (
  select jsonb_object_agg(n.key, jsonb_build_object('old', o.value, 'new', n.value))
  from jsonb_each(after) n join jsonb_each(before) o on o.key = n.key
  where n.value is distinct from o.value
    and not (n.value in ('""', 'null') and o.value in ('""', 'null'))
    and n.key <> 'sfdc_out_of_scope'
);

-- Quiet while people become one, and while columns are filled (src/marketing/backfill.ts).
create function tandem.log_is_quiet() returns boolean language sql stable parallel safe
return coalesce(current_setting('tandem.uniting', true), '') = 'on'
  or coalesce(current_setting('tandem.filling', true), '') = 'on';

drop trigger log_updates on marketing.task;
create trigger log_updates after update on marketing.task
  referencing old table as outdated new table as updated
  for each statement when (not tandem.log_is_quiet())
  execute function tandem.log_activity_updates('task');
drop trigger log_updates on marketing.event;
create trigger log_updates after update on marketing.event
  referencing old table as outdated new table as updated
  for each statement when (not tandem.log_is_quiet())
  execute function tandem.log_activity_updates('event');
drop trigger log_updates on marketing.opportunity;
create trigger log_updates after update on marketing.opportunity
  referencing old table as outdated new table as updated
  for each statement when (not tandem.log_is_quiet())
  execute function tandem.log_opportunity_updates();

create or replace function tandem.log_account_change() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  changes jsonb := tandem.changes(to_jsonb(old), to_jsonb(new));
begin
  if changes is null
    or exists (select from marketing.person where account = new.sfdc_id offset 5000 limit 1)
  then
    return null;
  end if;
  insert into marketing.activity (person_id, kind, attributes)
  select p.id, 'Change Data Value', jsonb_build_object('account', new.sfdc_id, 'changes', changes)
  from marketing.person p
  where p.account = new.sfdc_id;
  return null;
end
$$;
drop trigger log_account_change on marketing.account;
create trigger log_account_change after update on marketing.account for each row
  when (old.* is distinct from new.* and not tandem.log_is_quiet())
  execute function tandem.log_account_change();
