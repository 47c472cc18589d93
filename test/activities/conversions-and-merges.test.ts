import { beforeAll, describe, expect, it } from 'vitest';
import { soapCall } from '../support/soap.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } });
let cycles = 0;
beforeAll(async () => {
  await convert(await pair.crm.create('Lead', { LastName: 'Earlier', Company: 'Nile' }));
  await pair.load();
  await cycle();
}, 60_000);

const cycle = () => pair.cycle(`cycle-${++cycles}`);
const by = (id: string) =>
  pair.sql('select * from marketing.person where sfdc_id = $1', [id]).then(([person]) => person);
const logOf = async (personId: string, kind: string) =>
  pair.sql('select attributes from marketing.activity where person_id = $1 and kind = $2', [
    personId,
    kind,
  ]);

async function newLead(fields: object = {}): Promise<string> {
  const id = await pair.crm.create('Lead', { LastName: 'Okri', Company: 'Nile', ...fields });
  await cycle();
  return id;
}

async function convert(lead: string, more: Record<string, string> = {}) {
  const given = Object.entries(more).map(([key, value]) => `<${key}>${value}</${key}>`);
  const text = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts>${given.join('')}<convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${lead}</leadId></leadConverts></convertLead>`,
  );
  return {
    contact: /<contactId>(\w{18})</.exec(text)![1]!,
    account: /<accountId>(\w{18})</.exec(text)![1]!,
  };
}

describe('a lead converted in Salesforce (C10)', () => {
  it('A2, C10: one that was converted before the first copy stays a person of its own', async () => {
    const [lead] = await pair.crm.query(
      `SELECT Id, ConvertedContactId FROM Lead WHERE LastName = 'Earlier'`,
    );
    expect(await by(lead!.Id!)).toMatchObject({ sfdc_type: 'Lead', sfdc_is_converted: true });
    expect(await by(lead!.ConvertedContactId!)).toMatchObject({ sfdc_type: 'Contact' });
  });

  it('C10: to a new contact and account: one person, the same as before, now a contact', async () => {
    const lead = await newLead({ Email: 'new@nile.example' });
    const before = await by(lead);
    const { contact, account } = await convert(lead);
    await cycle();
    const person = await by(contact);
    expect(person).toMatchObject({
      id: before.id,
      sfdc_type: 'Contact',
      sfdc_is_converted: true,
      company: 'Nile',
      email: 'new@nile.example',
      account,
    });
    expect(await by(lead)).toBeUndefined();
    expect(await logOf(person.id, 'Lead is Converted')).toMatchObject([
      { attributes: { lead, contact, account } },
    ]);
    expect(
      await pair.sql('select person_id from marketing.person_merge where merged_sfdc_id = $1', [
        lead,
      ]),
    ).toEqual([{ person_id: person.id }]);
  });

  it('C10: to an existing contact: the older of the two keeps its id, the contact’s values stand', async () => {
    const account = await pair.crm.create('Account', { Name: 'Volta' });
    const contact = await pair.crm.create('Contact', {
      ...{ LastName: 'Present', AccountId: account, Title: 'Chief' },
    });
    await cycle();
    const present = await by(contact);
    const lead = await newLead({ Title: 'Intern', Phone: '+1 555 0100' });
    await convert(lead, { accountId: account, contactId: contact });
    await cycle();
    expect(await by(contact)).toMatchObject({
      id: present.id,
      last_name: 'Present',
      job_title: 'Chief',
      phone: '+1 555 0100',
    });
    expect(await by(lead)).toBeUndefined();
  });

  it('C10: an edit of the lead that was still pending follows to the contact, and is pushed there', async () => {
    const lead = await newLead({ Title: 'Before' });
    await pair.sql(`update marketing.person set job_title = 'Edited here' where sfdc_id = $1`, [
      lead,
    ]);
    const { contact } = await convert(lead);
    await cycle();
    await cycle();
    expect((await by(contact)).job_title).toBe('Edited here');
    expect((await pair.crm.read('Contact', contact, ['Title'])).Title).toBe('Edited here');
    expect(await pair.sql('select 1 from tandem.pending_change')).toEqual([]);
    expect(await pair.sql('select 1 from tandem.sync_error where resolved_at is null')).toEqual([]);
  });

  it('C10, N1: a pending edit that a contact has no field for is a conflict that it lost, and stays here', async () => {
    const lead = await newLead();
    const { id } = await by(lead);
    await pair.sql(`update marketing.person set company = 'Volta' where id = $1`, [id]);
    const { contact } = await convert(lead);
    await cycle();
    expect(await by(contact)).toMatchObject({ id, company: 'Volta' });
    const conflicts = await pair.sql(
      'select column_name, base, marketing, winner from tandem.conflict where person_id = $1',
      [id],
    );
    expect(conflicts).toEqual([
      { column_name: 'company', base: 'Nile', marketing: 'Volta', winner: 'salesforce' },
    ]);
    const edits = await pair.sql('select from tandem.pending_change where person_id = $1', [id]);
    expect(edits).toEqual([]);
  });

  it('C10: a lead that came and was converted between two cycles is one person', async () => {
    const lead = await pair.crm.create('Lead', { LastName: 'Quick', Company: 'Nile' });
    const { contact } = await convert(lead);
    await cycle();
    expect(
      await pair.sql(`select sfdc_id from marketing.person where last_name = 'Quick'`),
    ).toEqual([{ sfdc_id: contact }]);
  });

  it('N6: settled once, nothing of it changes again', async () => {
    const before = await pair.snapshot();
    await cycle();
    expect((await pair.snapshot())['marketing.person']).toEqual(before['marketing.person']);
    // Nothing waits any more, so that later cycles have nobody to look for.
    expect(await pair.sql('select from tandem.conversion')).toEqual([]);
  });
});

describe.each(['Lead', 'Contact'])('two records of %s merged in Salesforce (C9)', (object) => {
  it('C9: their people merge: winner’s values stand, the loser’s fill the gaps, scores are added', async () => {
    const company = object === 'Lead' ? { Company: 'Nile' } : {};
    const winner = await pair.crm.create(object, { LastName: 'Winner', ...company });
    const loser = await pair.crm.create(object, {
      ...{ LastName: 'Loser', Phone: '+1 555 0199', ...company },
    });
    await cycle();
    await pair.sql('alter table marketing.person add column if not exists nickname text');
    await pair.sql(`update marketing.person set nickname = 'Lo', score = 5 where sfdc_id = $1`, [
      loser,
    ]);
    await pair.sql('update marketing.person set score = 7 where sfdc_id = $1', [winner]);
    const [kept, gone] = [await by(winner), await by(loser)];
    await pair.sql(
      `insert into marketing.activity (person_id, kind) values ($1, 'Filled Out Form')`,
      [gone.id],
    );
    await soapCall(
      pair.sandbox,
      `<merge><request><masterRecord><type>${object}</type><Id>${winner}</Id></masterRecord><recordToMergeIds>${loser}</recordToMergeIds></request></merge>`,
    );
    await cycle();
    await cycle();
    expect(await by(winner)).toMatchObject({
      ...{ id: kept.id, last_name: 'Winner', phone: '+1 555 0199', nickname: 'Lo', score: '12' },
    });
    expect(await by(loser)).toBeUndefined();
    expect(await logOf(kept.id, 'Filled Out Form')).toHaveLength(1);
    expect(await logOf(kept.id, 'Merged in Salesforce')).toHaveLength(1);
    expect((await pair.crm.read(object, winner, ['Phone'])).Phone).toBe('+1 555 0199');
    expect(
      await pair.sql(`select person_id from marketing.person_merge where merged_person_id = $1`, [
        gone.id,
      ]),
    ).toEqual([{ person_id: kept.id }]);
  });
});

it('C9, N1: an edit of the loser that gives way to the winner’s value is a conflict it lost', async () => {
  const [winner, loser] = [await newLead({ Title: 'Theirs' }), await newLead({ Title: 'Before' })];
  await pair.sql(
    `update marketing.person set job_title = 'Ours', num_employees = 3 where sfdc_id = $1`,
    [loser],
  );
  await soapCall(
    pair.sandbox,
    `<merge><request><masterRecord><type>Lead</type><Id>${winner}</Id></masterRecord><recordToMergeIds>${loser}</recordToMergeIds></request></merge>`,
  );
  await cycle();
  const person = await by(winner);
  expect(person).toMatchObject({ job_title: 'Theirs', num_employees: 3 });
  expect(
    await pair.sql(
      `select field, base, salesforce, marketing, winner from tandem.conflict where person_id = $1`,
      [person.id],
    ),
  ).toEqual([
    {
      ...{ field: 'Title', base: 'Before', salesforce: 'Theirs' },
      ...{ marketing: 'Ours', winner: 'salesforce' },
    },
  ]);
});
