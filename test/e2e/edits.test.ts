import { describe, expect, it } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';
import { rowVersions } from './compare.ts';

const system = systemForTests({ people: 200 });

/** Each test takes records that no other touches. */
const taken: Record<string, number> = {};
async function take(object: 'Lead' | 'Contact', where = ''): Promise<string> {
  const condition =
    object === 'Contact' ? ' WHERE AccountId != null' : ' WHERE IsConverted = false';
  const rows = await system.crm.query(`SELECT Id FROM ${object}${condition}${where} ORDER BY Id`);
  taken[object] = (taken[object] ?? -1) + 1;
  return rows[taken[object]]!.Id!;
}

async function person(sfdcId: string): Promise<Record<string, unknown>> {
  const [row] = await system.sql('select * from marketing.person where sfdc_id = $1', [sfdcId]);
  return row!;
}

const edit = (sfdcId: string, set: string, ...values: unknown[]) =>
  system.sql(`update marketing.person set ${set} where sfdc_id = $1`, [sfdcId, ...values]);

describe('edits on both sides', () => {
  it('N1: an edit in Salesforce and an edit in marketing each arrive on the other side', async () => {
    const [lead, otherLead, contact, otherContact] = [
      await take('Lead'),
      await take('Lead'),
      await take('Contact'),
      await take('Contact'),
    ];
    await system.crm.update('Lead', lead, { City: 'Ghent', VIP__c: true });
    await system.crm.update('Contact', contact, { MailingCity: 'Bruges', Phone: null });
    await edit(otherLead, "city = 'Porto', num_employees = 12, unsubscribed = true");
    await edit(otherContact, "city = 'Faro', job_title = null, date_of_birth = '1980-02-29'");
    await system.synced();
    expect(await person(lead)).toMatchObject({ city: 'Ghent', vip__c: true });
    expect(await person(contact)).toMatchObject({ city: 'Bruges', phone: null });
    const leadFields = ['City', 'NumberOfEmployees', 'HasOptedOutOfEmail'];
    expect(await system.crm.read('Lead', otherLead, leadFields)).toMatchObject({
      City: 'Porto',
      NumberOfEmployees: '12',
      HasOptedOutOfEmail: 'true',
    });
    const contactFields = ['MailingCity', 'Title', 'Birthdate'];
    expect(await system.crm.read('Contact', otherContact, contactFields)).toMatchObject({
      MailingCity: 'Faro',
      Title: null,
      Birthdate: '1980-02-29',
    });
  });

  it('B, A6: changes of users, queues and accounts are pulled', async () => {
    const [user] = await system.crm.query(
      'SELECT Id FROM User WHERE Title != null ORDER BY Id DESC LIMIT 1',
    );
    const [account] = await system.crm.query('SELECT Id FROM Account ORDER BY Id DESC LIMIT 1');
    const [queue] = await system.crm.query("SELECT Id FROM Group WHERE Type = 'Queue' LIMIT 1");
    await system.crm.update('User', user!.Id!, { Title: 'Chief of Staff' });
    await system.crm.update('Group', queue!.Id!, { Name: 'Renamed queue' });
    await system.crm.update('Account', account!.Id!, { Name: 'Renamed, Inc.' });
    await system.synced();
    const held = await system.sql(
      `select title as text from marketing.sales_user where sfdc_id = $1
       union all select name from marketing.sales_user where sfdc_id = $2
       union all select name from marketing.account where sfdc_id = $3`,
      [user!.Id, queue!.Id, account!.Id],
    );
    expect(held.map(({ text }) => text)).toEqual([
      'Chief of Staff',
      'Renamed queue',
      'Renamed, Inc.',
    ]);
  });

  it('C3, B, K5: a lead’s field changed on both sides is a conflict that marketing wins', async () => {
    const lead = await take('Lead');
    await system.crm.update('Lead', lead, { City: 'Before' });
    await system.synced();
    await system.crm.update('Lead', lead, { City: 'Theirs' });
    await edit(lead, "city = 'Ours'");
    await system.synced();
    expect(await system.crm.read('Lead', lead, ['City'])).toMatchObject({ City: 'Ours' });
    expect(await person(lead)).toMatchObject({ city: 'Ours' });
    const { json } = await system.tandem(['conflicts', '--object', 'Lead', '--field', 'City']);
    expect(json).toMatchObject([
      {
        sfdcId: lead,
        column: 'city',
        base: 'Before',
        salesforce: 'Theirs',
        marketing: 'Ours',
        winner: 'marketing',
      },
    ]);
  });

  it('C3, B, K5: a contact’s field changed on both sides is a conflict that Salesforce wins', async () => {
    const contact = await take('Contact');
    await system.crm.update('Contact', contact, { MailingCity: 'Before' });
    await system.synced();
    await system.crm.update('Contact', contact, { MailingCity: 'Theirs' });
    await edit(contact, "city = 'Ours', fax = '+32 9 1'");
    await system.synced();
    expect(await person(contact)).toMatchObject({ city: 'Theirs', fax: '+32 9 1' });
    const now = await system.crm.read('Contact', contact, ['MailingCity', 'Fax']);
    expect(now).toMatchObject({ MailingCity: 'Theirs', Fax: '+32 9 1' });
    const { json } = await system.tandem(['conflicts', '--object', 'Contact']);
    expect(json).toMatchObject([
      {
        sfdcId: contact,
        field: 'MailingCity',
        base: 'Before',
        salesforce: 'Theirs',
        marketing: 'Ours',
        winner: 'salesforce',
      },
    ]);
  });

  it('C3: changes of two fields of one record both survive, and are no conflict', async () => {
    const [lead, contact] = [await take('Lead'), await take('Contact')];
    const before = (await system.tandem(['conflicts'])).json;
    await system.crm.update('Lead', lead, { City: 'Theirs' });
    await system.crm.update('Contact', contact, { MailingCity: 'Theirs' });
    await edit(lead, "phone = '+1 22'");
    await edit(contact, "phone = '+1 33'");
    await system.synced();
    expect(await person(lead)).toMatchObject({ city: 'Theirs', phone: '+1 22' });
    expect(await person(contact)).toMatchObject({ city: 'Theirs', phone: '+1 33' });
    expect(await system.crm.read('Lead', lead, ['City', 'Phone'])).toMatchObject({
      City: 'Theirs',
      Phone: '+1 22',
    });
    expect(await system.crm.read('Contact', contact, ['MailingCity', 'Phone'])).toMatchObject({
      MailingCity: 'Theirs',
      Phone: '+1 33',
    });
    expect((await system.tandem(['conflicts'])).json).toEqual(before);
  });

  it('N4: what was pushed does not come back, and a quiet pair makes no writes', async () => {
    const lead = await take('Lead');
    await edit(lead, "city = 'Echo'");
    await system.synced();
    const before = await rowVersions(system);
    const stamp = await system.crm.read('Lead', lead, ['SystemModstamp']);
    await system.synced();
    await system.synced();
    expect(await rowVersions(system)).toBe(before);
    expect(await system.crm.read('Lead', lead, ['SystemModstamp'])).toMatchObject({
      SystemModstamp: stamp.SystemModstamp,
    });
  });

  it('M2: an idle cycle costs at most 3 API calls and 40 events of history', async () => {
    await system.synced();
    const handle = system.temporal.workflow.getHandle('tandem/default');
    const { runId } = await handle.describe();
    const { total } = await system.control('GET', 'calls');
    await system.synced();
    expect((await system.control('GET', 'calls')).total - total).toBeLessThanOrEqual(3);
    await system.synced();
    // The run that was resting then has since made an idle cycle, from its first event to its last.
    const { runId: next } = await handle.describe();
    expect(next).not.toBe(runId);
    const previous = (
      await system.temporal.workflow.getHandle('tandem/default', runId).fetchHistory()
    ).events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes!.newExecutionRunId!;
    const { events } = await system.temporal.workflow
      .getHandle('tandem/default', previous)
      .fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(40);
  });

  it('C8: a record deleted in Salesforce stays here, marked, and gets nothing more; undeleted, it goes on', async () => {
    const [lead, contact] = [await take('Lead'), await take('Contact')];
    await system.crm.delete('Lead', lead);
    await system.crm.delete('Contact', contact);
    await system.synced();
    expect(await person(lead)).toMatchObject({ sfdc_is_deleted: true });
    expect(await person(contact)).toMatchObject({ sfdc_is_deleted: true });
    await edit(lead, "city = 'Meanwhile'");
    await system.synced();
    expect((await system.tandem(['errors'])).json).toEqual([]);
    const [gone] = await system.crm.query(`SELECT City FROM Lead WHERE Id = '${lead}'`, {
      deletedToo: true,
    });
    expect(gone!.City).not.toBe('Meanwhile');

    await system.crm.undelete(lead);
    await system.crm.undelete(contact);
    await system.synced();
    expect(await person(contact)).toMatchObject({ sfdc_is_deleted: false });
    expect(await person(lead)).toMatchObject({ sfdc_is_deleted: false, city: 'Meanwhile' });
    expect(await system.crm.read('Lead', lead, ['City'])).toMatchObject({ City: 'Meanwhile' });
  });

  it('N5, trap 2: a transaction that commits late, below the watermark, still arrives', async () => {
    const lead = await take('Lead');
    const { id } = await system.control('POST', 'faults', {
      kind: 'late-commit',
      object: 'Lead',
      times: 1,
      ms: 15_000,
    });
    const watermark = async () => {
      const { objects } = (await system.tandem(['status'])).json;
      return Date.parse(
        objects.find(({ object }: { object: string }) => object === 'Lead').watermark,
      );
    };
    const write = system.crm.update('Lead', lead, { City: 'Latecomer' });
    const fired = async () =>
      (await system.control('GET', 'faults')).find((fault: { id: number }) => fault.id === id)
        .fired;
    while ((await fired()) === 0);
    const open = Date.now();
    while ((await watermark()) <= open) await system.synced();
    expect(await person(lead)).not.toMatchObject({ city: 'Latecomer' });
    await write;
    await system.control('DELETE', 'faults');
    const { SystemModstamp } = await system.crm.read('Lead', lead, ['SystemModstamp']);
    expect(Date.parse(String(SystemModstamp))).toBeLessThan(await watermark());
    await system.synced();
    expect(await person(lead)).toMatchObject({ city: 'Latecomer' });
  }, 90_000);

  it('C7, N3, K3: a validation rule that refuses one record stops no other; corrected, it goes through', async () => {
    const leads = await Promise.all(Array.from({ length: 6 }, () => take('Lead')));
    const [refused, ...others] = leads as [string, ...string[]];
    await system.sql(
      `update marketing.person set city = 'Batch',
         num_employees = case when sfdc_id = $2 then -5 else num_employees end
       where sfdc_id = any($1)`,
      [leads, refused],
    );
    await system.synced();
    for (const lead of others) {
      expect(await system.crm.read('Lead', lead, ['City'])).toMatchObject({ City: 'Batch' });
    }
    const { id: personId } = await person(refused);
    expect((await system.tandem(['errors'])).json).toMatchObject([
      {
        object: 'Lead',
        operation: 'push updates',
        personId,
        sfdcId: refused,
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'Employees cannot be negative',
        tries: 1,
        status: 'open',
      },
    ]);
    const log = await system.sql(
      `select kind, attributes from marketing.activity
       where person_id = $1 and kind = 'Sync error'`,
      [personId],
    );
    expect(log).toMatchObject([
      {
        kind: 'Sync error',
        attributes: {
          code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
          message: 'Employees cannot be negative',
        },
      },
    ]);
    const lead = (status: { objects: { object: string }[] }) =>
      status.objects.find(({ object }) => object === 'Lead');
    expect(lead((await system.tandem(['status'])).json)).toMatchObject({
      errors: 1,
      waitingPush: 1,
    });

    await edit(refused, 'num_employees = 5');
    await system.synced();
    expect(await system.crm.read('Lead', refused, ['City', 'NumberOfEmployees'])).toMatchObject({
      City: 'Batch',
      NumberOfEmployees: '5',
    });
    expect((await system.tandem(['errors'])).json).toEqual([]);
    expect(lead((await system.tandem(['status'])).json)).toMatchObject({
      errors: 0,
      waitingPush: 0,
    });
  });

  it('D1: an account edited here shows on its contacts, is not pushed, and yields to Salesforce’s next change', async () => {
    const contact = await take('Contact');
    const { AccountId: account } = await system.crm.read('Contact', contact, ['AccountId']);
    const name = async () =>
      (
        await system.sql(
          'select distinct account_name from marketing.person_details where account = $1',
          [account],
        )
      ).map(({ account_name }) => account_name);
    const { Name: original } = await system.crm.read('Account', String(account), ['Name']);
    await system.sql("update marketing.account set name = 'Ours' where sfdc_id = $1", [account]);
    expect(await name()).toEqual(['Ours']);
    await system.synced();
    expect(await system.crm.read('Account', String(account), ['Name'])).toMatchObject({
      Name: original,
    });
    await system.crm.update('Account', String(account), { Name: 'Theirs' });
    await system.synced();
    expect(await name()).toEqual(['Theirs']);
  });

  it('D2: a change of account fields is in the log of each of its contacts', async () => {
    const contact = await take('Contact');
    const { AccountId: account } = await system.crm.read('Contact', contact, ['AccountId']);
    await system.crm.update('Account', String(account), { Industry: 'Banking', Phone: '+44 1' });
    await system.synced();
    const contacts = await system.sql<{ id: string }>(
      'select id from marketing.person where account = $1 order by id',
      [account],
    );
    const logged = await system.sql<{ person_id: string }>(
      `select distinct person_id from marketing.activity
       where kind = 'Change Data Value' and attributes::text like '%Banking%' order by person_id`,
    );
    expect(contacts.length).toBeGreaterThan(0);
    expect(logged.map(({ person_id }) => person_id)).toEqual(contacts.map(({ id }) => id));
  });

  it('C14: a person deleted here is gone here only, and comes back when its record next changes', async () => {
    const lead = await take('Lead');
    await system.sql('delete from marketing.person where sfdc_id = $1', [lead]);
    await system.synced();
    expect(await person(lead)).toBeUndefined();
    expect(await system.crm.read('Lead', lead, ['IsDeleted'])).toMatchObject({
      IsDeleted: 'false',
    });
    await system.crm.update('Lead', lead, { City: 'Again' });
    await system.synced();
    expect(await person(lead)).toMatchObject({ city: 'Again', sfdc_is_deleted: false });
  });
});
