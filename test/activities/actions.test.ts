/** I1 to I4, I9, each with the answer to its write lost. */
import { describe, expect, it } from 'vitest';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import { act, actingForTests, ask, COLLECTIONS, UPSERT } from './actions-support.ts';

const { pair, user, queue, add, known, cycle, person, leadsOf, quiet } = actingForTests();

describe('I1: Sync Person', () => {
  it('I1, N2: creates the lead once and shows it at once, though the answer is lost', async () => {
    const id = await add({ email: 'one@nile.example' });
    const done = await act(pair, 'Sync Person', id, {}, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    const leads = await leadsOf(id);
    expect(leads).toHaveLength(1);
    expect(done.result).toEqual({ person: id, lead: leads[0]!.Id });
    expect(await person(id)).toMatchObject({ sfdc_id: leads[0]!.Id, owner_id: leads[0]!.OwnerId });
    await quiet();
  });

  it('I1, N1: what is edited after a try whose answer was lost goes there, and is not undone here', async () => {
    const id = await add({ phone: '+1 555 0111' });
    const action = await ask(pair, 'Sync Person', id);
    await pair.control('POST', '/faults', { kind: 'drop-after', path: UPSERT, times: 1 });
    await expect(pair.run('runAction', { action })).rejects.toThrow();
    await pair.control('DELETE', '/faults');
    await pair.sql(`update marketing.person set phone = '+1 555 0112' where id = $1`, [id]);
    await pair.run('runAction', { action });
    const [lead] = await leadsOf(id);
    expect(await person(id)).toMatchObject({ sfdc_id: lead!.Id, phone: '+1 555 0112' });
    expect((await pair.crm.read('Lead', lead!.Id!, ['Phone'])).Phone).toBe('+1 555 0112');
    await quiet();
  });

  it('I1: pushes what is pending now, once, and is done again without a write', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.sql(`update marketing.person set phone = '+1 555 0101' where id = $1`, [id]);
    const done = await act(pair, 'sync-person', id, {}, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { lead: sfdcId }, struck: 1 });
    expect((await pair.crm.read('Lead', sfdcId, ['Phone'])).Phone).toBe('+1 555 0101');
    const stamp = (await pair.crm.read('Lead', sfdcId, ['SystemModstamp'])).SystemModstamp;
    expect(await act(pair, 'Sync Person', id)).toMatchObject({ status: 'done' });
    expect((await pair.crm.read('Lead', sfdcId, ['SystemModstamp'])).SystemModstamp).toBe(stamp);
    await quiet();
  });

  it('I1: the owner is whom the org’s rules say, or a user, or a queue', async () => {
    const rule = { kind: 'assignment', object: 'Lead', name: 'Lead routing' };
    await pair.control('POST', '/rules', { ...rule, op: 'change', active: true });
    const [byRule, byUser, byQueue] = [await add(), await add(), await add()];
    await act(pair, 'Sync Person', byRule);
    await act(pair, 'Sync Person', byUser, { owner: user.email });
    await act(pair, 'Sync Person', byQueue, { owner: queue.id });
    expect((await leadsOf(byRule))[0]!.OwnerId).toBe(queue.id);
    expect((await leadsOf(byUser))[0]!.OwnerId).toBe(user.id);
    expect((await leadsOf(byQueue))[0]!.OwnerId).toBe(queue.id);
    await pair.control('POST', '/rules', { ...rule, op: 'change', active: false });
    expect(await act(pair, 'Sync Person', await add(), { owner: 'Nobody' })).toMatchObject({
      ...{ status: 'failed', code: 'NO_SUCH_OWNER' },
    });
  });

  it('C8: on a deleted record it makes a new lead, and the person goes on with it', async () => {
    const { id, sfdcId } = await known('Contact', { Title: 'Chief' });
    await pair.crm.delete('Contact', sfdcId);
    // Not seen by any cycle: the action finds it out.
    const done = await act(pair, 'Sync Person', id, {}, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done' });
    const leads = await leadsOf(id);
    expect(leads).toHaveLength(1);
    await cycle();
    expect(await person(id)).toMatchObject({
      ...{ sfdc_id: leads[0]!.Id, sfdc_type: 'Lead', sfdc_is_deleted: false, job_title: 'Chief' },
    });
    await quiet();
  });

  it('I1: of a record that Salesforce shows no more it ends failed, and the edit stays', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.crm.delete('Lead', sfdcId);
    await pair.control('POST', '/purge');
    await pair.sql(`update marketing.person set phone = '+1 555 0113' where id = $1`, [id]);
    const done = await act(pair, 'Sync Person', id);
    expect(done).toMatchObject({ status: 'failed', code: 'NOT_VISIBLE' });
    expect(
      await pair.sql('select 1 from tandem.pending_change where person_id = $1', [id]),
    ).toHaveLength(1);
    await pair.sql('delete from marketing.person where id = $1', [id]);
  });

  it('I1: a contact sent to a queue becomes a second lead, once', async () => {
    const { id, sfdcId } = await known('Contact', { Title: 'Both' });
    const done = await act(pair, 'Sync Person', id, { owner: queue.id }, { lost: UPSERT });
    expect(done).toMatchObject({ status: 'done', struck: 1, result: { contact: sfdcId } });
    const leads = await leadsOf(done.result.person);
    expect(leads).toMatchObject([{ Id: done.result.lead, OwnerId: queue.id }]);
    expect(await person(done.result.person)).toMatchObject({
      job_title: 'Both',
      owner_id: queue.id,
    });
    expect(await person(id)).toMatchObject({ sfdc_id: sfdcId });
    await quiet();
  });

  it('I1: a second lead that Salesforce refuses, even by the whole call, leaves no second person', async () => {
    const { id } = await known('Contact');
    const action = await ask(pair, 'Change Owner', id, { owner: queue.id });
    const upsert = () =>
      Promise.reject(new SalesforceRejected('JSON_PARSER_ERROR', 'a value cannot be read'));
    const salesforce = { ...pair.own.salesforce, upsert };
    await pair.run('runAction', { action }, { salesforce });
    expect(
      await pair.sql('select status, code from marketing.salesforce_action where id = $1', [
        action,
      ]),
    ).toEqual([{ status: 'failed', code: 'JSON_PARSER_ERROR' }]);
    expect(await person(action)).toBeUndefined();
    expect(await person(id)).toBeDefined();
  });

  it('C7: what Salesforce refuses ends failed with its own code and message', async () => {
    const id = await add({ num_employees: -1 });
    const done = await act(pair, 'Sync Person', id);
    expect(done.status).toBe('failed');
    expect(done.code).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    expect(done.reason).not.toBe('');
    await pair.sql('delete from marketing.person where id = $1', [id]);
  });
});

