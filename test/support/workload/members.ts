/** Members of a program and of the campaign that it is linked to, changed on both sides (E3, E5, E7). */
import { pickLive, ROW, recordOf } from './people.ts';
import { attempt, type Scene, type Step } from './scene.ts';

const STATUSES = ['Invited', 'Registered', 'Attended'];

const changedHere =
  (what: string, sql: string): Step =>
  async (scene) => {
    const person = pickLive(scene);
    if (!person || !scene.program) return false;
    const status = scene.chance.pick(STATUSES);
    scene.log(`${what} here: ${person.name}, ${status}`);
    await scene.world.sql(sql, [person.ids, person.email, scene.program.id, status]);
    return true;
  };

const OF_PERSON = `program_id = $3 and person_id in (select id from marketing.person where ${ROW})`;

export const joinHere = changedHere(
  'join',
  `insert into marketing.program_member (program_id, person_id, status)
   select $3, id, $4 from marketing.person where ${ROW} on conflict do nothing`,
);
export const moveHere = changedHere(
  'move',
  `update marketing.program_member set status = $4 where ${OF_PERSON}`,
);
export const leaveHere = changedHere(
  'leave',
  `delete from marketing.program_member where $4 <> '' and ${OF_PERSON}`,
);

const changedThere =
  (
    what: string,
    change: (scene: Scene, record: string, status: string) => Promise<unknown>,
  ): Step =>
  async (scene) => {
    const person = pickLive(scene);
    const record = person && scene.program && (await recordOf(scene, person));
    if (!record) return false;
    const status = scene.chance.pick(STATUSES);
    scene.log(`${what} there: ${person.name}, ${status}`);
    await change(scene, record, status);
    return true;
  };

async function memberOf({ world, program }: Scene, record: string): Promise<string | undefined> {
  const field = record.startsWith('00Q') ? 'LeadId' : 'ContactId';
  const [row] = await world.insist((crm) =>
    crm.query(
      `SELECT Id FROM CampaignMember WHERE CampaignId = '${program!.campaign}' AND ${field} = '${record}'`,
    ),
  );
  return row?.Id ?? undefined;
}

export const joinThere = changedThere('join', (scene, record, Status) => {
  const who = { [record.startsWith('00Q') ? 'LeadId' : 'ContactId']: record };
  const member = { CampaignId: scene.program!.campaign, ...who, Status };
  return attempt(scene, (crm) => crm.create('CampaignMember', member));
});
export const moveThere = changedThere('move', async (scene, record, Status) => {
  const id = await memberOf(scene, record);
  if (id) await attempt(scene, (crm) => crm.update('CampaignMember', id, { Status }));
});
export const leaveThere = changedThere('leave', async (scene, record) => {
  const id = await memberOf(scene, record);
  if (id) await attempt(scene, (crm) => crm.delete('CampaignMember', id));
});

/** E3: who is a member on one side alone, or with another status. */
export async function memberProblems({ world, program }: Scene): Promise<string[]> {
  if (!program) return [];
  const here: { sfdc_id: string; status: string }[] = await world.sql(
    `select p.sfdc_id, m.status from marketing.program_member m
     join marketing.person p on p.id = m.person_id
     where m.program_id = $1 and p.sfdc_id is not null and not p.sfdc_is_deleted`,
    [program.id],
  );
  const there = await world.insist((crm) =>
    crm.query(
      `SELECT LeadId, ContactId, Status FROM CampaignMember WHERE CampaignId = '${program.campaign}'`,
    ),
  );
  const ours = new Map(here.map(({ sfdc_id, status }) => [sfdc_id, status]));
  const theirs = new Map(there.map((row) => [row.ContactId ?? row.LeadId!, row.Status!]));
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((id) => ours.get(id) !== theirs.get(id))
    .map((id) => `member ${id} is ${ours.get(id)} here and ${theirs.get(id)} in Salesforce`);
}
