/** I5 to I9, each with the answer to its write lost. */
import { beforeAll, describe, expect, it } from 'vitest';
import { act, actingForTests, ask, COLLECTIONS, SOAP } from './actions-support.ts';

const { pair, user, add, known, cycle, person, quiet } = actingForTests();

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

  it('E7, I6: in a campaign with a program nobody goes back to a lower step', async () => {
    await pair.sql(`insert into marketing.channel values ('Fair')`);
    await pair.sql(`insert into marketing.channel_status (channel, name, step, success)
      values ('Fair', 'Sent', 1, false), ('Fair', 'Responded', 2, true)`);
    const [{ id: program }] = await pair.sql(
      `insert into marketing.program (name, channel) values ('Fair', 'Fair') returning id`,
    );
    await pair.own.db.syncTransaction((tx) =>
      tx.query(
        'update marketing.program set salesforce_campaign_id = $2, linked_at = now() where id = $1',
        [program, campaign],
      ),
    );
    const { id } = await known('Lead');
    await act(pair, 'Add to Campaign', id, { campaign, status: 'Responded' });
    const back = await act(pair, 'Change Status in Campaign', id, { campaign, status: 'Sent' });
    expect(back).toMatchObject({ status: 'failed', code: 'LOWER_STEP' });
    await act(pair, 'Remove from Campaign', id, { campaign });
    await pair.sql('delete from marketing.program');
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

  it('I7, N1: what was edited before it was asked for is in the lead that is converted', async () => {
    const { id } = await known('Lead');
    await pair.sql(`update marketing.person set company = 'Zambezi' where id = $1`, [id]);
    const done = await act(pair, 'Convert Person', id, { opportunity: false });
    expect(done).toMatchObject({ status: 'done' });
    const account = await pair.crm.read('Account', done.result.account, ['Name']);
    expect(account.Name).toBe('Zambezi');
    await quiet();
  });

  it('I4, N2: a task whose answer was lost is found again though its lead was converted since', async () => {
    const { id } = await known('Lead');
    const action = await ask(pair, 'Create Task', id, { subject: 'Call before' });
    await pair.control('POST', '/faults', { kind: 'drop-after', path: COLLECTIONS, times: 1 });
    await expect(pair.run('runAction', { action })).rejects.toThrow();
    await pair.control('DELETE', '/faults');
    const { result } = await act(pair, 'Convert Person', id, { opportunity: false });
    await pair.run('runAction', { action });
    const there = await pair.crm.query(`SELECT Id FROM Task WHERE Subject = 'Call before'`);
    expect(there).toHaveLength(1);
    expect(
      await pair.sql('select status, result from marketing.salesforce_action where id = $1', [
        action,
      ]),
    ).toEqual([
      {
        ...{ status: 'done' },
        result: { person: id, contact: result.contact, task: there[0]!.Id },
      },
    ]);
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
