import { resolveErrors } from '../ledger/sync-errors.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled, isPushed } from '../sync/field-map.ts';
import { normalise, type Value } from '../sync/value.ts';
import { asText, quote, stagingOf } from './columns.ts';
import type { Transaction } from './database.ts';

/** What was sent for one person in one try to create its record, by column. */
export type CreationTry = Record<string, { read: Value; sent: Value }>;

interface Found {
  id: string;
  sfdc_id: string;
  tries: CreationTry[] | null;
  current: (string | null)[];
  salesforce: (string | null)[];
}

const UUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/**
 * Links staged records that hold the id of a person without a Salesforce id: the answer to their
 * creation was lost (N2, trap 18). What was edited since is made a pending change, so that the merge
 * that follows knows it. Returns the number linked.
 */
export async function linkStaged(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
  externalIdField: string,
): Promise<number> {
  const own = mappings.filter(
    (mapping) => mapping.object === object && isPushed(mapping) && isPulled(mapping),
  );
  const staged = `s.${quote(externalIdField)}`;
  const { rows } = await tx.query<Found>(
    `select distinct on (p.id) p.id, s."Id" as sfdc_id, c.tries,
       array[${own.map(({ column, columnType }) => asText(columnType, `p.${quote(column)}`)).join(', ')}]::text[] as current,
       array[${own.map(({ field }) => `s.${quote(field)}`).join(', ')}]::text[] as salesforce
     from (
       select p.id, s."Id" as sfdc_id
       from ${stagingOf(object)} s
       join marketing.person p on p.id = case when ${staged} ~ '${UUID}' then ${staged}::uuid end
       where p.sfdc_id is null
         and not exists (select from marketing.person q where q.sfdc_id = s."Id")
       order by p.id for no key update of p
     ) found
     join marketing.person p on p.id = found.id
     join ${stagingOf(object)} s on s."Id" = found.sfdc_id
     left join tandem.creation c on c.person_id = p.id
     order by p.id, s."Id"`,
  );
  if (rows.length === 0) return 0;
  const edits = rows.flatMap((found) => {
    const old = editedSince(own, found);
    return Object.keys(old).length > 0 ? [{ id: found.id, old }] : [];
  });
  const ids = rows.map(({ id }) => id);
  await tx.query(
    `update marketing.person p set sfdc_id = t.sfdc_id
     from jsonb_to_recordset($1) as t(id uuid, sfdc_id text) where p.id = t.id`,
    [JSON.stringify(rows.map(({ id, sfdc_id }) => ({ id, sfdc_id })))],
  );
  await insertPending(tx, edits);
  await tx.query('delete from tandem.creation where person_id = any($1::uuid[])', [ids]);
  await resolveErrors(tx, object, 'push new', ids);
  return rows.length;
}

/**
 * Staged records that were made for people who have been deleted here since, before the answer came: they
 * stay gone until they next change there (C14).
 */
export async function keepDeletedAway(
  tx: Transaction,
  object: string,
  externalIdField: string,
): Promise<void> {
  const staged = `s.${quote(externalIdField)}`;
  const { rows } = await tx.query<{ id: string }>(
    `insert into tandem.person_deletion (sfdc_id, person_id, object, policy, watermark)
     select s."Id", c.person_id, $1, n.on_delete, s."SystemModstamp"::timestamptz
     from ${stagingOf(object)} s
     join tandem.creation c on c.person_id = case when ${staged} ~ '${UUID}' then ${staged}::uuid end
     cross join tandem.connection n
     where not exists (select from marketing.person p where p.id = c.person_id)
       and not exists (select from marketing.person p where p.sfdc_id = s."Id")
     on conflict (sfdc_id) do nothing returning person_id as id`,
    [object],
  );
  if (rows.length === 0) return;
  await tx.query('delete from tandem.creation where person_id = any($1::uuid[])', [
    rows.map(({ id }) => id),
  ]);
}

/** Makes local edits that no trigger saw pending: `old` is what Salesforce was given. */
export async function insertPending(
  tx: Transaction,
  edits: readonly { id: string; old: Record<string, Value> }[],
): Promise<void> {
  if (edits.length === 0) return;
  await tx.query(
    `insert into tandem.pending_change (person_id, old)
     select id, old from jsonb_to_recordset($1) as t(id uuid, old jsonb)`,
    [JSON.stringify(edits)],
  );
}

/**
 * Columns edited since the record was sent, with the value both sides agreed on: what was sent.
 * Of a person that was never sent (its id was put there by hand) every value counts as an edit.
 */
function editedSince(mappings: readonly FieldMapping[], found: Found): Record<string, Value> {
  const old: Record<string, Value> = {};
  for (const [index, { column, type }] of mappings.entries()) {
    const current = normalise(type, found.current[index]);
    const salesforce = normalise(type, found.salesforce[index]);
    const tries = (found.tries ?? []).flatMap((sent) => sent[column] ?? []);
    const last = tries.at(-1);
    const read = last ? normalise(type, last.read) : null;
    if (current === salesforce) continue;
    const sent = tries.map((one) => normalise(type, one.sent));
    const isSent = sent.includes(salesforce);
    // What the last try sent is no edit, unless it never came there: Salesforce has what one before it sent.
    const isEarlier = isSent && sent.at(-1) !== salesforce;
    if (current === read && !isEarlier) continue;
    old[column] = isSent ? salesforce : (sent.at(-1) ?? null);
  }
  return old;
}
