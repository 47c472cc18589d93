import { beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../support/programs.ts';
import { soapCall } from '../support/soap.ts';
import { programsForTests } from './programs-support.ts';

const { pair, programs, cycle, settled } = programsForTests();
let program: string;
let campaign: string;
beforeAll(async () => {
  campaign = await programs.campaign('Spring', 'Invited', 'Registered', 'Attended');
  program = await programs.create({ name: 'Spring', channel: 'Webinar', campaign });
  await settled();
}, 60_000);

/** Somebody who is a member on both sides. */
async function member(status = 'Invited'): Promise<Member> {
  const [person] = (await programs.leads(1)) as [Member];
  await programs.add(program, person.id, status);
  await settled();
  expect((await both(person)).there).toBe(status);
  return person;
}

async function both({ id, sfdcId }: Member) {
  const [here, there] = [await programs.members(program), await programs.membersThere(campaign)];
  return { here: here[id] ?? null, there: there[sfdcId] ?? null };
}

const setThere = async (person: Member, status: string) =>
  pair.crm.update('CampaignMember', await programs.memberId(campaign, person.sfdcId), {
    Status: status,
  });
const removeThere = async (person: Member) =>
  pair.crm.delete('CampaignMember', await programs.memberId(campaign, person.sfdcId));
const addThere = (person: Member, status: string) =>
  pair.crm.create('CampaignMember', {
    ...{ CampaignId: campaign, LeadId: person.sfdcId, Status: status },
  });
const conflicts = ({ id }: Member) =>
  pair.sql(
    'select base, salesforce, marketing, winner from tandem.conflict where person_id = $1 order by id',
    [id],
  );

it('C8, E3: a member refused since its person was just deleted there is no open error once that is known here', async () => {
  const [person] = (await programs.leads(1)) as [Member];
  await settled();
  await programs.add(program, person.id, 'Invited');
  await pair.crm.delete('Lead', person.sfdcId);
  await pair.run('pushPrograms', { run: 'before the pull' });
  const open = () =>
    pair.sql(`select code from tandem.sync_error where resolved_at is null and person_id = $1`, [
      person.id,
    ]);
  expect(await open()).toHaveLength(1);
  await cycle();
  expect(await open()).toEqual([]);
  // The change itself waits: undeleted, the person is added after all.
  await soapCall(pair.sandbox, `<undelete><ids>${person.sfdcId}</ids></undelete>`);
  await settled();
  expect(await both(person)).toEqual({ here: 'Invited', there: 'Invited' });
});

describe('members changed here (E3)', () => {
  it('E3, N4: are added, changed and removed in Salesforce, and the person’s log tells', async () => {
    const person = await member();
    await programs.set(program, person.id, 'Attended');
    await settled();
    expect(await both(person)).toEqual({ here: 'Attended', there: 'Attended' });
    await programs.remove(program, person.id);
    await settled();
    expect(await both(person)).toEqual({ here: null, there: null });
    expect(await programs.log(person.id)).toEqual([
      'Added to Salesforce Campaign',
      'Changed Status in Salesforce Campaign',
      'Removed from Salesforce Campaign',
    ]);
    await programs.add(program, person.id, 'Registered');
    await settled();
    expect(await both(person)).toEqual({ here: 'Registered', there: 'Registered' });
  });

  it('E3: without a status a member begins with the channel’s first; one that the channel does not have is refused', async () => {
    const [person] = (await programs.leads(1)) as [Member];
    await programs.add(program, person.id);
    expect(await programs.members(program)).toMatchObject({ [person.id]: 'Invited' });
    await expect(programs.set(program, person.id, 'Danced')).rejects.toThrow(
      '"Danced" is no status of the channel "Webinar"',
    );
  });

  it('E3: more members than one call takes are all pushed, and counted', async () => {
    const people = await programs.leads(230);
    await pair.sql(
      `insert into marketing.program_member (program_id, person_id, status)
       select $1, unnest($2::uuid[]), 'Invited'`,
      [program, people.map(({ id }) => id)],
    );
    await settled();
    const there = await programs.membersThere(campaign);
    expect(people.filter(({ sfdcId }) => there[sfdcId] === 'Invited')).toHaveLength(230);
    expect(
      await pair.sql(
        `select max(new) as new from tandem.cycle_step where object = 'CampaignMember' and operation = 'push new'`,
      ),
    ).toEqual([{ new: 231 }]);
  });
});

describe('members changed in Salesforce (E3)', () => {
  it('E3, N4: are added, changed and removed here, and the person’s log tells', async () => {
    const [person] = (await programs.leads(1)) as [Member];
    await addThere(person, 'Attended');
    await settled();
    expect(await both(person)).toEqual({ here: 'Attended', there: 'Attended' });
    await setThere(person, 'Invited');
    await settled();
    // E7: Salesforce may set any step.
    expect(await both(person)).toEqual({ here: 'Invited', there: 'Invited' });
    await removeThere(person);
    await settled();
    expect(await both(person)).toEqual({ here: null, there: null });
    expect(await programs.log(person.id)).toEqual([
      'Added to Salesforce Campaign',
      'Changed Status in Salesforce Campaign',
      'Removed from Salesforce Campaign',
    ]);
  });

  it('A6: a member whose person is not here yet is kept, and linked when the person comes', async () => {
    const lead = await pair.crm.create('Lead', { LastName: 'Late', Company: 'Nile' });
    await pair.sql(
      `insert into tandem.person_deletion (sfdc_id, person_id, object, policy)
       values ($1, gen_random_uuid(), 'Lead', 'forget')`,
      [lead],
    );
    await pair.crm.create('CampaignMember', { CampaignId: campaign, LeadId: lead });
    await settled();
    expect(await programs.members(program)).not.toHaveProperty(lead);
    await pair.sql('delete from tandem.person_deletion where sfdc_id = $1', [lead]);
    await pair.crm.update('Lead', lead, { City: 'Uppsala' });
    await settled();
    const [{ id }] = await pair.sql('select id from marketing.person where sfdc_id = $1', [lead]);
    expect(await programs.members(program)).toMatchObject({ [id]: 'Invited' });
  });
});

describe('members changed on both sides (E3, E7)', () => {
  it('E3: the later change wins, and the conflict is kept once', async () => {
    const [ours, theirs] = [await member(), await member()];
    await setThere(ours, 'Registered');
    await programs.set(program, theirs.id, 'Attended');
    await pair.sql(`update tandem.member_change set at = at - interval '1 hour'`);
    await programs.set(program, ours.id, 'Attended');
    await pair.sql(
      `update tandem.member_change set at = at + interval '1 hour' where person_id = $1`,
      [ours.id],
    );
    await setThere(theirs, 'Registered');
    await settled();
    expect(await both(ours)).toEqual({ here: 'Attended', there: 'Attended' });
    expect(await both(theirs)).toEqual({ here: 'Registered', there: 'Registered' });
    const values = { base: 'Invited', salesforce: 'Registered', marketing: 'Attended' };
    expect(await conflicts(ours)).toEqual([{ ...values, winner: 'marketing' }]);
    expect(await conflicts(theirs)).toEqual([{ ...values, winner: 'salesforce' }]);
  });

  it('E3: removed here and changed there, and the other way round: the later one stands', async () => {
    const [removed, kept] = [await member(), await member()];
    await setThere(removed, 'Registered');
    await programs.remove(program, removed.id);
    await pair.sql(`update tandem.member_change set at = at + interval '1 hour'`);
    await programs.set(program, kept.id, 'Attended');
    await removeThere(kept);
    await pair.sql(
      `update tandem.member_change set at = at - interval '1 hour' where person_id = $1`,
      [kept.id],
    );
    await settled();
    expect(await both(removed)).toEqual({ here: null, there: null });
    expect(await both(kept)).toEqual({ here: null, there: null });
    expect(await conflicts(removed)).toMatchObject([{ marketing: null, winner: 'marketing' }]);
    expect(await conflicts(kept)).toMatchObject([{ salesforce: null, winner: 'salesforce' }]);
  });

  it('E7: a change here moves nobody to a lower step, neither here nor in Salesforce', async () => {
    const person = await member('Registered');
    await programs.set(program, person.id, 'Invited');
    await settled();
    expect(await both(person)).toEqual({ here: 'Registered', there: 'Registered' });
    await setThere(person, 'Attended');
    await programs.remove(program, person.id);
    await programs.add(program, person.id, 'Invited');
    await pair.sql(`update tandem.member_change set at = at + interval '1 hour'`);
    await settled();
    expect(await both(person)).toEqual({ here: 'Attended', there: 'Attended' });
    expect(await conflicts(person)).toMatchObject([{ winner: 'salesforce' }]);
  });
});

it('E3, N1: nothing is left open at the end', async () => {
  expect(await programs.openErrors()).toEqual([]);
  expect(await pair.sql('select 1 from tandem.member_change')).toEqual([]);
  expect(await pair.sql('select 1 from tandem.program_due')).toEqual([]);
});
