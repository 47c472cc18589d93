/** Edits that wait while their field is hidden, made read-only or given another type (N1, J2). */
import { beforeAll, expect, it } from 'vitest';
import { PEOPLE_ONLY, pairForTests } from './support.ts';

const pair = pairForTests(PEOPLE_ONLY);
let cycles = 0;
const cycle = () => pair.cycle(`cycle-${++cycles}`);
const change = (body: object) => pair.control('POST', '/schema', { object: 'Lead', ...body });

beforeAll(async () => {
  for (const field of ['Club__c', 'Size__c']) {
    await change({ op: 'add-field', field, type: 'string' });
  }
  await pair.load();
  await cycle();
}, 60_000);

async function leadWith(fields: object): Promise<string> {
  const lead = await pair.crm.create('Lead', { LastName: 'Okri', Company: 'Nile', ...fields });
  await cycle();
  return lead;
}
const conflicts = (lead: string) =>
  pair.sql(
    `select field, base, salesforce, marketing, winner from tandem.conflict where sfdc_id = $1`,
    [lead],
  );
const pending = () => pair.sql('select from tandem.pending_change');

it('N1, J2: an edit whose field is hidden before its push is a conflict that it lost; the others go', async () => {
  const lead = await leadWith({ Club__c: 'theirs' });
  await pair.sql(
    `update marketing.person set club__c = 'ours', job_title = 'Chief' where sfdc_id = $1`,
    [lead],
  );
  await change({ op: 'hide-field', field: 'Club__c' });
  await pair.run('prepareConnection', {});
  await cycle();
  expect((await pair.crm.read('Lead', lead, ['Title'])).Title).toBe('Chief');
  expect(await conflicts(lead)).toEqual([
    { field: 'Club__c', base: 'theirs', salesforce: null, marketing: 'ours', winner: 'salesforce' },
  ]);
  expect(await pending()).toEqual([]);
});

it('N1, J2: an edit that waits while its field is hidden and shown again is pushed', async () => {
  await change({ op: 'show-field', field: 'Club__c' });
  await pair.backfill();
  const lead = await leadWith({ Club__c: 'theirs' });
  await pair.sql(`update marketing.person set club__c = 'ours' where sfdc_id = $1`, [lead]);
  await change({ op: 'hide-field', field: 'Club__c' });
  await pair.run('prepareConnection', {});
  await change({ op: 'show-field', field: 'Club__c' });
  await pair.backfill();
  await cycle();
  expect((await pair.crm.read('Lead', lead, ['Club__c'])).Club__c).toBe('ours');
  expect(await conflicts(lead)).toEqual([]);
});

it('N1, J2: an edit whose field gets another type before its push is a conflict that it lost', async () => {
  const lead = await leadWith({ Size__c: '1' });
  await pair.sql(`update marketing.person set size__c = '2' where sfdc_id = $1`, [lead]);
  await change({ op: 'retype-field', field: 'Size__c', type: 'double' });
  await pair.backfill();
  await cycle();
  expect(await conflicts(lead)).toMatchObject([{ field: 'size__c', base: '1', marketing: '2' }]);
  expect(await pending()).toEqual([]);
});

it('N1, N6: an edit whose field goes one way only before its push loses to Salesforce’s value, here as well', async () => {
  const lead = await leadWith({ Title: 'theirs' });
  await pair.sql(`update marketing.person set job_title = 'ours' where sfdc_id = $1`, [lead]);
  const { config } = pair.own;
  const fields = { Title: { way: 'pull' as const } };
  const objects = { ...config.objects, Lead: { ...config.objects.Lead!, fields } };
  Object.assign(pair.own, { config: { ...config, objects } });
  await pair.run('prepareConnection', {});
  await cycle();
  Object.assign(pair.own, { config });
  expect(await conflicts(lead)).toEqual([
    {
      field: 'Title',
      base: 'theirs',
      salesforce: 'theirs',
      marketing: 'ours',
      winner: 'salesforce',
    },
  ]);
  expect(
    await pair.sql('select job_title from marketing.person where sfdc_id = $1', [lead]),
  ).toEqual([{ job_title: 'theirs' }]);
  expect(await pending()).toEqual([]);
});
