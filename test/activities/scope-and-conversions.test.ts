/** What config's condition leaves out, where leads are converted in Salesforce (C10, C12). */
import { beforeAll, expect, it } from 'vitest';
import { soapCall } from '../support/soap.ts';
import { PEOPLE_ONLY, pairForTests } from './support.ts';

const pair = pairForTests({
  objects: { ...PEOPLE_ONLY.objects, Lead: { where: 'IsConverted = false' } },
});
let cycles = 0;
const cycle = () => pair.cycle(`cycle-${++cycles}`);

beforeAll(async () => {
  await convert(
    await pair.crm.create('Lead', { LastName: 'Long ago', Company: 'Nile', Phone: '1' }),
  );
  await pair.sandbox.pool.query(
    `update org."Lead" set "SystemModstamp" = now() - interval '1 year' where "LastName" = 'Long ago'`,
  );
  await pair.load();
  await cycle();
}, 60_000);

async function convert(lead: string): Promise<string> {
  const text = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${lead}</leadId></leadConverts></convertLead>`,
  );
  return /<contactId>(\w{18})</.exec(text)![1]!;
}

const named = (name: string) =>
  pair.sql(
    `select id, sfdc_id, sfdc_type as type, job_title as title from marketing.person
     where last_name = $1 order by sfdc_id`,
    [name],
  );

it('C10, C12: a lead that its conversion takes out of the condition is one person with its contact', async () => {
  const lead = await pair.crm.create('Lead', { LastName: 'Leaves', Company: 'Nile' });
  await cycle();
  const [before] = await named('Leaves');
  await pair.sql(`update marketing.person set job_title = 'Edited here' where sfdc_id = $1`, [
    lead,
  ]);
  const contact = await convert(lead);
  await cycle();
  await cycle();
  expect(await named('Leaves')).toEqual([
    { id: before.id, sfdc_id: contact, type: 'Contact', title: 'Edited here' },
  ]);
  expect((await pair.crm.read('Contact', contact, ['Title'])).Title).toBe('Edited here');
  expect(await pair.sql('select from tandem.reread')).toEqual([]);
});

it('C10, C12: leads converted before they came into the condition stay people of their own', async () => {
  const { config } = pair.own;
  const [there] = await pair.crm.query(`SELECT Id FROM Contact WHERE LastName = 'Long ago'`);
  const contact = there!.Id!;
  await pair.crm.update('Contact', contact, { Phone: null });
  await cycle();
  const objects = { ...config.objects, Lead: { ...config.objects.Lead!, where: null } };
  Object.assign(pair.own, { config: { ...config, objects } });
  await pair.run('prepareConnection', {});
  await cycle();
  await cycle();
  Object.assign(pair.own, { config });
  expect((await named('Long ago')).map(({ type }) => type).sort()).toEqual(['Contact', 'Lead']);
  expect((await pair.crm.read('Contact', contact, ['Phone'])).Phone).toBeNull();
});
