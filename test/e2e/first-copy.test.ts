import { describe, expect, it } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';
import { C2, mappedFields, rowsInMarketing, rowsInSalesforce, TABLES } from './compare.ts';

const system = systemForTests({ people: 200 });

describe('the first copy', () => {
  it.each(Object.keys(TABLES))(
    'A2, J1, J6: every row and every field of %s that the sync user sees is here as Salesforce shows it',
    async (object) => {
      const fields = await mappedFields(system, object);
      const there = await rowsInSalesforce(system.crm, object, fields);
      expect(there.length).toBeGreaterThan(0);
      expect(await rowsInMarketing(system, object, fields)).toEqual(there);
    },
  );

  it.each(['Lead', 'Contact'] as const)('C2: the default field map of %s', async (object) => {
    const fields = (await mappedFields(system, object)).map(({ field, column }) => [field, column]);
    expect(Object.fromEntries(fields)).toMatchObject(C2[object]);
  });

  it('C4: a field of one name and type on Lead and Contact is one column, of two types two', async () => {
    const column = async (object: string, name: string) =>
      (await mappedFields(system, object)).find(({ field }) => field === name)!.column;
    expect(await column('Lead', 'VIP__c')).toBe(await column('Contact', 'VIP__c'));
    expect(await column('Lead', 'Seats__c')).not.toBe(await column('Contact', 'Seats__c'));
  });

  it('L2: what is hidden from the sync user has no column', async () => {
    const columns = await system.sql(
      `select column_name from information_schema.columns
       where table_schema = 'marketing' and column_name ilike '%commission%'`,
    );
    expect(columns).toEqual([]);
    expect((await system.crm.describe('Lead')).fields.map(({ name }) => name)).toContain(
      'Commission__c',
    );
  });

  it('C13: two leads with one e-mail address are two people', async () => {
    const [one] = await system.crm.query('SELECT Id, Email FROM Lead WHERE Email != null LIMIT 1');
    const fields = { LastName: 'Namesake', Company: 'Other', Email: one!.Email };
    const other = await system.crm.create('Lead', fields);
    await system.synced();
    const people = await system.sql(
      `select sfdc_id from marketing.person where email = $1 order by sfdc_id collate "C"`,
      [one!.Email],
    );
    expect(people).toEqual([{ sfdc_id: one!.Id }, { sfdc_id: other }]);
  });

  it('D3: each person shows its owner, and each contact its account and that account’s owner', async () => {
    const leads = await system.crm.query(
      `SELECT Id, OwnerId, Owner.FirstName, Owner.LastName, Owner.Title, Owner.Phone, Owner.Email
       FROM Lead WHERE Owner.Type = 'User' ORDER BY Id LIMIT 20`,
    );
    const contacts = await system.crm.query(
      `SELECT Id, Owner.LastName, Account.Name, Account.Owner.FirstName, Account.Owner.LastName,
       Account.Owner.Email FROM Contact WHERE AccountId != null ORDER BY Id LIMIT 20`,
    );
    // biome-ignore lint/suspicious/noExplicitAny: nested parents
    const expected = [...leads, ...contacts].map(({ Id, Owner, Account }: any) => ({
      sfdc_id: Id,
      owner_last_name: Owner.LastName,
      account_name: Account?.Name ?? null,
      account_owner_first_name: Account?.Owner.FirstName ?? null,
      account_owner_last_name: Account?.Owner.LastName ?? null,
      account_owner_email: Account?.Owner.Email ?? null,
    }));
    const shown = await system.sql(
      `select sfdc_id, owner_last_name, account_name, account_owner_first_name,
         account_owner_last_name, account_owner_email
       from marketing.person_details where sfdc_id = any($1) order by sfdc_type desc, sfdc_id collate "C"`,
      [expected.map(({ sfdc_id }) => sfdc_id)],
    );
    expect(shown).toEqual(expected);
    // biome-ignore lint/suspicious/noExplicitAny: nested parents
    const [first] = leads as any[];
    const [lead] = await system.sql(
      `select owner_first_name, owner_last_name, owner_title, owner_phone, owner_email
       from marketing.person_details where sfdc_id = $1`,
      [first.Id],
    );
    const { FirstName, LastName, Title, Phone, Email } = first.Owner;
    expect(lead).toEqual({
      owner_first_name: FirstName,
      owner_last_name: LastName,
      owner_title: Title,
      owner_phone: Phone,
      owner_email: Email,
    });
  });

  it('D3: a lead that a queue owns shows no owner', async () => {
    const [queued] = await system.crm.query(
      `SELECT Id FROM Lead WHERE Owner.Type = 'Queue' LIMIT 1`,
    );
    const [lead] = await system.sql(
      `select owner_id is not null as owned, owner_first_name, owner_last_name, owner_email
       from marketing.person_details where sfdc_id = $1`,
      [queued!.Id],
    );
    expect(lead).toEqual({
      owned: true,
      owner_first_name: null,
      owner_last_name: null,
      owner_email: null,
    });
  });

  it('K1: the status has the shape of the contract, and nothing else', async () => {
    const { json } = await system.tandem(['status']);
    const object = expect.any(String);
    const count = expect.any(Number);
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(json).toEqual({
      connection: 'default',
      orgId: expect.stringMatching(/^00D\w{15}$/),
      state: 'waiting',
      reason: null,
      lastSync: { cycle: count, startedAt: instant, endedAt: instant, status: 'done' },
      nextSyncAt: instant,
      initialLoad: {
        objects: Object.keys(TABLES).map(() => ({
          object,
          done: count,
          expected: count,
          rate: count,
          secondsLeft: 0,
        })),
      },
      objects: Object.keys(TABLES).map(() => ({
        object,
        watermark: instant,
        waitingPull: 0,
        waitingPush: 0,
        errors: 0,
      })),
      api: { used: count, limit: count, budget: count },
    });
    for (const { done, expected } of json.initialLoad.objects) expect(done).toBe(expected);
  });

  it('J5: `tandem fields` says of each field which way it goes, and of each that does not why', async () => {
    const { json } = await system.tandem(['fields', '--object', 'Lead']);
    for (const { field, direction, reason } of json) {
      if (direction !== 'both') expect([field, reason]).toEqual([field, expect.any(String)]);
    }
    const described = (await system.syncUser.describe('Lead')).fields.map(({ name }) => name);
    expect(json.map(({ field }: { field: string }) => field).sort()).toEqual(described.sort());
  });

  it('A3: after it come only changes, of any type of field', async () => {
    const [{ Id: id } = {}] = await system.crm.query(
      'SELECT Id FROM Lead ORDER BY Id DESC LIMIT 1',
    );
    await system.crm.update('Lead', id!, {
      Description: '  two\r\nlines, "quoted" 🙂  ',
      NumberOfEmployees: 99999999,
      AnnualRevenue: 123456789012345.5,
      VIP__c: true,
      Renewal_Date__c: '2031-02-28',
      Last_Webinar__c: '2030-01-02T03:04:05.678+0000',
      Call_After__c: '13:14:15.000Z',
      Interests__c: 'Security;Analytics',
      Close_Probability__c: 12.5,
      Email: null,
      Website: '',
    });
    await system.synced();
    const fields = await mappedFields(system, 'Lead');
    const there = await rowsInSalesforce(system.crm, 'Lead', fields);
    expect(await rowsInMarketing(system, 'Lead', fields)).toEqual(there);
  });
});
