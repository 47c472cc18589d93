-- As in 0003, but for somebody whom the record filter leaves out: nothing is pushed to that record, and so
-- it is not deleted in Salesforce either (C12, C14).
create or replace function tandem.capture_delete() returns trigger language plpgsql security definer
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
    select old.sfdc_id, old.id, old.sfdc_type,
      case when old.sfdc_out_of_scope and c.on_delete = 'delete' then 'keep' else c.on_delete end,
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