describe('I2: Delete Person', () => {
  it('I2: in Salesforce, once, and the person stays here as deleted', async () => {
    const { id, sfdcId } = await known('Lead');
    const done = await act(pair, 'Delete Person', id, {}, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { lead: sfdcId }, struck: 1 });
    expect(await person(id)).toMatchObject({ sfdc_is_deleted: true });
    expect(await pair.crm.query(`SELECT Id FROM Lead WHERE Id = '${sfdcId}'`)).toEqual([]);
  });

  it('I2: here too, when that is asked for, and it does not come back', async () => {
    const { id, sfdcId } = await known('Contact');
    const done = await act(pair, 'Delete Person', id, { here: true }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { contact: sfdcId } });
    expect(await person(id)).toBeUndefined();
    await cycle();
    expect(await pair.sql('select 1 from marketing.person where sfdc_id = $1', [sfdcId])).toEqual(
      [],
    );
    expect(await act(pair, 'Delete Person', await add())).toMatchObject({
      ...{ status: 'failed', code: 'NOT_IN_SALESFORCE' },
    });
  });
});

describe('I3: Change Owner', () => {
  it('I3: to a user, over an edit of the owner that was still pending', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.sql('update marketing.person set owner_id = $2 where id = $1', [id, queue.id]);
    const done = await act(pair, 'Change Owner', id, { owner: user.id }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', result: { owner: user.id }, struck: 1 });
    await cycle();
    expect((await pair.crm.read('Lead', sfdcId, ['OwnerId'])).OwnerId).toBe(user.id);
    expect(await person(id)).toMatchObject({ owner_id: user.id });
    await quiet();
  });

  it('I3: to somebody whose name has as many letters as an id', async () => {
    const { id } = await known('Lead');
    await pair.own.db.syncTransaction((tx) =>
      tx.query(`update marketing.sales_user set name = 'InboundLeadsUSA' where sfdc_id = $1`, [
        user.id,
      ]),
    );
    const done = await act(pair, 'Change Owner', id, { owner: 'InboundLeadsUSA' });
    expect(done).toMatchObject({ status: 'done', result: { owner: user.id } });
  });

  it('I3, I9: to a queue; whom Salesforce does not know is made a lead first, a contact a second one', async () => {
    const id = await add();
    expect(await act(pair, 'Change Owner', id, { owner: queue.id })).toMatchObject({
      status: 'done',
    });
    expect(await leadsOf(id)).toMatchObject([{ OwnerId: queue.id }]);
    const contact = await known('Contact');
    const done = await act(pair, 'Change Owner', contact.id, { owner: queue.id }, { lost: UPSERT });
    expect(await leadsOf(done.result.person)).toMatchObject([{ OwnerId: queue.id }]);
  });
});

