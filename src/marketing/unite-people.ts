import { type FieldMapping, isPushed } from '../sync/field-map.ts';
import { asText, quote } from './columns.ts';
import type { Transaction } from './database.ts';
import { uniteMembers } from './programs/unite.ts';

/** Two people who become one. */
export interface Union {
  /** `here`: merged in marketing, where at most one of them had a record in Salesforce (I8). */
  kind: 'conversion' | 'merge' | 'here';
  /** Person whose record is no more, or was converted. */
  loser: string;
  /** Person whose record stays, with its values. */
  winner: string;
  /** The person's id from now on: one of the two. */
  keep: string;
}

/** Columns that belong to one record, and do not move to another. */
const OF_THE_RECORD = [
  ...['id', 'sfdc_id', 'sfdc_type', 'sfdc_created_at', 'sfdc_is_deleted', 'sfdc_out_of_scope'],
  ...['created_at', 'owner_id', 'account'],
  ...['converted_contact_id', 'converted_account_id', 'converted_opportunity_id'],
  ...['master_record_id', 'record_type_id'],
];

/** What hangs on a person by its id. */
const BY_PERSON = [
  ['marketing.activity', 'person_id'],
  ['tandem.conflict', 'person_id'],
  ['marketing.person_merge', 'person_id'],
] as const;

/** What hangs on a record by its Salesforce id, and moves with it there (trap 8). */
const BY_SFDC_ID = [
  ['task', 'who_id'],
  ['event', 'who_id'],
  ['opportunity_contact_role', 'contact_id'],
] as const;

const SCORE = 'score';

/**
 * Makes one person of each pair, whom the caller has locked: the winner's values stand, where it has
 * none the loser's is kept, scores are added; edits of a converted lead that are not yet pushed follow to
 * the contact; activities and memberships move, and the old ids resolve by person_merge (C9, C10).
 */
export async function unitePeople(
  tx: Transaction,
  unions: readonly Union[],
  mappings: readonly FieldMapping[],
): Promise<void> {
  if (unions.length === 0) return;
  await tx.query('drop table if exists pg_temp.uniting');
  await tx.query(
    `create temp table uniting on commit drop as
     select u.kind, u.loser, u.winner, u.keep, l.sfdc_id as loser_sfdc_id,
       w.sfdc_id as winner_sfdc_id, w.sfdc_type as winner_type,
       -- Columns edited here and not yet pushed, which follow to the contact.
       case u.kind when 'conversion' then array(
         select jsonb_object_keys(c.old) from tandem.pending_change c where c.person_id = u.loser
         except
         select jsonb_object_keys(c.old) from tandem.pending_change c where c.person_id = u.winner
       ) else '{}' end as edited
     from jsonb_to_recordset($1) as u(kind text, loser uuid, winner uuid, keep uuid)
     join marketing.person l on l.id = u.loser join marketing.person w on w.id = u.winner`,
    [JSON.stringify(unions)],
  );
  const columns = await movableColumns(tx);
  for (const type of ['Lead', 'Contact', null]) await takeValues(tx, type, columns, mappings);
  await moveRows(tx);
  await tellUnions(tx);
  await followEdits(tx, mappings);
  await endLosers(tx);
}

