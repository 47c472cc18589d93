import { beforeAll, expect, it } from 'vitest';
import { soapCall } from '../support/soap.ts';
import { PEOPLE_ONLY, pairForTests } from './support.ts';

const pair = pairForTests(PEOPLE_ONLY, { people: 10 });
beforeAll(async () => {
  await pair.load();
}, 60_000);

const merge = (object: string, winner: string, loser: string) =>
  soapCall(
    pair.sandbox,
    `<merge><request><masterRecord><type>${object}</type><Id>${winner}</Id></masterRecord><recordToMergeIds>${loser}</recordToMergeIds></request></merge>`,
  );

it('C9: a lead merged into one that is merged in turn, all between two cycles, ends as one person', async () => {
  const lead = (LastName: string) => pair.crm.create('Lead', { LastName, Company: 'Chain' });
  const [first, second, third] = [await lead('First'), await lead('Second'), await lead('Third')];
  await pair.cycle('before the chain');
  await merge('Lead', second, first);
  await merge('Lead', third, second);
  await pair.cycle('after the chain');
  expect(await pair.sql(`select sfdc_id from marketing.person where company = 'Chain'`)).toEqual([
    { sfdc_id: third },
  ]);
  expect(
    await pair.sql(
      `select count(*)::int as count from marketing.person_merge m
       join marketing.person p on p.id = m.person_id
       where p.sfdc_id = $1 and m.merged_sfdc_id = any($2)`,
      [third, [first, second]],
    ),
  ).toEqual([{ count: 2 }]);
});

it('C9: a lead merged into one that never came here, for it was merged in turn, ends as the last one', async () => {
  const lead = (LastName: string) => pair.crm.create('Lead', { LastName, Company: 'Unseen' });
  const [first, third] = [await lead('First'), await lead('Third')];
  await pair.cycle('before the unseen');
  const second = await lead('Second');
  await merge('Lead', second, first);
  await merge('Lead', third, second);
  // The one between is left out by the first, and read again.
  await pair.cycle('the unseen');
  await pair.cycle('the unseen again');
  expect(await pair.sql(`select sfdc_id from marketing.person where company = 'Unseen'`)).toEqual([
    { sfdc_id: third },
  ]);
});

it('C8, C10: a lead whose new contact is deleted before it ever came is that contact, deleted', async () => {
  const lead = await pair.crm.create('Lead', { LastName: 'Brief', Company: 'Brief' });
  await pair.cycle('before the conversion');
  const [before] = await pair.sql('select id from marketing.person where sfdc_id = $1', [lead]);
  const text = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${lead}</leadId></leadConverts></convertLead>`,
  );
  const contact = /<contactId>(\w{18})</.exec(text)![1]!;
  await pair.crm.delete('Contact', contact);
  // The contact is left out by the first, which does not know of the conversion yet, and read again.
  await pair.cycle('the conversion');
  await pair.cycle('its contact');
  expect(
    await pair.sql(
      'select id, sfdc_id, sfdc_is_deleted from marketing.person where sfdc_id = any($1)',
      [[lead, contact]],
    ),
  ).toEqual([{ id: before.id, sfdc_id: contact, sfdc_is_deleted: true }]);
});