const tasksOf = (who: string) =>
  pair.crm.query(
    `SELECT Id, Subject, Status, Priority, ActivityDate, OwnerId FROM Task WHERE WhoId = '${who}'`,
  );

describe('I4: Create Task', () => {
  it('I4, N2: once, though the answer is lost, due in five days and the owner’s', async () => {
    const { id, sfdcId } = await known('Lead', { OwnerId: user.id });
    const done = await act(pair, 'Create Task', id, { subject: "Ring 'em" }, { lost: COLLECTIONS });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    expect(await tasksOf(sfdcId)).toMatchObject([
      { Id: done.result.task, Subject: "Ring 'em", ActivityDate: due, OwnerId: user.id },
    ]);
    expect(
      await pair.sql('select who_id, subject from marketing.task where sfdc_id = $1', [
        done.result.task,
      ]),
    ).toEqual([{ who_id: sfdcId, subject: "Ring 'em" }]);
    await quiet();
  });

  it('N2: two that are alike are two, whichever answers are lost', async () => {
    const { id, sfdcId } = await known('Lead');
    const wish = { subject: 'Twice', status: 'Not Started', priority: 'High', due_in_days: 0 };
    const first = await ask(pair, 'Create Task', id, wish);
    await pair.control('POST', '/faults', { kind: 'drop-after', path: COLLECTIONS, times: 1 });
    await expect(pair.run('runAction', { action: first })).rejects.toThrow();
    await pair.control('DELETE', '/faults');
    const second = await act(pair, 'Create Task', id, wish);
    await pair.run('runAction', { action: first });
    const made = await tasksOf(sfdcId);
    expect(made).toHaveLength(2);
    const [{ result }] = await pair.sql(
      'select result from marketing.salesforce_action where id = $1',
      [first],
    );
    expect([result.task, second.result.task].sort()).toEqual(made.map(({ Id }) => Id).sort());
  });

  it('I4: nothing is made when the request never came through, then one', async () => {
    const { id, sfdcId } = await known('Lead');
    await pair.control('POST', '/faults', { kind: 'drop-before', path: COLLECTIONS, times: 2 });
    expect(await act(pair, 'Create Task', id, { subject: 'Late' })).toMatchObject({ tries: 3 });
    await pair.control('DELETE', '/faults');
    expect(await tasksOf(sfdcId)).toHaveLength(1);
  });
});

