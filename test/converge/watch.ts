/** Keeps every value of Fax that a person ever had on either side, so that one that vanished on its way shows (N1). */
import type { Pair } from '../activities/support.ts';

export async function watchFaxes({ sql, sandbox }: Pair): Promise<void> {
  const watch = (table: string, column: string, name: string) => `
    create or replace function watch.keep_${name}() returns trigger language plpgsql
    security definer as $$ begin
      insert into watch.fax (value) values (new.${column});
      return null;
    end $$;
    create trigger watch_fax after insert or update on ${table} for each row
      when (new.${column} is not null) execute function watch.keep_${name}();`;
  const schema = 'create schema watch; create table watch.fax (value text not null);';
  await sql(schema + watch('marketing.person', 'fax', 'person'));
  await sandbox.pool.query(
    schema + watch('org."Lead"', '"Fax"', 'lead') + watch('org."Contact"', '"Fax"', 'contact'),
  );
}

/** Which of the values were ever on a side. */
export async function seenFaxes(
  { sql, sandbox }: Pair,
  values: string[],
): Promise<Record<'here' | 'there', Set<string>>> {
  const query = 'select distinct value from watch.fax where value = any($1)';
  const here: { value: string }[] = await sql(query, [values]);
  const { rows: there } = await sandbox.pool.query<{ value: string }>(query, [values]);
  const set = (rows: { value: string }[]) => new Set(rows.map(({ value }) => value));
  return { here: set(here), there: set(there) };
}
