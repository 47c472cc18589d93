/** Edits, creations and deletions of people on both sides. */
import { randomUUID } from 'node:crypto';
import { FIELDS, Person, type PersonObject, type Side } from './person.ts';
import { attempt, type Scene, type Step } from './scene.ts';

export function pickLive({ people, chance }: Scene, object?: PersonObject): Person | null {
  const live = people.filter(
    (person) => person.state === 'live' && (object === undefined || person.object === object),
  );
  return live.length === 0 ? null : chance.pick(live);
}

/** The person's present record; looked for by its e-mail address when it was made here. */
export async function recordOf(scene: Scene, person: Person): Promise<string | null> {
  if (person.sfdcId !== undefined) return person.sfdcId;
  const [found] = await scene.world.insist((crm) =>
    crm.query(`SELECT Id FROM ${person.object} WHERE Email = '${person.email}'`),
  );
  if (found) person.ids.push(found.Id!);
  return found?.Id ?? null;
}

/** The condition under which a row of marketing.person is this person's; contacts before leads. */
export const ROW = `id = (select id from marketing.person where sfdc_id = any($1) or email = $2
  order by sfdc_type = 'Contact' desc nulls last limit 1)`;

const fieldBy = (scene: Scene, side: Side) =>
  scene.chance.pick(FIELDS.filter(({ by }) => (by as readonly Side[]).includes(side)));

export const editHere: Step = async (scene) => {
  const person = pickLive(scene);
  if (!person) return false;
  const { field, column } = fieldBy(scene, 'here');
  const value = field === 'Description' ? `one\r\n${scene.text()}` : scene.text();
  scene.log(`edit here: ${person.name} ${field} = ${JSON.stringify(value)}`);
  const moment = scene.world.moment();
  const rows = await scene.world.sql(
    `update marketing.person set ${column} = $3 where ${ROW} returning id`,
    [person.ids, person.email, value],
  );
  // It may not be here yet.
  if (rows.length === 0) return true;
  person.wrote(field, 'here', value.replace('\r\n', '\n'), moment);
  return true;
};

export const editThere: Step = async (scene) => {
  const person = pickLive(scene);
  const id = person && (await recordOf(scene, person));
  if (!id) return false;
  const { field } = fieldBy(scene, 'there');
  const value = scene.text();
  scene.log(`edit there: ${person.name} ${field} = ${JSON.stringify(value)}`);
  person.wrote(field, 'there', value, scene.world.moment());
  await scene.world.insist((crm) => crm.update(person.object, id, { [field]: value }));
  return true;
};

/** One field on both sides to different values, with no step of the sync in between where it can be had. */
export const editBoth: Step = async (scene) => {
  const person = pickLive(scene);
  const id = person && (await recordOf(scene, person));
  if (!id) return false;
  const [here, there] = [scene.text(), scene.text()];
  const moment = scene.world.moment();
  scene.log(
    `edit both: ${person.name} Fax = ${JSON.stringify(here)} here, ${JSON.stringify(there)} there`,
  );
  const rows = await scene.world.sql(
    `update marketing.person set fax = $3 where ${ROW} returning id`,
    [person.ids, person.email, here],
  );
  if (rows.length > 0) person.wrote('Fax', 'here', here, moment);
  person.wrote('Fax', 'there', there, moment);
  await scene.world.insist((crm) => crm.update(person.object, id, { Fax: there }));
  return true;
};

function emailOf(scene: Scene, side: Side): string {
  return `${side}-${scene.text().split(' ')[0]}-${scene.mark}@workload.example`;
}

export const createHere: Step = async (scene) => {
  const person = new Person('Lead', [], emailOf(scene, 'here'));
  const [lastName, title] = [scene.text(), scene.text()];
  scene.log(`create here: ${person.name}`);
  await scene.world.sql(
    `insert into marketing.person (id, last_name, company, email, job_title)
     values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    [randomUUID(), lastName, scene.chance.pick(['Acme', null]), person.email, title],
  );
  person.agreed({ Title: title });
  person.touched = true;
  scene.people.push(person);
  return true;
};

export const createThere: Step = async (scene) => {
  const object = scene.chance.pick(['Lead', 'Contact'] as const);
  const email = emailOf(scene, 'there');
  const fields = { LastName: scene.text(), Email: email };
  scene.log(`create there: ${object} ${email}`);
  const id = await scene.world.insist(async (crm) => {
    // The answer of an earlier try may have been lost.
    const made = await crm.query(`SELECT Id FROM ${object} WHERE Email = '${email}'`);
    if (made.length > 0) return made[0]!.Id!;
    return crm.create(object, object === 'Lead' ? { ...fields, Company: 'Acme' } : fields);
  });
  const person = new Person(object, [id], email);
  person.agreed({});
  person.touched = true;
  scene.people.push(person);
  return true;
};

export const deleteThere: Step = async (scene) => {
  const person = pickLive(scene);
  const id = person && (await recordOf(scene, person));
  if (!id) return false;
  scene.log(`delete there: ${person.name}`);
  const gone = await attempt(scene, async (crm) => {
    const there = await crm.query(`SELECT Id FROM ${person.object} WHERE Id = '${id}'`);
    if (there.length > 0) await crm.delete(person.object, id);
    return true;
  });
  if (gone === null) return true;
  Object.assign(person, { state: 'deleted there', unsure: true, touched: true });
  return true;
};

export const undelete: Step = async (scene) => {
  const deleted = scene.people.filter(({ state }) => state === 'deleted there');
  if (deleted.length === 0) return false;
  const person = scene.chance.pick(deleted);
  scene.log(`undelete: ${person.name}`);
  await scene.world.insist(async (crm) => {
    const there = await crm.query(`SELECT Id FROM ${person.object} WHERE Id = '${person.sfdcId}'`);
    if (there.length === 0) await crm.undelete(person.sfdcId!);
  });
  person.state = 'live';
  return true;
};

/** Only of people whom both sides agree on: one that changes there meanwhile comes back (C14). */
export const deleteHere: Step = async (scene) => {
  const still = scene.people.filter(
    ({ state, touched, sfdcId }) => state === 'live' && !touched && sfdcId !== undefined,
  );
  if (still.length === 0) return false;
  const person = scene.chance.pick(still);
  scene.log(`delete here: ${person.name}`);
  const rows = await scene.world.sql(
    `with gone as (delete from marketing.person where sfdc_id = $1 returning id)
     select id from gone union all
     select person_id from tandem.person_deletion where sfdc_id = $1`,
    [person.sfdcId],
  );
  if (rows.length > 0) person.state = 'deleted here';
  return true;
};