describe('I4: Create Task in an org whose tasks have the External ID field', () => {
  it('I4, N2: once by External ID, though two answers are lost', async () => {
    await pair.control('POST', '/schema', {
      ...{ op: 'add-field', object: 'Task', field: 'Tandem_Id__c', type: 'string', length: 36 },
      ...{ label: 'Tandem Id', externalId: true, unique: true },
    });
    await pair.run('prepareConnection', {});
    const { id, sfdcId } = await known('Lead');
    const path = 'composite/sobjects/Task/Tandem_Id__c';
    const done = await act(pair, 'Create Task', id, { subject: 'By key' }, { lost: path });
    expect(done).toMatchObject({ status: 'done', struck: 1, tries: 2 });
    expect(await tasksOf(sfdcId)).toMatchObject([{ Id: done.result.task, Subject: 'By key' }]);
    const [task] = await pair.crm.query(`SELECT Tandem_Id__c FROM Task WHERE WhoId = '${sfdcId}'`);
    expect(task!.Tandem_Id__c).toBe(done.id);
    await quiet();
  });
});

describe('rows as they come', () => {
  it('wrong ones end failed with what is wrong, and one that has ended is never done again', async () => {
    expect(await act(pair, 'Fly', null)).toMatchObject({ status: 'failed', code: 'WRONG_REQUEST' });
    const nobody = '00000000-0000-7000-8000-000000000000';
    const none = await act(pair, 'Sync Person', nobody);
    expect(none).toMatchObject({ status: 'failed', code: 'NO_SUCH_PERSON' });
    await pair.sql('select 1');
    expect(await pair.run('runAction', { action: none.id })).toEqual({
      status: 'failed',
      code: null,
    });
    expect(await pair.run('runAction', { action: nobody })).toEqual({
      status: 'unknown',
      code: null,
    });
    await expect(
      pair.sql(`update marketing.salesforce_action set status = 'requested' where id = $1`, [
        none.id,
      ]),
    ).rejects.toThrow(/belongs to the sync/);
  });

  it('N3: what a lock holds up is tried again; a lock that lasts is told', async () => {
    const { id, sfdcId } = await known('Lead');
    const lock = { kind: 'row-lock', object: 'Lead' };
    await pair.control('POST', '/faults', { ...lock, times: 2 });
    const done = await act(pair, 'Change Owner', id, { owner: user.id });
    expect(done).toMatchObject({ status: 'done', tries: 3 });
    await pair.control('POST', '/faults', lock);
    const lasting = await ask(pair, 'Delete Person', id);
    await pair.run('runAction', { action: lasting }, {}, { attempt: 20 });
    await pair.control('DELETE', '/faults');
    const [row] = await pair.sql('select * from marketing.salesforce_action where id = $1', [
      lasting,
    ]);
    expect(row).toMatchObject({ status: 'failed', code: 'UNABLE_TO_LOCK_ROW' });
    expect(await pair.crm.query(`SELECT Id FROM Lead WHERE Id = '${sfdcId}'`)).toHaveLength(1);
  });

  it('N1: rows that a cycle had read before the action do not bring older values back', async () => {
    const { id, sfdcId } = await known('Lead', { Phone: '+1 old' });
    await pair.crm.update('Lead', sfdcId, { Title: 'Seen by the cycle' });
    const fetched = await pair.run('fetchChanges', { run: 'between' });
    await pair.sql(`update marketing.person set phone = '+1 new' where id = $1`, [id]);
    await act(pair, 'Sync Person', id);
    for (const { object, batch, serverTime } of fetched.objects) {
      await pair.run('resolveConflicts', { run: 'between', object, batch });
      await pair.run('writeMarketing', { run: 'between', object, batch, serverTime });
    }
    expect(await person(id)).toMatchObject({ phone: '+1 new', job_title: 'Seen by the cycle' });
    await quiet();
  });
});
