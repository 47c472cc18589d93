import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SalesforceRejected, SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import type { Outcome, Salesforce } from '../../src/salesforce/port.ts';
import type { Member } from '../support/programs.ts';
import { soapCall } from '../support/soap.ts';
import { act } from './actions-support.ts';
import { programsForTests } from './programs-support.ts';

const { pair, programs, cycle, settled, push } = programsForTests();
let program: string;
let campaign: string;
beforeAll(async () => {
  campaign = await programs.campaign('Spring', 'Invited', 'Registered', 'Attended');
  program = await programs.create({ name: 'Spring', channel: 'Webinar', campaign });
  await cycle();
}, 60_000);

async function member(status = 'Invited'): Promise<Member> {
  const [person] = (await programs.leads(1)) as [Member];
  await programs.add(program, person.id, status);
  await cycle();
  expect((await programs.membersThere(campaign))[person.sfdcId]).toBe(status);
  return person;
}

async function local(lastName: string): Promise<string> {
  const [{ id }] = await pair.sql(
    'insert into marketing.person (last_name) values ($1) returning id',
    [lastName],
  );
  return id;
}

describe('a member whom Salesforce does not know (E5)', () => {
  it('E5: is created there as a lead, then added; others that are not members stay here', async () => {
    const [person, other] = [await local('Unknown'), await local('Nobody')];
    await programs.add(program, person, 'Registered');
    // What Salesforce gives a new lead by itself, its owner above all, comes with the next pull.
    await cycle();
    await settled();
    const rows = await pair.sql('select id, sfdc_id from marketing.person where id = any($1)', [
      [person, other],
    ]);
    const ids = new Map(rows.map(({ id, sfdc_id }) => [id, sfdc_id]));
    expect(ids.get(other)).toBeNull();
    expect(ids.get(person)).toMatch(/^00Q/);
    expect(await programs.membersThere(campaign)).toMatchObject({
      [ids.get(person)]: 'Registered',
    });
  });

  it('E5, N3: one that is refused as a lead waits with its error, and stops nobody', async () => {
    const [refused, good] = [await local('Refused'), await local('Good')];
    await programs.add(program, refused);
    await programs.add(program, good);
    const upsert: Salesforce['upsert'] = async (object, field, rows, how) => {
      const taken = await pair.own.salesforce.upsert(
        ...([object, field, rows.filter(({ LastName }) => LastName !== 'Refused'), how] as const),
      );
      return rows.map(
        ({ LastName }): Outcome =>
          LastName === 'Refused'
            ? { ok: false, id: null, code: 'REQUIRED', message: 'no', fields: [] }
            : taken.shift()!,
      );
    };
    await push({ upsert });
    const [{ sfdc_id }] = await pair.sql('select sfdc_id from marketing.person where id = $1', [
      good,
    ]);
    expect(await programs.membersThere(campaign)).toHaveProperty(sfdc_id);
    expect(await programs.openErrors()).toEqual([
      { object: 'Lead', operation: 'push new', code: 'REQUIRED' },
    ]);
    await programs.remove(program, refused);
    await settled();
    await pair.sql('delete from marketing.person where id = $1', [refused]);
    expect(await programs.openErrors()).toEqual([]);
  });
});

