import { beforeAll, expect, it } from 'vitest';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } }, { people: 10 });
beforeAll(async () => {
  await pair.load();
  await pair.cycle('loaded');
}, 60_000);

const deal = { StageName: 'Prospecting', CloseDate: '2031-01-31', Amount: 250.5 };
const whose = (opportunity: string) =>
  pair.sql(
    `select p.last_name from marketing.opportunity_contact_role r
     join marketing.person p on p.sfdc_id = r.contact_id
     where r.opportunity_id = $1 and not r.sfdc_is_deleted`,
    [opportunity],
  );

it('F1: an opportunity without roles is here and belongs to nobody; a role ties it to its person', async () => {
  const account = await pair.crm.create('Account', { Name: 'Volta' });
  const contact = await pair.crm.create('Contact', { LastName: 'Amos', AccountId: account });
  const opportunity = await pair.crm.create('Opportunity', {
    ...{ Name: 'Dam', AccountId: account, ...deal },
  });
  await pair.cycle('alone');
  const [row] = await pair.sql(
    'select name, amount::text, account_id as account from marketing.opportunity where sfdc_id = $1',
    [opportunity],
  );
  expect(row).toEqual({ name: 'Dam', amount: '250.5', account });
  expect(await whose(opportunity)).toEqual([]);

  const role = { OpportunityId: opportunity, ContactId: contact, Role: 'Evaluator' };
  await pair.crm.create('OpportunityContactRole', role);
  await pair.cycle('tied');
  expect(await whose(opportunity)).toEqual([{ last_name: 'Amos' }]);
});

it('F1: what is edited here is overwritten by the next change there, and never pushed', async () => {
  const opportunity = await pair.crm.create('Opportunity', { Name: 'Weir', ...deal });
  await pair.cycle('weir');
  await pair.sql(`update marketing.opportunity set name = 'Here', amount = 1 where sfdc_id = $1`, [
    opportunity,
  ]);
  await pair.cycle('edited here');
  expect(await pair.crm.read('Opportunity', opportunity, ['Name'])).toMatchObject({ Name: 'Weir' });
  await pair.crm.update('Opportunity', opportunity, { NextStep: 'Survey' });
  await pair.cycle('edited there');
  const [row] = await pair.sql(
    'select name, amount::text, next_step from marketing.opportunity where sfdc_id = $1',
    [opportunity],
  );
  expect(row).toEqual({ name: 'Weir', amount: '250.5', next_step: 'Survey' });
});
