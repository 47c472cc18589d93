/** What did not come of the changes as it should have. */
import type { Crm } from '../crm.ts';
import { FIELDS, type Person } from './person.ts';
import type { Scene } from './scene.ts';

type Row = Record<string, string | null>;

/** Ids in one query: a URL has an end (trap 12). */
const AT_ONCE = 100;

/** A line for each problem; empty when all is well. Of people who are well it is known afterwards what both sides agree on. */
export async function problemsOf(scene: Scene): Promise<string[]> {
  const { people, world } = scene;
  const byId = new Map<string, Row>();
  const byEmail = new Map<string, Row[]>();
  for (const object of ['Lead', 'Contact'] as const) {
    const ids = people.flatMap((person) => person.ids.filter((id) => isOf(object, id)));
    const emails = people.flatMap(({ email }) => email ?? []);
    const rows = await world.insist(async (crm) => [
      ...(await recordsBy(crm, object, 'Id', ids)),
      ...(await recordsBy(crm, object, 'Email', emails)),
    ]);
    for (const row of rows) {
      if (byId.has(row.Id!)) continue;
      byId.set(row.Id!, row);
      // A converted lead is its contact (C10), and one that was merged is the other (C9).
      const stands = row.IsDeleted !== 'true' && row.IsConverted !== 'true';
      if (row.Email && stands) byEmail.set(row.Email, [...(byEmail.get(row.Email) ?? []), row]);
    }
  }
  const here: Row[] = await world.sql(
    `select sfdc_id, email, sfdc_is_deleted::text as deleted, fax, job_title, notes, phone
     from marketing.person where sfdc_id = any($1) or email = any($2)`,
    [people.flatMap(({ ids }) => ids), people.flatMap(({ email }) => email ?? [])],
  );
  return people.flatMap((person) => {
    const there = person.email
      ? (byEmail.get(person.email) ?? [])
      : [byId.get(person.sfdcId!)].filter((row) => row !== undefined);
    const own = here.filter(
      ({ sfdc_id, email }) =>
        person.ids.includes(sfdc_id!) || (person.email !== null && email === person.email),
    );
    return problemsWith(person, there, own);
  });
}

function isOf(object: 'Lead' | 'Contact', id: string): boolean {
  return id.startsWith(object === 'Lead' ? '00Q' : '003');
}

async function recordsBy(
  crm: Crm,
  object: 'Lead' | 'Contact',
  field: string,
  values: string[],
): Promise<Row[]> {
  const fields = ['Id', 'Email', 'IsDeleted', ...FIELDS.map((entry) => entry.field)];
  if (object === 'Lead') fields.push('IsConverted');
  const rows: Row[] = [];
  for (let start = 0; start < values.length; start += AT_ONCE) {
    const list = values.slice(start, start + AT_ONCE).map((value) => `'${value}'`);
    const soql = `SELECT ${fields} FROM ${object} WHERE ${field} IN (${list})`;
    rows.push(...(await crm.query(soql, { deletedToo: true })));
  }
  return rows;
}

function problemsWith(person: Person, there: Row[], here: Row[]): string[] {
  const is = (what: string) => `${person.name}, ${person.state}: ${what}`;
  if (person.state === 'deleted here') {
    return here.length === 0 ? [] : [is('it is still here')];
  }
  if (person.state === 'deleted there') {
    return here.every(({ deleted }) => deleted === 'true') ? [] : [is('it lives on here')];
  }
  // The person it became one with is looked at for both.
  if (person.state === 'united') {
    return here.length === 0 ? [] : [is(`${here.length} rows of it are still here`)];
  }
  if (here.length !== 1 || there.length !== 1 || here[0]!.sfdc_id !== there[0]!.Id) {
    const ids = (rows: Row[], column: string) => rows.map((row) => row[column]).join(' ') || 'none';
    return [is(`here ${ids(here, 'sfdc_id')}, in Salesforce ${ids(there, 'Id')}`)];
  }
  const [row] = there as [Row];
  const wrong = FIELDS.filter(({ field }) => person.may.get(field)?.has(row[field]!) === false);
  if (wrong.length > 0) {
    return wrong.map(({ field }) => {
      const wanted = [...person.may.get(field)!].map((value) => JSON.stringify(value)).join(' or ');
      return is(`${field} is ${JSON.stringify(row[field])} in place of ${wanted}`);
    });
  }
  if (person.ids.at(-1) !== row.Id) person.ids.push(row.Id!);
  person.agreed(row);
  return [];
}
