import { describe, expect, it } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';

const CONFIG = `
people:
  createInSalesforce: always
  defaults:
    lastName: Nobody
    company: Nowhere
bulk:
  queryThreshold: 5
  pageSize: 1000
`;

const system = systemForTests({ people: 60, config: CONFIG });

/** Adds people by plain SQL, and answers their ids in order. */
async function add(...people: Record<string, unknown>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const person of people) {
    const names = Object.keys(person);
    const places = names.map((_, index) => `$${index + 1}`);
    const [row] = await system.sql<{ id: string }>(
      `insert into marketing.person (${names.join(', ')}) values (${places.join(', ')}) returning id`,
      Object.values(person),
    );
    ids.push(row!.id);
  }
  return ids;
}

const leadsOf = (id: string) =>
  system.crm.query(
    `SELECT Id, LastName, FirstName, Company, Email, NumberOfEmployees FROM Lead WHERE Tandem_Id__c = '${id}'`,
  );
const person = async (id: string) =>
  (await system.sql('select * from marketing.person where id = $1', [id]))[0]!;

describe('people made in marketing', () => {
  it('C5, C6: become leads, with the configured values where Salesforce insists on one and there is none', async () => {
    const [named, bare] = await add(
      { first_name: 'Ada', last_name: 'Byron', company: 'Engines', email: 'ada@engines.example' },
      { email: 'who@nowhere.example' },
    );
    await system.synced();
    expect(await leadsOf(named!)).toMatchObject([
      { FirstName: 'Ada', LastName: 'Byron', Company: 'Engines' },
    ]);
    expect(await leadsOf(bare!)).toMatchObject([{ LastName: 'Nobody', Company: 'Nowhere' }]);
    const [lead] = await leadsOf(named!);
    expect(await person(named!)).toMatchObject({ sfdc_id: lead!.Id, sfdc_type: 'Lead' });
    await system.synced();
    expect(await person(named!)).toMatchObject({ last_name: 'Byron', company: 'Engines' });
    expect(await person(bare!)).toMatchObject({ email: 'who@nowhere.example' });
  });

  it('N2, trap 18: an answer lost after the create makes no second lead and no second person', async () => {
    const before = (await system.crm.query('SELECT COUNT(Id) n FROM Lead'))[0]!.n;
    const [id] = await add({ last_name: 'Once', company: 'Only', email: 'once@only.example' });
    await system.control('POST', 'faults', {
      kind: 'drop-after',
      path: 'composite/sobjects/Lead/Tandem_Id__c',
      times: 1,
    });
    await system.synced();
    const [fault] = await system.control('GET', 'faults');
    expect(fault.fired).toBe(1);
    await system.control('DELETE', 'faults');
    await system.synced();
    const leads = await leadsOf(id!);
    expect(leads).toHaveLength(1);
    const after = (await system.crm.query('SELECT COUNT(Id) n FROM Lead'))[0]!.n;
    expect(Number(after)).toBe(Number(before) + 1);
    const people = await system.sql('select id, sfdc_id from marketing.person where email = $1', [
      'once@only.example',
    ]);
    expect(people).toEqual([{ id, sfdc_id: leads[0]!.Id }]);
  });

  it('C7, N3: one that a validation rule refuses stops no other, and is made once corrected', async () => {
    const [refused, fine] = await add(
      { last_name: 'Refused', company: 'Rules', num_employees: -1 },
      { last_name: 'Fine', company: 'Rules', num_employees: 1 },
    );
    await system.synced();
    expect(await leadsOf(fine!)).toHaveLength(1);
    expect(await leadsOf(refused!)).toEqual([]);
    expect((await system.tandem(['errors'])).json).toMatchObject([
      {
        operation: 'push new',
        personId: refused,
        sfdcId: null,
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'Employees cannot be negative',
      },
    ]);
    const log = await system.sql('select kind from marketing.activity where person_id = $1', [
      refused,
    ]);
    expect(log).toEqual([{ kind: 'Sync error' }]);
    await system.sql('update marketing.person set num_employees = 2 where id = $1', [refused]);
    await system.synced();
    expect(await leadsOf(refused!)).toMatchObject([{ NumberOfEmployees: '2' }]);
    expect((await system.tandem(['errors'])).json).toEqual([]);
  });

  it('M2, C3: many changed rows come by Bulk API, and merge with edits that are pending', async () => {
    const leads = await system.crm.query(
      'SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id LIMIT 12',
    );
    const [edited] = leads;
    const jobs = async () => (await system.control('GET', 'calls')).byKind['jobs/query'] ?? 0;
    for (const { Id } of leads) await system.crm.update('Lead', Id!, { City: 'Many', Fax: '+1' });
    await system.sql("update marketing.person set city = 'Ours', phone = '+7' where sfdc_id = $1", [
      edited!.Id,
    ]);
    const before = await jobs();
    await system.synced();
    expect(await jobs()).toBeGreaterThan(before);
    const rows = await system.sql(
      'select sfdc_id, city, fax, phone from marketing.person where sfdc_id = any($1) order by sfdc_id collate "C"',
      [leads.map(({ Id }) => Id)],
    );
    expect(rows.map(({ city }) => city)).toEqual(['Ours', ...Array(11).fill('Many')]);
    expect(rows[0]).toMatchObject({ fax: '+1', phone: '+7' });
    expect(await system.crm.read('Lead', edited!.Id!, ['City', 'Phone', 'Fax'])).toMatchObject({
      City: 'Ours',
      Phone: '+7',
      Fax: '+1',
    });
  });

  it('J2: a field hidden after the start stops syncing; its column and data stay, all else goes on', async () => {
    const [lead] = await system.crm.query(
      'SELECT Id FROM Lead WHERE Fax != null AND IsConverted = false ORDER BY Id LIMIT 1',
    );
    const fax = async () =>
      (await system.sql('select fax from marketing.person where sfdc_id = $1', [lead!.Id]))[0]!.fax;
    const kept = await fax();
    expect(kept).not.toBeNull();
    await system.control('POST', 'schema', { op: 'hide-field', object: 'Lead', field: 'Fax' });
    await system.crm.update('Lead', lead!.Id!, { Fax: '+99', City: 'Goes on' });
    await system.synced();
    const [row] = await system.sql('select fax, city from marketing.person where sfdc_id = $1', [
      lead!.Id,
    ]);
    expect(row).toEqual({ fax: kept, city: 'Goes on' });
    const fields = (await system.tandem(['fields', '--object', 'Lead'])).json as {
      field: string;
      goneAt: string | null;
    }[];
    expect(fields.find(({ field }) => field === 'Fax')!.goneAt).not.toBeNull();
    await system.control('POST', 'schema', { op: 'show-field', object: 'Lead', field: 'Fax' });
  });

  it('N2, L2: without the External ID field creation is refused with what to do, and all else goes on', async () => {
    const field = { object: 'Lead', field: 'Tandem_Id__c' };
    await system.control('POST', 'schema', { op: 'hide-field', ...field });
    const [id] = await add({ last_name: 'Waiting', company: 'Room', email: 'wait@room.example' });
    const [lead, other] = await system.crm.query(
      'SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id DESC LIMIT 2',
    );
    await system.crm.update('Lead', lead!.Id!, { City: 'Pulled' });
    await system.sql("update marketing.person set city = 'Pushed' where sfdc_id = $1", [other!.Id]);
    await system.synced();
    expect(await system.crm.query(`SELECT Id FROM Lead WHERE Email = 'wait@room.example'`)).toEqual(
      [],
    );
    const [pulled] = await system.sql('select city from marketing.person where sfdc_id = $1', [
      lead!.Id,
    ]);
    expect(pulled).toEqual({ city: 'Pulled' });
    expect(await system.crm.read('Lead', other!.Id!, ['City'])).toMatchObject({ City: 'Pushed' });
    expect((await system.tandem(['errors'])).json).toMatchObject([
      {
        object: 'Lead',
        operation: 'push new',
        personId: null,
        message: expect.stringMatching(/Tandem_Id__c.*resume/),
      },
    ]);
    const check = await system.tandem(['check']);
    expect(check.json.findings).toMatchObject([
      expect.objectContaining({ ...field, remedy: expect.any(String), cost: expect.any(String) }),
    ]);

    await system.control('POST', 'schema', { op: 'show-field', ...field });
    expect((await system.tandem(['resume'])).code).toBe(0);
    await system.synced();
    expect(await leadsOf(id!)).toHaveLength(1);
    expect((await system.tandem(['errors'])).json).toEqual([]);
  });
});
