import { beforeAll, expect, it } from 'vitest';
import { soapCall } from '../support/soap.ts';
import { pairForTests } from './support.ts';

/** Deal__c → Part__c → Lot__c → Batch__c → Site_Visit__c → Contact: five lookups. */
const CHAIN = ['Site_Visit__c', 'Batch__c', 'Lot__c', 'Part__c', 'Deal__c'];

const objects = Object.fromEntries([...CHAIN, 'Island__c'].map((name) => [name, {}]));
const pair = pairForTests({ objects });
let contact: string;
const ids = new Map<string, string>();

beforeAll(async () => {
  const reference = (to: string) => ({
    ...{ name: 'Parent__c', type: 'reference', referenceTo: [to] },
  });
  [contact] = (await pair.crm.query('SELECT Id FROM Contact LIMIT 1')).map(({ Id }) => Id!) as [
    string,
  ];
  let parent = ['Contact', contact] as [string, string];
  for (const object of CHAIN) {
    const fields = [reference(parent[0])];
    await pair.control('POST', '/schema', { op: 'add-object', object, fields });
    parent = [object, await pair.crm.create(object, { Parent__c: parent[1] })];
    ids.set(...parent);
  }
  const fields = [{ name: 'Manager__c', type: 'reference', referenceTo: ['User'] }];
  await pair.control('POST', '/schema', { op: 'add-object', object: 'Island__c', fields });
  await pair.load();
}, 60_000);

it('G1: an object is pulled into its own table, and its rows lead to people over five lookups', async () => {
  const rows = await pair.sql(
    `select l.sfdc_id, p.sfdc_id as person from marketing.deal__c_person l
     join marketing.person p on p.id = l.person_id`,
  );
  expect(rows).toEqual([{ sfdc_id: ids.get('Deal__c'), person: contact }]);
});

it('G1: one that leads to nobody is refused with the lookups it has, and stops nothing else', async () => {
  const [error] = await pair.sql(
    `select code, message from tandem.sync_error where object = 'Island__c' and resolved_at is null`,
  );
  expect(error.code).toBe('NO_PATH_TO_PEOPLE');
  expect(error.message).toContain('Manager__c → User');
  expect(await pair.sql(`select to_regclass('marketing.island__c') as t`)).toEqual([{ t: null }]);
});

it('G1: it is synced as soon as it has a lookup that leads there', async () => {
  await pair.control('POST', '/schema', {
    ...{ op: 'add-field', object: 'Island__c', field: 'Lead__c' },
    ...{ type: 'reference', referenceTo: ['Lead'] },
  });
  const [lead] = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1');
  await pair.crm.create('Island__c', { Lead__c: lead!.Id });
  await pair.cycle('first');
  expect(await pair.backfill()).toEqual(['Island__c']);
  expect(await pair.sql('select lead__c from marketing.island__c')).toEqual([
    { lead__c: lead!.Id },
  ]);
  const open = await pair.sql(
    `select 1 from tandem.sync_error where object = 'Island__c' and resolved_at is null`,
  );
  expect(open).toEqual([]);
});

it('G1, C10: its rows follow a lead that was converted, to whom the lead became', async () => {
  const owner = () =>
    pair.sql(
      `select p.sfdc_id from marketing.island__c_person l join marketing.person p on p.id = l.person_id`,
    );
  const lead = await pair.crm.create('Lead', { LastName: 'Robin', Company: 'Island' });
  const [island] = await pair.crm.query('SELECT Id FROM Island__c');
  await pair.crm.update('Island__c', island!.Id!, { Lead__c: lead });
  await pair.cycle('robin');
  expect(await owner()).toEqual([{ sfdc_id: lead }]);
  const answer = await soapCall(
    pair.sandbox,
    `<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity><leadId>${lead}</leadId></leadConverts></convertLead>`,
  );
  await pair.cycle('converted');
  expect(await owner()).toEqual([{ sfdc_id: /<contactId>(\w{18})</.exec(answer)![1]! }]);
});

it('G1: the way to people may lead over a standard object that is synced, such as an opportunity', async () => {
  const fields = [{ name: 'Opportunity__c', type: 'reference', referenceTo: ['Opportunity'] }];
  await pair.control('POST', '/schema', { op: 'add-object', object: 'Line__c', fields });
  const [opportunity] = await pair.sql(
    `select o.sfdc_id as id, o.account_id as account from marketing.opportunity o
     where exists (select from marketing.person p where p.account = o.account_id) limit 1`,
  );
  const line = await pair.crm.create('Line__c', { Opportunity__c: opportunity.id });
  const { config } = pair.own;
  const Line__c = { ...config.objects.Deal__c! };
  Object.assign(pair.own, { config: { ...config, objects: { ...config.objects, Line__c } } });
  expect(await pair.backfill()).toEqual(['Line__c']);
  const theirs = await pair.sql('select id from marketing.person where account = $1 order by 1', [
    opportunity.account,
  ]);
  const linked = await pair.sql(
    'select person_id as id from marketing.line__c_person where sfdc_id = $1 order by 1',
    [line],
  );
  expect(linked).toEqual(theirs);
});

it('G1: a lookup that tandem.yaml switches off is no way to people, and stops nothing', async () => {
  const fields = [
    { name: 'Backer__c', type: 'reference', referenceTo: ['Contact'] },
    { name: 'Buyer__c', type: 'reference', referenceTo: ['Contact'] },
  ];
  await pair.control('POST', '/schema', { op: 'add-object', object: 'Pledge__c', fields });
  const pledge = await pair.crm.create('Pledge__c', { Backer__c: contact, Buyer__c: contact });
  const { config } = pair.own;
  const Pledge__c = { ...config.objects.Deal__c!, fields: { Backer__c: { way: 'off' as const } } };
  Object.assign(pair.own, { config: { ...config, objects: { ...config.objects, Pledge__c } } });
  expect(await pair.backfill()).toEqual(['Pledge__c']);
  expect(await pair.sql('select sfdc_id from marketing.pledge__c_person')).toEqual([
    { sfdc_id: pledge },
  ]);
});

it('G2: switched off it keeps its table and is pulled no more; on again, it catches up', async () => {
  const { config } = pair.own;
  const enabled = (value: boolean) => ({
    ...config.objects,
    Deal__c: { ...config.objects.Deal__c!, enabled: value },
  });
  Object.assign(pair.own, { config: { ...config, objects: enabled(false) } });
  await pair.run('prepareConnection', {});
  const deal = await pair.crm.create('Deal__c', { Parent__c: ids.get('Part__c') });
  await pair.cycle('while off');
  const held = () => pair.sql('select sfdc_id from marketing.deal__c where sfdc_id = $1', [deal]);
  expect(await held()).toEqual([]);
  Object.assign(pair.own, { config: { ...config, objects: enabled(true) } });
  await pair.backfill();
  await pair.cycle('on again');
  expect(await held()).toEqual([{ sfdc_id: deal }]);
});
