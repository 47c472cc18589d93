/**
 * Whether both sides agree: the org as the admin sees it over REST, marketing by SQL, every mapped
 * field of every record in one form (N1, N2, N6).
 */
import { isCustom, OBJECTS, type ObjectSpec, objectSpec } from '../../src/sync/objects.ts';
import { normalise } from '../../src/sync/value.ts';
import type { Crm } from './crm.ts';

export interface Sides {
  /** Objects that config switches off. */
  without?: readonly string[];
  crm: Pick<Crm, 'query'>;
  // biome-ignore lint/suspicious/noExplicitAny: rows of any table
  sql(text: string, params?: unknown[]): Promise<any[]>;
}

interface Mapping {
  object: string;
  field: string;
  column: string;
  type: string;
}

type Row = Record<string, string | null>;

/** What is wrong, a line each, at most `most` of a kind; empty when both sides agree. */
export async function differences(sides: Sides, most = 5): Promise<string[]> {
  const mappings: Mapping[] = await sides.sql(
    `select object, field, column_name as "column", type from tandem.field
     where gone_at is null and direction in ('both', 'pull') and field <> 'Id'`,
  );
  const lists = [];
  const custom = new Set(mappings.map(({ object }) => object).filter(isCustom));
  for (const spec of [...OBJECTS, ...[...custom].map(objectSpec)]) {
    const mapped = mappings.some((mapping) => mapping.object === spec.name);
    const wanted = !spec.optional && !sides.without?.includes(spec.name);
    if (mapped || wanted) lists.push(await differencesOf(sides, spec, mappings));
  }
  lists.push(await doubled(sides), await leftovers(sides));
  return lists.flatMap((list) =>
    list.length > most
      ? [...list.slice(0, most), `… and ${list.length - most} more like that`]
      : list,
  );
}

async function differencesOf(
  sides: Sides,
  { name: object, table, keyPrefix, where, unstamped }: ObjectSpec,
  all: Mapping[],
): Promise<string[]> {
  // Fields without a stamp are as old as their last refresh (J3).
  const mappings = all.filter(
    (mapping) => mapping.object === object && !unstamped.includes(mapping.field),
  );
  if (mappings.length === 0) return [`${object} has no field map`];
  const fields = ['Id', ...mappings.map(({ field }) => field)].join(', ');
  const condition = where === null ? '' : ` WHERE ${where}`;
  const theirs = await sides.crm.query(`SELECT ${fields} FROM ${object}${condition}`, {
    deletedToo: true,
  });
  const held: { row: Row; busy: boolean }[] = await sides.sql(
    `select (select jsonb_object_agg(key, value) from jsonb_each_text(to_jsonb(t))) as row,
       ${table === 'person' ? 'exists (select from tandem.pending_change c where c.person_id = t.id)' : 'false'} as busy
     from marketing.${table} t where $1::text is null or left(t.sfdc_id, 3) = $1`,
    [keyPrefix],
  );
  const gone = await keptAway(sides);
  const ours = new Map(held.map((entry) => [entry.row.sfdc_id!, entry]));
  const problems: string[] = [];
  for (const their of theirs) {
    const id = their.Id!;
    // A deleted record that marketing never had stays unknown (C8); a lead converted while it was here is its contact (C10).
    const is = (field: string) => field in their && String(their[field]) === 'true';
    const deleted = is('IsDeleted') || is('IsConverted');
    const entry = ours.get(id);
    ours.delete(id);
    if (entry === undefined) {
      if (!deleted && !gone.has(id)) problems.push(`${object} ${id} is missing in marketing`);
      continue;
    }
    // With a change still to be pushed (to a deleted record, or against an open error) they may differ.
    const busy = entry.busy ? await openErrors(sides, id) : false;
    if (entry.busy && (busy || deleted)) continue;
    for (const { field, column, type } of mappings) {
      const [there, here] = [
        normalise(type, their[field] ?? null),
        normalise(type, entry.row[column] ?? null),
      ];
      if (there !== here) {
        problems.push(
          `${object} ${id}.${field}: Salesforce ${JSON.stringify(there)}, marketing ${JSON.stringify(here)}`,
        );
      }
    }
  }
  for (const id of ours.keys()) problems.push(`${object} ${id} is unknown in Salesforce`);
  return problems;
}