describe('answers that are lost, and members that are refused (N2, N3)', () => {
  it('N2: a member whose answer was lost is added once', async () => {
    const [person] = (await programs.leads(1)) as [Member];
    await programs.add(program, person.id, 'Registered');
    const create: Salesforce['create'] = async (...call) => {
      await pair.own.salesforce.create(...call);
      throw new SalesforceUnavailable('the answer is lost');
    };
    await expect(push({ create })).rejects.toThrow();
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [person.sfdcId]: 'Registered' });
    expect(await programs.log(person.id)).toEqual(['Added to Salesforce Campaign']);
    expect(await programs.openErrors()).toEqual([]);
  });

  it('E3: the log tells what was changed and removed there, though the answers were lost', async () => {
    const person = await member();
    const { salesforce } = pair.own;
    const lost = new SalesforceUnavailable('the answer is lost');
    await programs.set(program, person.id, 'Registered');
    const update: Salesforce['update'] = async (...call) => {
      await salesforce.update(...call);
      throw lost;
    };
    await expect(push({ update })).rejects.toThrow();
    await cycle();
    await programs.remove(program, person.id);
    const remove: Salesforce['delete'] = async (...call) => {
      await salesforce.delete(...call);
      throw lost;
    };
    await expect(push({ delete: remove })).rejects.toThrow();
    await cycle();
    await settled();
    expect(await programs.log(person.id)).toEqual([
      'Added to Salesforce Campaign',
      'Changed Status in Salesforce Campaign',
      'Removed from Salesforce Campaign',
    ]);
  });

  it('N1: a change whose answer was lost, then changed again, ends with the last one and no conflict', async () => {
    const person = await member();
    await programs.set(program, person.id, 'Registered');
    const update: Salesforce['update'] = async (...call) => {
      await pair.own.salesforce.update(...call);
      throw new SalesforceUnavailable('the answer is lost');
    };
    await expect(push({ update })).rejects.toThrow();
    await programs.set(program, person.id, 'Attended');
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [person.sfdcId]: 'Attended' });
    expect(
      await pair.sql('select 1 from tandem.conflict where person_id = $1', [person.id]),
    ).toEqual([]);
  });

  it('N3: a member that is refused stands as an error, is tried again later, and at once when changed', async () => {
    const [bad, good] = (await programs.leads(2)) as [Member, Member];
    await programs.add(program, bad.id);
    await programs.add(program, good.id);
    let calls = 0;
    const create: Salesforce['create'] = async (object, rows, how) => {
      calls += 1;
      const taken = await pair.own.salesforce.create(
        ...([object, rows.filter(({ LeadId }) => LeadId !== bad.sfdcId), how] as const),
      );
      return rows.map(
        ({ LeadId }): Outcome =>
          LeadId === bad.sfdcId
            ? { ok: false, id: null, code: 'CUSTOM', message: 'no', fields: [] }
            : taken.shift()!,
      );
    };
    await push({ create });
    await push({ create });
    expect(calls).toBe(1);
    expect(await programs.membersThere(campaign)).toHaveProperty(good.sfdcId);
    expect(await programs.openErrors()).toEqual([
      { object: 'CampaignMember', operation: 'push new', code: 'CUSTOM' },
    ]);
    await programs.set(program, bad.id, 'Registered');
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [bad.sfdcId]: 'Registered' });
    expect(await programs.openErrors()).toEqual([]);
  });

  it('E3: a status that the campaign does not have is no silent default, but an error', async () => {
    const statuses = await pair.crm.query(
      `SELECT Id FROM CampaignMemberStatus WHERE CampaignId = '${campaign}' AND Label = 'Attended'`,
    );
    const person = await member();
    await pair.crm.update('CampaignMemberStatus', statuses[0]!.Id!, { Label: 'Was there' });
    await programs.set(program, person.id, 'Attended');
    await cycle();
    expect(await programs.openErrors()).toEqual([
      { object: 'CampaignMember', operation: 'push updates', code: 'STATUS_UNKNOWN' },
    ]);
    await pair.crm.update('CampaignMemberStatus', statuses[0]!.Id!, { Label: 'Attended' });
    await pair.sql('update tandem.sync_error set next_try = null');
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [person.sfdcId]: 'Attended' });
    expect(await programs.openErrors()).toEqual([]);
  });
});

it('trap 12: more fields than a URL holds keep nobody from being added', async () => {
  const [person] = (await programs.leads(1)) as [Member];
  await programs.add(program, person.id, 'Registered');
  const select: Salesforce['select'] = async (object, fields, where, how) => {
    if (fields.length > 10) throw new SalesforceRejected('URI_TOO_LONG', 'too long');
    return pair.own.salesforce.select(object, fields, where, how);
  };
  await push({ select });
  expect(await programs.membersThere(campaign)).toMatchObject({ [person.sfdcId]: 'Registered' });
  await cycle();
  await settled();
  expect(await programs.members(program)).toMatchObject({ [person.id]: 'Registered' });
});