async function movableColumns(tx: Transaction): Promise<{ name: string; type: string }[]> {
  const { rows } = await tx.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'marketing.person'::regclass and attnum > 0 and not attisdropped
       and attgenerated = ''`,
  );
  return rows.filter(({ name }) => !OF_THE_RECORD.includes(name));
}

async function takeValues(
  tx: Transaction,
  type: string | null,
  columns: readonly { name: string; type: string }[],
  mappings: readonly FieldMapping[],
): Promise<void> {
  const pushed = new Set(
    mappings.filter((one) => one.object === type && isPushed(one)).map(({ column }) => column),
  );
  const mapped = new Set(
    mappings.filter(({ object }) => object === type).map(({ column }) => column),
  );
  // What the winner's record has, but does not take from here, is Salesforce's alone; a column of the
  // other object, such as a lead's company, stays with the person.
  const own = columns.filter(({ name }) => type === null || pushed.has(name) || !mapped.has(name));
  if (own.length === 0) return;
  const next = (name: string) => {
    const [w, l] = [`w.${quote(name)}`, `l.${quote(name)}`];
    if (name === SCORE) return `case when ${l} is null then ${w} else coalesce(${w}, 0) + ${l} end`;
    return `case when '${name.replaceAll("'", "''")}' = any(u.edited) then ${l} else coalesce(${w}, ${l}) end`;
  };
  const from = `pg_temp.uniting u join marketing.person l on l.id = u.loser`;
  const changes = own
    .filter(({ name }) => pushed.has(name))
    .map(({ name, type: columnType }) => {
      const old = asText(shortType(columnType), `w.${quote(name)}`);
      return `case when ${next(name)} is distinct from w.${quote(name)}
        then jsonb_build_object('${name.replaceAll("'", "''")}', ${old}) else '{}' end`;
    });
  if (changes.length > 0) {
    await tx.query(
      `insert into tandem.pending_change (person_id, old)
       select id, old from (
         select w.id, ${changes.join(' || ')} as old
         from ${from} join marketing.person w on w.id = u.winner
         where u.winner_type is not distinct from $1::text) changed
       where old <> '{}'`,
      [type],
    );
  }
  const lost = own
    .filter(({ name }) => pushed.has(name) && name !== SCORE)
    .map(({ name, type: columnType }) => {
      const text = (value: string) => asText(shortType(columnType), value);
      const [w, l] = [text(`w.${quote(name)}`), text(`l.${quote(name)}`)];
      const differs = (other: string) => `coalesce(${l}, '') <> coalesce(${other}, '')`;
      return `('${name.replaceAll("'", "''")}', ${w}, ${l}, ${differs(w)} and ${differs(text(`(${next(name)})`))})`;
    });
  if (lost.length > 0) await recordLost(tx, type!, lost, from, mappings);
  const sets = own.map(({ name }) => `${quote(name)} = ${next(name)}`);
  await tx.query(
    `update marketing.person w set ${sets.join(', ')} from ${from}
     where w.id = u.winner and u.winner_type is not distinct from $1::text`,
    [type],
  );
}

/** Edits of a loser that were not yet pushed and give way to the winner's value: each is a conflict that it lost (N1). */
async function recordLost(
  tx: Transaction,
  type: string,
  values: readonly string[],
  from: string,
  mappings: readonly FieldMapping[],
): Promise<void> {
  const fields = mappings
    .filter((one) => one.object === type && isPushed(one))
    .map(({ column, field }) => ({ column, field }));
  await tx.query(
    `insert into tandem.conflict
       (object, field, column_name, person_id, sfdc_id, base, salesforce, marketing, winner)
     select $1, f.field, v.name, u.winner, u.winner_sfdc_id, e.base, v.theirs, v.ours, 'salesforce'
     from ${from} join marketing.person w on w.id = u.winner
     cross join lateral (values ${values.join(', ')}) v(name, theirs, ours, gives_way)
     join jsonb_to_recordset($2) as f("column" text, field text) on f."column" = v.name
     cross join lateral (
       select c.old ->> v.name as base from tandem.pending_change c
       where c.person_id = u.loser and c.old ? v.name order by c.id limit 1) e
     where u.winner_type = $1 and u.kind <> 'here' and v.gives_way`,
    [type, JSON.stringify(fields)],
  );
}

function shortType(formatted: string): string {
  return formatted === 'timestamp with time zone' ? 'timestamptz' : formatted;
}

async function moveRows(tx: Transaction): Promise<void> {
  await tx.query(`select set_config('tandem.uniting', 'on', true)`);
  for (const [table, column] of BY_PERSON) {
    await tx.query(
      `update ${table} t set ${column} = u.keep from pg_temp.uniting u
       where t.${column} in (u.loser, u.winner) and t.${column} <> u.keep`,
    );
  }
  for (const [table, column] of BY_SFDC_ID) {
    await tx.query(
      `update marketing.${table} t set ${column} = u.winner_sfdc_id from pg_temp.uniting u
       where t.${column} = u.loser_sfdc_id`,
    );
  }
  await uniteMembers(tx);
  await tx.query(
    `update marketing.campaign_member t set contact_id = u.winner_sfdc_id from pg_temp.uniting u
     where u.kind = 'conversion' and t.lead_id = u.loser_sfdc_id and t.contact_id is null`,
  );
  await tx.query(
    `update marketing.campaign_member t set
       lead_id = case when u.winner_type = 'Lead' then u.winner_sfdc_id else t.lead_id end,
       contact_id = case when u.winner_type = 'Contact' then u.winner_sfdc_id else t.contact_id end
     from pg_temp.uniting u
     where u.kind = 'merge' and u.loser_sfdc_id in (t.lead_id, t.contact_id)`,
  );
  await tx.query(`select set_config('tandem.uniting', '', true)`);
}

