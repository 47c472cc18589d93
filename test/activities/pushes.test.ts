/** Writes to Salesforce that meet refusals, other attempts and ends at awkward moments. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeAll, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { Outcome, Row, Salesforce } from '../../src/salesforce/port.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ people: { createInSalesforce: 'always' } });
let leads: string[];
beforeAll(async () => {
  await pair.load();
  const rows = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id');
  leads = rows.map(({ Id }) => Id!);
});

let run = 0;
const push = (over: Partial<Salesforce> = {}) => {
  run += 1;
  const salesforce = { ...pair.own.salesforce, ...over };
  return pair.run('writeSalesforce', { run: `push-${run}`, object: 'Lead' }, { salesforce });
};
const edit = (id: string, phone: string) =>
  pair.sql('update marketing.person set phone = $2 where sfdc_id = $1', [id, phone]);
const phoneThere = async (id: string) => (await pair.crm.read('Lead', id, ['Phone'])).Phone;
const openErrors = () =>
  pair.sql(
    'select operation, code, sfdc_id from tandem.sync_error where resolved_at is null order by id',
  );

it('N3: a person whose creation is refused is tried once a run, whatever its values look like', async () => {
  await pair.sql(
    `insert into marketing.person (last_name, notes, address, owner_id)
     select 'Refused', E'one\\r\\ntwo', E'\\tstreet', left(owner_id, 15)
     from marketing.person where sfdc_id = $1`,
    [leads[0]],
  );
  let calls = 0;
  const upsert = async (_o: string, _f: string, rows: Row[]): Promise<Outcome[]> => {
    calls += 1;
    if (calls > 3) throw new Error('it would go on for ever');
    return rows.map(() => ({ ok: false, id: null, code: 'REQUIRED', message: 'no', fields: [] }));
  };
  await push({ upsert });
  expect(calls).toBe(1);
  // The backoff holds: nobody edited it.
  await push({ upsert });
  expect(calls).toBe(1);
  await pair.sql(
    `update marketing.person set notes = E'one\\r\\nthree' where last_name = 'Refused'`,
  );
  await push({ upsert });
  expect(calls).toBe(2);
  await pair.sql(`delete from marketing.person where last_name = 'Refused'`);
});

it('N1: an edit of a record that Salesforce does not show stands as an open error, with its backoff', async () => {
  const lead = leads[1]!;
  await edit(lead, '+1 hidden');
  let asked = 0;
  const retrieve = async (_: string, ids: string[]) => {
    asked += 1;
    return ids.map(() => null);
  };
  await push({ retrieve });
  expect(await openErrors()).toEqual([
    { operation: 'push updates', code: 'NOT_VISIBLE', sfdc_id: lead },
  ]);
  await push({ retrieve });
  expect(asked).toBe(1);
  // It was deleted there: that is no error, and the edit waits for an undelete (C8).
  await pair.crm.delete('Lead', lead);
  await pair.cycle('seen-deleted');
  expect(await openErrors()).toEqual([]);
  await pair.crm.undelete(lead);
  await pair.cycle('seen-undeleted');
  await push();
  expect(await phoneThere(lead)).toBe('+1 hidden');
});

it('N3: a value that Salesforce cannot even read fails its own record, not the call’s other ones', async () => {
  const [bad, ...good] = leads.slice(2, 7);
  for (const id of [bad!, ...good]) await edit(id, id === bad ? 'unreadable' : `+2 ${id}`);
  const update: Salesforce['update'] = async (object, rows, options) => {
    if (rows.some(({ Phone }) => Phone === 'unreadable'))
      throw new SalesforceRejected('JSON_PARSER_ERROR', 'no such value', { status: 400 });
    return pair.own.salesforce.update(object, rows, options);
  };
  expect(await push({ update })).toMatchObject({ updated: 4, failed: 1 });
  for (const id of good) expect(await phoneThere(id)).toBe(`+2 ${id}`);
  expect(await openErrors()).toMatchObject([{ code: 'JSON_PARSER_ERROR', sfdc_id: bad }]);
  await edit(bad!, '+2 mended');
  await push();
  expect(await openErrors()).toEqual([]);
});

it('N1: an attempt that was given up but still runs does not bring an older value back', async () => {
  const lead = leads[7]!;
  let release = () => {};
  let reached = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  const atWrite = new Promise<void>((done) => {
    reached = done;
  });
  const update: Salesforce['update'] = async (...call) => {
    reached();
    await held;
    return pair.own.salesforce.update(...call);
  };
  await edit(lead, '+3 old');
  const old = push({ update });
  await atWrite;
  await edit(lead, '+3 new');
  const next = push();
  const first = await Promise.race([next.then(() => 'next'), pair.sql('select pg_sleep(1)')]);
  expect(first).not.toBe('next');
  release();
  await Promise.all([old, next]);
  expect(await phoneThere(lead)).toBe('+3 new');
  await pair.cycle('after-both');
  const [{ phone }] = await pair.sql('select phone from marketing.person where sfdc_id = $1', [
    lead,
  ]);
  expect(phone).toBe('+3 new');
});

it('N1: an attempt that was given up stops before its next call', async () => {
  const lead = leads[8]!;
  await edit(lead, '+4 cancelled');
  const environment = new MockActivityEnvironment();
  let written = 0;
  const salesforce: Salesforce = {
    ...pair.own.salesforce,
    async retrieve(...call) {
      const rows = await pair.own.salesforce.retrieve(...call);
      environment.cancel('NOT_FOUND');
      return rows;
    },
    async update(...call) {
      written += 1;
      return pair.own.salesforce.update(...call);
    },
  };
  const { writeSalesforce } = createActivities({ connection: () => ({ ...pair.own, salesforce }) });
  const input = { connection: 'default', run: 'cancelled', object: 'Lead' };
  await expect(
    environment.run(writeSalesforce as (input: unknown) => Promise<unknown>, input),
  ).rejects.toThrow();
  expect(written).toBe(0);
  await push();
  expect(await phoneThere(lead)).toBe('+4 cancelled');
});

it('M1: a push stops at the budget, and the edits stay', async () => {
  const lead = leads[9]!;
  await edit(lead, '+5 later');
  let used = 0;
  const usage = () => ({ used, limit: 100 });
  const retrieve: Salesforce['retrieve'] = (...call) => {
    used = 95;
    return pair.own.salesforce.retrieve(...call);
  };
  await expect(push({ usage, retrieve })).rejects.toMatchObject({ type: 'BudgetSpent' });
  expect(await phoneThere(lead)).not.toBe('+5 later');
  await push();
  expect(await phoneThere(lead)).toBe('+5 later');
});