describe('members whose person goes, comes back or becomes one with another', () => {
  it('C14: a person deleted here leaves the program only here, and is a member again when it comes back', async () => {
    const person = await member('Registered');
    await pair.sql('delete from marketing.person where id = $1', [person.id]);
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [person.sfdcId]: 'Registered' });
    await pair.crm.update('Lead', person.sfdcId, { City: 'Here again' });
    await settled();
    const [{ id }] = await pair.sql('select id from marketing.person where sfdc_id = $1', [
      person.sfdcId,
    ]);
    expect(await programs.members(program)).toMatchObject({ [id]: 'Registered' });
  });

  it('C8: a lead deleted in Salesforce stays a member here, and nothing of it is pushed', async () => {
    const person = await member();
    await pair.crm.delete('Lead', person.sfdcId);
    await cycle();
    await programs.set(program, person.id, 'Attended');
    await settled();
    expect(await programs.members(program)).toMatchObject({ [person.id]: 'Attended' });
    expect(await programs.openErrors()).toEqual([]);
    await pair.crm.undelete(person.sfdcId);
    await settled();
    expect((await programs.membersThere(campaign))[person.sfdcId]).toBe('Attended');
  });

  it('C8, E3: who gets a new lead in place of a deleted one is a member there again', async () => {
    const person = await member('Registered');
    await pair.crm.delete('Lead', person.sfdcId);
    await cycle();
    const done = await act(pair, 'Sync Person', person.id);
    await cycle();
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({
      [done.result.lead]: 'Registered',
    });
    expect(await programs.members(program)).toMatchObject({ [person.id]: 'Registered' });
  });

  it('I8, E3: a member whose record is deleted, and who becomes one with somebody, is a member by that record', async () => {
    const gone = await member('Registered');
    const [there] = (await programs.leads(1)) as [Member];
    await pair.crm.delete('Lead', gone.sfdcId);
    await cycle();
    const done = await act(pair, 'Merge People', there.id, { merge: [gone.id] });
    expect(done).toMatchObject({ status: 'done' });
    await cycle();
    await settled();
    expect(await programs.membersThere(campaign)).toMatchObject({ [there.sfdcId]: 'Registered' });
    expect(await programs.members(program)).toMatchObject({ [there.id]: 'Registered' });
  });

  it('C10: a member whose lead is converted is the contact’s, with a change that was pending', async () => {
    const person = await member();
    await programs.set(program, person.id, 'Attended');
    const answer = await soapCall(
      pair.sandbox,
      `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${person.sfdcId}</leadId></leadConverts></convertLead>`,
    );
    const contact = /<contactId>(\w{18})</.exec(answer)![1]!;
    await cycle();
    await settled();
    expect(await programs.members(program)).toMatchObject({ [person.id]: 'Attended' });
    expect(await programs.membersThere(campaign)).toMatchObject({ [contact]: 'Attended' });
    expect(await pair.sql('select 1 from tandem.member_change')).toEqual([]);
  });

  it('C9: members of leads that are merged in Salesforce are one', async () => {
    const [winner, loser] = [await member(), await member('Registered')];
    await soapCall(
      pair.sandbox,
      `<merge><request><masterRecord><type>Lead</type><Id>${winner.sfdcId}</Id></masterRecord><recordToMergeIds>${loser.sfdcId}</recordToMergeIds></request></merge>`,
    );
    await cycle();
    await settled();
    const there = (await programs.membersThere(campaign))[winner.sfdcId]!;
    const members = await programs.members(program);
    expect(members).toMatchObject({ [winner.id]: there });
    expect(members).not.toHaveProperty(loser.id);
    expect(await programs.openErrors()).toEqual([]);
  });
});

describe('members that another session holds (N3)', () => {
  let user: pg.Client;
  beforeEach(async () => {
    user = new pg.Client({ connectionString: pair.own.config.databaseUrl });
    await user.connect();
    await user.query('begin');
  });
  afterEach(() => user.end());

  it('N3, E3: a transaction that does not end keeps the others from nothing, and no change is lost', async () => {
    const [held, theirs, ours, both] = [
      await member(),
      await member(),
      await member(),
      await member(),
    ];
    for (const { sfdcId } of [held, theirs]) {
      const id = await programs.memberId(campaign, sfdcId);
      await pair.crm.update('CampaignMember', id, { Status: 'Registered' });
    }
    for (const { id } of [ours, both]) await programs.set(program, id, 'Attended');
    await user.query(
      `update marketing.program_member set reached_at = now() where person_id = any($1::uuid[])`,
      [[held.id, both.id]],
    );
    await cycle();
    expect(await programs.members(program)).toMatchObject({
      ...{ [held.id]: 'Invited', [theirs.id]: 'Registered' },
    });
    expect(await programs.membersThere(campaign)).toMatchObject({
      ...{ [ours.sfdcId]: 'Attended', [both.sfdcId]: 'Invited' },
    });
    await user.query('commit');
    await cycle();
    await settled();
    expect(await programs.members(program)).toMatchObject({ [held.id]: 'Registered' });
    expect(await programs.membersThere(campaign)).toMatchObject({ [both.sfdcId]: 'Attended' });
    expect(await programs.openErrors()).toEqual([]);
  });
});