async function tellUnions(tx: Transaction): Promise<void> {
  await tx.query(
    `insert into marketing.activity (person_id, kind, attributes)
     select u.keep,
       case u.kind when 'conversion' then 'Lead is Converted' when 'merge' then 'Merged in Salesforce'
         else 'People are Merged' end,
       case u.kind when 'conversion' then jsonb_build_object('lead', u.loser_sfdc_id,
           'contact', u.winner_sfdc_id, 'account', l.converted_account_id,
           'opportunity', l.converted_opportunity_id)
         when 'merge' then jsonb_build_object('merged', u.loser_sfdc_id, 'into', u.winner_sfdc_id)
         else jsonb_build_object('merged', case when u.keep = u.winner then u.loser else u.winner end,
           'into', u.keep) end
     from pg_temp.uniting u join marketing.person l on l.id = u.loser`,
  );
  await tx.query(
    `insert into marketing.person_merge
       (person_id, merged_person_id, merged_sfdc_id, merged_sfdc_created_at)
     select u.keep, case when u.keep = u.winner then u.loser else u.winner end, u.loser_sfdc_id,
       l.sfdc_created_at
     from pg_temp.uniting u join marketing.person l on l.id = u.loser
     on conflict (merged_person_id) do update set person_id = excluded.person_id,
       merged_sfdc_id = excluded.merged_sfdc_id, at = excluded.at,
       merged_sfdc_created_at = excluded.merged_sfdc_created_at`,
  );
}

/**
 * Edits of a lead's columns that its contact's record does not take, such as the company, follow as they are:
 * the contact's push keeps each as a conflict that it lost (C10, N1).
 */
async function followEdits(tx: Transaction, mappings: readonly FieldMapping[]): Promise<void> {
  const taken = mappings
    .filter((one) => one.object === 'Contact' && isPushed(one))
    .map(({ column }) => column);
  await tx.query(
    `insert into tandem.pending_change (person_id, old)
     select u.winner, left_over.old from pg_temp.uniting u
     join tandem.pending_change c on c.person_id = u.loser
     cross join lateral (select jsonb_object_agg(k.key, k.value) as old
       from jsonb_each(c.old) k where k.key <> all($1::text[])) left_over
     where u.kind = 'conversion' and u.winner_type = 'Contact' and left_over.old is not null
     order by c.id`,
    [taken],
  );
}

async function endLosers(tx: Transaction): Promise<void> {
  await tx.query(
    `update tandem.sync_error e set resolved_at = clock_timestamp() from pg_temp.uniting u
     where e.person_id = u.loser and e.resolved_at is null`,
  );
  await tx.query(
    `delete from tandem.pending_change c using pg_temp.uniting u where c.person_id = u.loser`,
  );
  // A contact took over that its lead was converted, which was noted for it as well.
  await tx.query(
    `delete from tandem.conversion c using pg_temp.uniting u
     where c.person_id = u.loser or (c.person_id = u.winner and u.winner_type = 'Contact')`,
  );
  await tx.query(
    `delete from tandem.creation c using pg_temp.uniting u where c.person_id = u.loser`,
  );
  await tx.query(`delete from marketing.person p using pg_temp.uniting u where p.id = u.loser`);
  await tx.query(
    `update tandem.pending_change c set person_id = u.keep from pg_temp.uniting u
     where c.person_id = u.winner and u.keep <> u.winner`,
  );
  await tx.query(
    `update tandem.sync_error e set person_id = u.keep,
       record = case when e.record = u.winner::text then u.keep::text else e.record end
     from pg_temp.uniting u where e.person_id = u.winner and u.keep <> u.winner and e.resolved_at is null`,
  );
  await tx.query(
    `update marketing.person p set id = u.keep from pg_temp.uniting u
     where p.id = u.winner and u.keep <> u.winner`,
  );
}
