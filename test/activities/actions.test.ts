/** I1 to I9, each with the answer to its write lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, ask } from './actions-support.ts';
import { type Pair, startPair } from './support.ts';

let pair: Pair;
let user: { id: string; email: string };
let queue: string;
beforeAll(async () => {
  pair = await startPair({ people: { createInSalesforce: 'asked' } });
  await pair.load();
  await pair.cycle('first');
  const [one] = await pair.crm.query(
    "SELECT Id, Email FROM User WHERE IsActive = true AND Profile.Name = 'Sales' LIMIT 1",
  );
  user = { id: one!.Id!, email: one!.Email! };
  queue = (
    await pair.crm.query("SELECT QueueId FROM QueueSobject WHERE SobjectType = 'Lead' LIMIT 1")
  )[0]!.QueueId!;
}, 60_000);
afterAll(() => pair?.stop());

/** Writes by collections; reads go to other paths. */
const COLLECTIONS = 'composite/sobjects($|\\?ids=)';
const UPSERT = 'composite/sobjects/Lead/Tandem_Id__c';
const SOAP = '/services/Soap/';

let runs = 0;
let people = 0;

async function add(values: Record<string, unknown> = {}): Promise<string> {
  people += 1;
  const all = { last_name: `Person ${people}`, company: 'Nile', ...values };
  const names = Object.keys(all);
  const [{ id }] = await pair.sql(
    `insert into marketing.person (${names.join(', ')})
     values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(all),
  );
  return id;
}

/** A person with a record, as the sync knows it. */
async function known(object: 'Lead' | 'Contact', fields: object = {}) {
  people += 1;
  const company = object === 'Lead' ? { Company: 'Nile' } : {};
  const sfdcId = await pair.crm.create(object, {
    ...{ LastName: `Known ${people}`, ...company, ...fields },
  });
  await cycle();
  const [{ id }] = await pair.sql('select id from marketing.person where sfdc_id = $1', [sfdcId]);
  return { id: id as string, sfdcId };
}

const cycle = () => {
  runs += 1;
  return pair.cycle(`cycle-${runs}`);
};
const person = async (id: string) =>
  (await pair.sql('select * from marketing.person where id = $1', [id]))[0];
const leadsOf = (id: string) =>
  pair.crm.query(`SELECT Id, OwnerId, LastName FROM Lead WHERE Tandem_Id__c = '${id}'`);

/** N4: the next cycle finds nothing new in what the action did. */
async function quiet(): Promise<void> {
  const before = await versions();
  await cycle();
  expect(await versions()).toEqual(before);
  expect(await pair.sql('select 1 from tandem.pending_change')).toEqual([]);
}
const versions = () =>
  pair.sql(`select 'person' as of, sfdc_id, xmin::text from marketing.person
    union all select 'task', sfdc_id, xmin::text from marketing.task
    union all select 'member', sfdc_id, xmin::text from marketing.campaign_member order by 1, 2`);

describe('I1: Sync Person', () => {
  it('I1, N2: creates the lead once and shows it at once, though the answer is lost', async () => {
    const id = await add({ email: 'one@nile.example' });
    const done = await act(pair, 'Sync Person', id, {}, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    const leads = await leadsOf(id);
    expect(leads).toHaveLength(1);
    expect(done.result).toEqual({ person: id, lead: leads[0]!.Id });
    expect(await person(id)).toMatchObject({ sfdc_id: leads[0]!.Id, owner_id: leads[0]!.OwnerId });
    await quiet();
  });

  it('I1: pushes what is pending now, once, and is done again without a write', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.sql(`update marketing.person set phone = '+1 555 0101' where id = $1`, [id]);
    const done = await act(pair, 'sync-person', id, {}, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { lead: sfdcId }, struck: 1 });
    expect((await pair.crm.read('Lead', sfdcId, ['Phone'])).Phone).toBe('+1 555 0101');
    const stamp = (await pair.crm.read('Lead', sfdcId, ['SystemModstamp'])).SystemModstamp;
    expect(await act(pair, 'Sync Person', id)).toMatchObject({ status: 'done' });
    expect((await pair.crm.read('Lead', sfdcId, ['SystemModstamp'])).SystemModstamp).toBe(stamp);
    await quiet();
  });

  it('I1: the owner is whom the org’s rules say, or a user, or a queue', async () => {
    const rule = { kind: 'assignment', object: 'Lead', name: 'Lead routing' };
    await pair.control('POST', '/rules', { ...rule, op: 'change', active: true });
    const [byRule, byUser, byQueue] = [await add(), await add(), await add()];
    await act(pair, 'Sync Person', byRule);
    await act(pair, 'Sync Person', byUser, { owner: user.email });
    await act(pair, 'Sync Person', byQueue, { owner: queue });
    expect((await leadsOf(byRule))[0]!.OwnerId).toBe(queue);
    expect((await leadsOf(byUser))[0]!.OwnerId).toBe(user.id);
    expect((await leadsOf(byQueue))[0]!.OwnerId).toBe(queue);
    await pair.control('POST', '/rules', { ...rule, op: 'change', active: false });
    expect(await act(pair, 'Sync Person', await add(), { owner: 'Nobody' })).toMatchObject({
      ...{ status: 'failed', code: 'NO_SUCH_OWNER' },
    });
  });

  it('C8: on a deleted record it makes a new lead, and the person goes on with it', async () => {
    const { id, sfdcId } = await known('Contact', { Title: 'Chief' });
    await pair.crm.delete('Contact', sfdcId);
    // Not seen by any cycle: the action finds it out.
    const done = await act(pair, 'Sync Person', id, {}, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done' });
    const leads = await leadsOf(id);
    expect(leads).toHaveLength(1);
    await cycle();
    expect(await person(id)).toMatchObject({
      ...{ sfdc_id: leads[0]!.Id, sfdc_type: 'Lead', sfdc_is_deleted: false, job_title: 'Chief' },
    });
    await quiet();
  });

  it('I1: a contact sent to a queue becomes a second lead, once', async () => {
    const { id, sfdcId } = await known('Contact', { Title: 'Both' });
    const done = await act(pair, 'Sync Person', id, { owner: queue }, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done', struck: 1, result: { contact: sfdcId } });
    const leads = await leadsOf(done.result.person);
    expect(leads).toMatchObject([{ Id: done.result.lead, OwnerId: queue }]);
    expect(await person(done.result.person)).toMatchObject({ job_title: 'Both', owner_id: queue });
    expect(await person(id)).toMatchObject({ sfdc_id: sfdcId });
    await quiet();
  });

  it('C7: what Salesforce refuses ends failed with its own code and message', async () => {
    const id = await add({ num_employees: -1 });
    const done = await act(pair, 'Sync Person', id);
    expect(done.status).toBe('failed');
    expect(done.code).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    expect(done.reason).not.toBe('');
    await pair.sql('delete from marketing.person where id = $1', [id]);
  });
});

describe('I2: Delete Person', () => {
  it('I2: in Salesforce, once, and the person stays here as deleted', async () => {
    const { id, sfdcId } = await known('Lead');
    const done = await act(pair, 'Delete Person', id, {}, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { lead: sfdcId }, struck: 1 });
    expect(await person(id)).toMatchObject({ sfdc_is_deleted: true });
    expect(await pair.crm.query(`SELECT Id FROM Lead WHERE Id = '${sfdcId}'`)).toEqual([]);
  });

  it('I2: here too, when that is asked for, and it does not come back', async () => {
    const { id, sfdcId } = await known('Contact');
    const done = await act(pair, 'Delete Person', id, { here: true }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { contact: sfdcId } });
    expect(await person(id)).toBeUndefined();
    await cycle();
    expect(await pair.sql('select 1 from marketing.person where sfdc_id = $1', [sfdcId])).toEqual(
      [],
    );
    expect(await act(pair, 'Delete Person', await add())).toMatchObject({
      ...{ status: 'failed', code: 'NOT_IN_SALESFORCE' },
    });
  });
});

describe('I3: Change Owner', () => {
  it('I3: to a user, over an edit of the owner that was still pending', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.sql('update marketing.person set owner_id = $2 where id = $1', [id, queue]);
    const done = await act(pair, 'Change Owner', id, { owner: user.id }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { owner: user.id }, struck: 1 });
    await cycle();
    expect((await pair.crm.read('Lead', sfdcId, ['OwnerId'])).OwnerId).toBe(user.id);
    expect(await person(id)).toMatchObject({ owner_id: user.id });
    await quiet();
  });

  it('I3, I9: to a queue; whom Salesforce does not know is made a lead first, a contact a second one', async () => {
    const id = await add();
    expect(await act(pair, 'Change Owner', id, { owner: queue })).toMatchObject({ status: 'done' });
    expect(await leadsOf(id)).toMatchObject([{ OwnerId: queue }]);
    const contact = await known('Contact');
    const done = await act(pair, 'Change Owner', contact.id, { owner: queue }, { lost: UPSERT });
    expect(await leadsOf(done.result.person)).toMatchObject([{ OwnerId: queue }]);
  });
});

const tasksOf = (who: string) =>
  pair.crm.query(
    `SELECT Id, Subject, Status, Priority, ActivityDate, OwnerId FROM Task WHERE WhoId = '${who}'`,
  );

describe('I4: Create Task', () => {
  it('I4, N2: once, though the answer is lost, due in five days and the owner’s', async () => {
    const { id, sfdcId } = await known('Lead', { OwnerId: user.id });
    const done = await act(pair, 'Create Task', id, { subject: "Ring 'em" }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    expect(await tasksOf(sfdcId)).toMatchObject([
      { Id: done.result.task, Subject: "Ring 'em", ActivityDate: due, OwnerId: user.id },
    ]);
    expect(
      await pair.sql('select who_id, subject from marketing.task where sfdc_id = $1', [
        done.result.task,
      ]),
    ).toEqual([{ who_id: sfdcId, subject: "Ring 'em" }]);
    await quiet();
  });

  it('N2: two that are alike are two, whichever answers are lost', async () => {
    const { id, sfdcId } = await known('Lead');
    const wish = { subject: 'Twice', status: 'Not Started', priority: 'High', due_in_days: 0 };
    const first = await ask(pair, 'Create Task', id, wish);
    await pair.control('POST', '/faults', { kind: 'drop-after', path: COLLECTIONS, times: 1 });
    await expect(pair.run('runAction', { action: first })).rejects.toThrow();
    await pair.control('DELETE', '/faults');
    const second = await act(pair, 'Create Task', id, wish);
    await pair.run('runAction', { action: first });
    const made = await tasksOf(sfdcId);
    expect(made).toHaveLength(2);
    const [{ result }] = await pair.sql(
      'select result from marketing.salesforce_action where id = $1',
      [first],
    );
    expect([result.task, second.result.task].sort()).toEqual(made.map(({ Id }) => Id).sort());
  });

  it('I4: nothing is made when the request never came through, then one', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.control('POST', '/faults', { kind: 'drop-before', path: COLLECTIONS, times: 2 });
    expect(await act(pair, 'Create Task', id, { subject: 'Late' })).toMatchObject({ tries: 3 });
    await pair.control('DELETE', '/faults');
    expect(await tasksOf(sfdcId)).toHaveLength(1);
  });
});

describe('I4: Create Task in an org whose tasks have the External ID field', () => {
  it('I4, N2: once by External ID, though two answers are lost', async () => {
    await pair.control('POST', '/schema', {
      ...{ op: 'add-field', object: 'Task', field: 'Tandem_Id__c', type: 'string', length: 36 },
      ...{ label: 'Tandem Id', externalId: true, unique: true },
    });
    await pair.run('prepareConnection', {});
    const { id, sfdcId } = await known('Lead');
    const path = 'composite/sobjects/Task/Tandem_Id__c';
    const done = await act(pair, 'Create Task', id, { subject: 'By key' }, { lost: path });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    expect(await tasksOf(sfdcId)).toMatchObject([{ Id: done.result.task, Subject: 'By key' }]);
    const [task] = await pair.crm.query(`SELECT Tandem_Id__c FROM Task WHERE WhoId = '${sfdcId}'`);
    expect(task!.Tandem_Id__c).toBe(done.id);
    await quiet();
  });
});

describe('I5, I6: campaigns', () => {
  let campaign: string;
  beforeAll(async () => {
    campaign = await pair.crm.create('Campaign', { Name: 'Spring fair', IsActive: true });
    await cycle();
  });
  const members = () =>
    pair.crm.query(
      `SELECT Id, Status, LeadId FROM CampaignMember WHERE CampaignId = '${campaign}'`,
    );

  it('I5, I9: adds once with a status, as a lead first; a member is left as is', async () => {
    const id = await add();
    const wish = { campaign: 'Spring fair', status: 'responded' };
    const done = await act(pair, 'Add to Campaign', id, wish, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', struck: 1 });
    expect(await members()).toMatchObject([
      { Id: done.result.member, Status: 'Responded', LeadId: done.result.lead },
    ]);
    const again = await act(pair, 'Add to Campaign', id, { campaign, status: 'Sent' });
    expect(again.result.member).toBe(done.result.member);
    expect((await members())[0]!.Status).toBe('Responded');
    expect(
      await pair.sql('select status from marketing.campaign_member where sfdc_id = $1', [
        done.result.member,
      ]),
    ).toEqual([{ status: 'Responded' }]);
    await quiet();
  });

  it('I6: changes the status, to a lower step too, adds first if need be, and removes', async () => {
    const { id } = await known('Lead');
    const before = (await members()).length;
    const wish = (status: string) => ({ campaign, status });
    const added = await act(pair, 'Change Status in Campaign', id, wish('Responded'));
    const { member } = added.result;
    const lost = { lost: COLLECTIONS };
    const lower = await act(pair, 'Change Status in Campaign', id, wish('Sent'), lost);
    expect(lower).toMatchObject({ status: 'done', struck: 1, result: { member } });
    expect((await members()).find(({ Id }) => Id === member)!.Status).toBe('Sent');
    const removed = await act(pair, 'Remove from Campaign', id, { campaign }, lost);
    expect(removed).toMatchObject({ status: 'done', struck: 1, result: { member } });
    expect(await members()).toHaveLength(before);
    expect(await act(pair, 'Remove from Campaign', id, { campaign })).toMatchObject({
      ...{ status: 'done', result: { member: null } },
    });
    await quiet();
  });

  it('I5, I6: what there is not is told', async () => {
    const { id } = await known('Lead');
    const wrong = await act(pair, 'Add to Campaign', id, { campaign, status: 'Dancing' });
    expect(wrong).toMatchObject({ status: 'failed', code: 'NO_SUCH_STATUS' });
    expect(wrong.reason).toMatch(/it has .*Responded/);
    expect(await act(pair, 'Add to Campaign', id, { campaign: 'None' })).toMatchObject({
      ...{ status: 'failed', code: 'NO_SUCH_CAMPAIGN' },
    });
  });
});

describe('I7: Convert Person', () => {
  it('I7, C10: once, to a new contact, account and opportunity; one person here, a contact', async () => {
    const { id, sfdcId } = await known('Lead', { Company: 'Volta' });
    await pair.sql(`update marketing.person set job_title = 'Edited here' where id = $1`, [id]);
    const wish = { opportunity_name: 'A & B <big>', owner: user.id };
    const done = await act(pair, 'Convert Person', id, wish, { lost: SOAP });
    expect(done).toMatchObject({ status: 'done', struck: 1, result: { person: id, lead: sfdcId } });
    const { contact, account, opportunity } = done.result;
    expect(await person(id)).toMatchObject({ sfdc_id: contact, sfdc_type: 'Contact', account });
    expect(await pair.crm.read('Opportunity', opportunity, ['Name'])).toMatchObject({
      Name: 'A & B <big>',
    });
    expect(
      await pair.sql('select 1 from marketing.opportunity where sfdc_id = $1', [opportunity]),
    ).toHaveLength(1);
    await cycle();
    expect((await pair.crm.read('Contact', contact, ['Title'])).Title).toBe('Edited here');
    await quiet();
    expect(await act(pair, 'Convert Person', id)).toMatchObject({
      ...{ status: 'failed', code: 'ALREADY_CONVERTED' },
    });
  });

  it('I7, I9: into an existing contact, without an opportunity, of someone who was in no CRM', async () => {
    const account = await pair.crm.create('Account', { Name: 'Niger' });
    const there = await known('Contact', { AccountId: account, Title: 'There' });
    const id = await add({ phone: '+1 555 0105' });
    const wish = { account, contact: there.sfdcId, opportunity: false };
    const done = await act(pair, 'Convert Person', id, wish, { lost: SOAP });
    expect(done).toMatchObject({ status: 'done', result: { contact: there.sfdcId, account } });
    expect(done.result.opportunity).toBeNull();
    expect(await person(done.result.person)).toMatchObject({
      ...{ sfdc_id: there.sfdcId, job_title: 'There', phone: '+1 555 0105' },
    });
  });

  it('I7: what Salesforce refuses is told in its own words', async () => {
    const { id } = await known('Lead');
    const done = await act(pair, 'Convert Person', id, { converted_status: 'Nonsense' });
    expect(done.status).toBe('failed');
    expect(done.code).toMatch(/^[A-Z_]+$/);
    expect(done.reason).not.toBe('');
  });
});

describe('I8: Merge People', () => {
  it.each(['Lead', 'Contact'] as const)(
    'I8, C11: two of %s, there and here, once',
    async (object) => {
      const winner = await known(object, { Title: 'Winner' });
      const loser = await known(object, { Phone: '+1 555 0108' });
      const wish = { merge: [loser.id] };
      const done = await act(pair, 'Merge People', winner.id, wish, { lost: SOAP });
      expect(done).toMatchObject({ status: 'done', struck: 1, result: { person: winner.id } });
      const [gone] = await pair.crm.query(
        `SELECT IsDeleted, MasterRecordId FROM ${object} WHERE Id = '${loser.sfdcId}'`,
        { deletedToo: true },
      );
      expect(gone).toMatchObject({ MasterRecordId: winner.sfdcId });
      expect(await person(winner.id)).toMatchObject({ job_title: 'Winner', phone: '+1 555 0108' });
      expect(await person(loser.id)).toBeUndefined();
      await cycle();
      expect((await pair.crm.read(object, winner.sfdcId, ['Phone'])).Phone).toBe('+1 555 0108');
      expect(await act(pair, 'Merge People', winner.id, wish)).toMatchObject({ status: 'done' });
      await quiet();
    },
  );

  it('I8, C9: a lead goes into a contact by being converted to it; not the other way round', async () => {
    const account = await pair.crm.create('Account', { Name: 'Okavango' });
    const contact = await known('Contact', { AccountId: account });
    const lead = await known('Lead');
    expect(await act(pair, 'Merge People', lead.id, { merge: [contact.id] })).toMatchObject({
      ...{ status: 'failed', code: 'CONTACT_INTO_LEAD' },
    });
    const wish = { merge: [lead.id] };
    const done = await act(pair, 'Merge People', contact.id, wish, { lost: SOAP });
    expect(done).toMatchObject({ status: 'done', result: { contact: contact.sfdcId } });
    expect(
      await pair.sql('select 1 from marketing.person where sfdc_id = $1', [lead.sfdcId]),
    ).toEqual([]);
  });

  it('I8: people of whom at most one is in Salesforce become one here alone', async () => {
    const [one, two] = [await add({ phone: '+1 555 0110' }), await add({ job_title: 'Two' })];
    const here = await act(pair, 'Merge People', one, { merge: [two] });
    expect(here).toMatchObject({ status: 'done', result: { person: one } });
    expect(await person(one)).toMatchObject({ phone: '+1 555 0110', job_title: 'Two' });
    const lead = await known('Lead');
    const done = await act(pair, 'Merge People', one, { merge: [lead.id] });
    expect(done).toMatchObject({ status: 'done', result: { person: one, lead: lead.sfdcId } });
    expect(await person(lead.id)).toBeUndefined();
    await cycle();
    expect((await pair.crm.read('Lead', lead.sfdcId, ['Title'])).Title).toBe('Two');
  });
});

describe('rows as they come', () => {
  it('wrong ones end failed with what is wrong, and one that has ended is never done again', async () => {
    expect(await act(pair, 'Fly', null)).toMatchObject({ status: 'failed', code: 'WRONG_REQUEST' });
    const nobody = '00000000-0000-7000-8000-000000000000';
    const none = await act(pair, 'Sync Person', nobody);
    expect(none).toMatchObject({ status: 'failed', code: 'NO_SUCH_PERSON' });
    await pair.sql('select 1');
    expect(await pair.run('runAction', { action: none.id })).toEqual({
      status: 'failed',
      code: null,
    });
    expect(await pair.run('runAction', { action: nobody })).toEqual({
      status: 'unknown',
      code: null,
    });
    await expect(
      pair.sql(`update marketing.salesforce_action set status = 'requested' where id = $1`, [
        none.id,
      ]),
    ).rejects.toThrow(/belongs to the sync/);
  });

  it('N3: what a lock holds up is tried again; a lock that lasts is told', async () => {
    const { id, sfdcId } = await known('Lead');
    const lock = { kind: 'row-lock', object: 'Lead' };
    await pair.control('POST', '/faults', { ...lock, times: 2 });
    const done = await act(pair, 'Change Owner', id, { owner: user.id });
    expect(done).toMatchObject({ status: 'done', tries: 3 });
    await pair.control('POST', '/faults', lock);
    const lasting = await ask(pair, 'Delete Person', id);
    await pair.run('runAction', { action: lasting }, {}, { attempt: 20 });
    await pair.control('DELETE', '/faults');
    const [row] = await pair.sql('select * from marketing.salesforce_action where id = $1', [
      lasting,
    ]);
    expect(row).toMatchObject({ status: 'failed', code: 'UNABLE_TO_LOCK_ROW' });
    expect(await pair.crm.query(`SELECT Id FROM Lead WHERE Id = '${sfdcId}'`)).toHaveLength(1);
  });

  it('N1: rows that a cycle had read before the action do not bring older values back', async () => {
    const { id, sfdcId } = await known('Lead', { Phone: '+1 old' });
    await pair.crm.update('Lead', sfdcId, { Title: 'Seen by the cycle' });
    const fetched = await pair.run('fetchChanges', { run: 'between' });
    await pair.sql(`update marketing.person set phone = '+1 new' where id = $1`, [id]);
    await act(pair, 'Sync Person', id);
    for (const { object, batch, serverTime } of fetched.objects) {
      await pair.run('resolveConflicts', { run: 'between', object, batch });
      await pair.run('writeMarketing', { run: 'between', object, batch, serverTime });
    }
    expect(await person(id)).toMatchObject({ phone: '+1 new', job_title: 'Seen by the cycle' });
    await quiet();
  });
});
