-- Would this text cast to this type? Asked only after a set-based cast has failed, to find the rows.
do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    create function tandem.casts(value text, type text) returns boolean
      language sql stable parallel safe
      return pg_catalog.pg_input_is_valid(value, type);
  else
    create function tandem.casts(value text, type text) returns boolean
      language plpgsql stable
    as $f$
    begin
      execute format('select %L::%s', value, type);
      return true;
    exception when data_exception then
      return false;
    end
    $f$;
  end if;
end
$$;
