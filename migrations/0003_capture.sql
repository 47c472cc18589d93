-- Capture of local edits. Quiet inside the sync's own transactions (tandem.origin = 'sync').
-- Functions run as their owner, so that a role needs rights on `marketing` only.

-- Schema sync compiles the columns of the field map into this and person_fingerprint
-- (src/marketing/capture.ts); until then nothing is pushable.
create function tandem.capture_update() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return null;
end
$$;

create function tandem.protect_person() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'id, sfdc_id, sfdc_is_deleted and sfdc_out_of_scope of marketing.person belong to the sync'
    using errcode = 'object_not_in_prerequisite_state',
      hint = 'Leave these columns alone: the sync fills them from Salesforce.';
end
$$;

-- The row's pulled columns as one md5; compiled like capture_update.
create function tandem.person_fingerprint(person marketing.person) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return null;
end
$$;

-- A person deleted here stays gone until the record next changes there (C14). What tells the two
-- apart is the watermark at this moment and the row's values: the echo of a push made just before
-- has a later modstamp, but the same values.
create function tandem.capture_delete() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from tandem.pending_change where person_id = old.id;
  update tandem.sync_error set resolved_at = now()
    where person_id = old.id and resolved_at is null;
  if old.sfdc_id is not null then
    delete from tandem.creation where person_id = old.id;
    insert into tandem.person_deletion
      (sfdc_id, person_id, object, policy, watermark, fingerprint)
    select old.sfdc_id, old.id, old.sfdc_type, c.on_delete,
      coalesce((select w.modstamp from tandem.watermark w where w.object = old.sfdc_type),
        (select l.server_time from tandem.load l where l.object = old.sfdc_type)),
      tandem.person_fingerprint(old)
    from tandem.connection c
    where old.sfdc_type is not null
    on conflict (sfdc_id) do update set person_id = excluded.person_id, policy = excluded.policy,
      watermark = excluded.watermark, fingerprint = excluded.fingerprint, at = excluded.at,
      pushed_at = null;
  end if;
  return null;
end
$$;

create function tandem.capture_truncate() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'marketing.person cannot be truncated: the sync would not see which people went'
    using errcode = 'feature_not_supported', hint = 'Use DELETE FROM marketing.person.';
end
$$;

-- Updates only: a row trigger on INSERT would cost every bulk load a tenth of its speed, and rows put
-- back from a backup may well bring their Salesforce id.
create trigger protect_person_update after update on marketing.person for each row
  when ((old.id <> new.id or old.sfdc_id is distinct from new.sfdc_id
    or old.sfdc_is_deleted <> new.sfdc_is_deleted
    or old.sfdc_out_of_scope <> new.sfdc_out_of_scope)
    and current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.protect_person();

create trigger capture_update after update on marketing.person for each row
  when (old.sfdc_id is not null
    and current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_update();

create trigger capture_delete after delete on marketing.person for each row
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_delete();

create trigger capture_truncate before truncate on marketing.person for each statement
  when (current_setting('tandem.origin', true) is distinct from 'sync')
  execute function tandem.capture_truncate();

-- D2: a change of an account, by the sync or here, shows in the log of each of its contacts, but of
-- none if it has more than 5,000.
create function tandem.log_account_change() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  changes jsonb;
begin
  select jsonb_object_agg(n.key, jsonb_build_object('old', o.value, 'new', n.value)) into changes
  from jsonb_each(to_jsonb(new)) n
  join jsonb_each(to_jsonb(old)) o on o.key = n.key
  where n.value is distinct from o.value
    -- An empty text is null in Salesforce, and no difference (J6).
    and not (n.value in ('""', 'null') and o.value in ('""', 'null'));
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

create trigger log_account_change after update on marketing.account for each row
  when (old.* is distinct from new.*)
  execute function tandem.log_account_change();
