-- Costs that are truncated are costs that changed (E2): ActualCost follows, of the programs that had some.
create function tandem.capture_cost_truncate() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into tandem.program_due (program_id, what)
  select p.id, 'cost' from marketing.program p where p.linked_at is not null
    and exists (select from marketing.program_cost c where c.program_id = p.id);
  return null;
end
$$;
create trigger capture_truncate before truncate on marketing.program_cost
  for each statement execute function tandem.capture_cost_truncate();
