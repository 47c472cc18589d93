-- Databases of 0.1.0 hold leads that were converted while they were here, and had nothing to note that in:
-- as with those converted from now on (0007), each becomes one person with its contact (C10). Somebody
-- converted on the very day of the first copy counts as well.
insert into tandem.conversion (person_id)
select p.id from marketing.person p
where p.sfdc_type = 'Lead' and p.sfdc_is_converted
  and (p.sfdc_converted_at >= p.created_at::date
    or exists (select from tandem.pending_change c where c.person_id = p.id))
on conflict do nothing;
