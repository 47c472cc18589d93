import type { FieldMapping } from '../sync/field-map.ts';
import { isPushed } from '../sync/field-map.ts';
import { asText, fingerprint, pulledMappings, quote } from './columns.ts';
import type { Transaction } from './database.ts';

/**
 * Compiles the columns of the field map into the capture functions, so that a local edit costs one
 * comparison per pushable column and reads no table. Changes nothing when they are so already.
 */
export async function compileCapture(
  tx: Transaction,
  mappings: readonly FieldMapping[],
): Promise<boolean> {
  const update = await replaceFunction(
    tx,
    'capture_update',
    'returns trigger',
    updateBody(mappings),
  );
  const print = await replaceFunction(
    tx,
    'person_fingerprint',
    'returns text',
    fingerprintBody(mappings),
    'person marketing.person',
  );
  return update || print;
}

async function replaceFunction(
  tx: Transaction,
  name: string,
  returns: string,
  body: string,
  parameters = '',
): Promise<boolean> {
  const { rows } = await tx.query<{ prosrc: string }>(
    `select prosrc from pg_proc where pronamespace = 'tandem'::regnamespace and proname = $1`,
    [name],
  );
  if (rows[0]?.prosrc === body) return false;
  if (body.includes('$body$')) throw new Error(`A column name breaks the function ${name}.`);
  await tx.query(`create or replace function tandem.${name}(${parameters}) ${returns}
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$${body}$body$`);
  return true;
}

/** Keeps the old value of every pushable column that an UPDATE changed; nothing when none did. */
function updateBody(mappings: readonly FieldMapping[]): string {
  const branch = (object: string): string =>
    mappings
      .filter((mapping) => mapping.object === object && isPushed(mapping))
      .map(({ column, columnType }) => {
        const [before, after] = [`old.${quote(column)}`, `new.${quote(column)}`];
        return `    if ${after} is distinct from ${before} then
      changed := changed || jsonb_build_object(${literal(column)}, ${asText(columnType, before)});
    end if;`;
      })
      .join('\n');
  return `
declare
  changed jsonb := '{}';
begin
  if new.sfdc_type = 'Contact' then
${branch('Contact')}
  elsif new.sfdc_type = 'Lead' then
${branch('Lead')}
  end if;
  if changed <> '{}' then
    insert into tandem.pending_change (person_id, old) values (new.id, changed);
  end if;
  return null;
end
`;
}

function fingerprintBody(mappings: readonly FieldMapping[]): string {
  const of = (object: string): string =>
    fingerprint(
      pulledMappings(object, mappings).map(({ column, columnType }) => ({
        columnType,
        value: `person.${quote(column)}`,
      })),
    );
  return `
begin
  if person.sfdc_type = 'Contact' then
    return ${of('Contact')};
  end if;
  return ${of('Lead')};
end
`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