/** People deleted here, whose records stay there (C14). */
async function keptAway({ sql }: Sides): Promise<Set<string>> {
  const rows = await sql('select sfdc_id from tandem.person_deletion');
  return new Set(rows.map(({ sfdc_id }) => sfdc_id));
}

async function openErrors({ sql }: Sides, sfdcId: string): Promise<boolean> {
  const rows = await sql(
    `select from tandem.sync_error e join marketing.person p on e.record = p.id::text
     where e.resolved_at is null and p.sfdc_id = $1`,
    [sfdcId],
  );
  return rows.length > 0;
}

/**
 * N2: no person twice, on either side, by the External ID. A converted lead and a merged record are no
 * record of their own: their person is the contact's, or the winner's (C9, C10).
 */
async function doubled({ crm, sql }: Sides): Promise<string[]> {
  const problems: string[] = [];
  const byPerson = new Map<string, string[]>();
  for (const object of ['Lead', 'Contact']) {
    const own = object === 'Lead' ? ' AND IsConverted = false' : '';
    const rows = await crm.query(
      `SELECT Id, Tandem_Id__c FROM ${object} WHERE Tandem_Id__c != null AND MasterRecordId = null${own}`,
      { deletedToo: true },
    );
    for (const { Id, Tandem_Id__c } of rows) {
      byPerson.set(Tandem_Id__c!, [...(byPerson.get(Tandem_Id__c!) ?? []), Id!]);
    }
  }
  const people = await sql(
    `select id::text, sfdc_id from marketing.person union all
     select m.merged_person_id::text, p.sfdc_id from marketing.person_merge m
     join marketing.person p on p.id = m.person_id`,
  );
  const known = new Map(people.map(({ id, sfdc_id }) => [id, sfdc_id]));
  const deletedHere = new Set(
    (await sql('select person_id::text as id from tandem.person_deletion')).map(({ id }) => id),
  );
  for (const [person, records] of byPerson) {
    if (records.length > 1)
      problems.push(`person ${person} was created ${records.length} times: ${records}`);
    if (known.has(person) ? known.get(person) !== records[0] : !deletedHere.has(person)) {
      problems.push(
        `record ${records[0]} was created for ${person}, which holds ${known.get(person)}`,
      );
    }
  }
  return problems;
}

/** What a quiet pair must not have: pending changes without an open error, and staged rows. */
async function leftovers({ sql }: Sides): Promise<string[]> {
  const problems: string[] = [];
  const pending = await sql(
    `select c.id::text, p.sfdc_id from tandem.pending_change c
     left join marketing.person p on p.id = c.person_id
     where not coalesce(p.sfdc_is_deleted, false)
       and not exists (select from tandem.sync_error e
         where e.record = c.person_id::text and e.resolved_at is null)`,
  );
  for (const { id, sfdc_id } of pending)
    problems.push(`pending change ${id} of ${sfdc_id} is stuck`);
  const creations = await sql(
    `select c.person_id::text as id from tandem.creation c
     where not exists (select from tandem.sync_error e
       where e.record = c.person_id::text and e.resolved_at is null)
     and not exists (select from marketing.person p where p.id = c.person_id and p.sfdc_id is null)`,
  );
  for (const { id } of creations) problems.push(`the creation of ${id} was never settled`);
  const staging = await sql(
    `select table_name from information_schema.tables
     where table_schema = 'tandem' and table_name like 'staged\\_%'`,
  );
  for (const { table_name } of staging) {
    const [{ count }] = await sql(`select count(*)::int as count from tandem."${table_name}"`);
    if (count > 0) problems.push(`${count} rows are stuck in ${table_name}`);
  }
  return problems;
}
