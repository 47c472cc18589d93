import pg from 'pg';
import { beforeAll, expect, it, vi } from 'vitest';
import { keepScope } from '../../src/marketing/scope.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({
  objects: { Lead: { where: "Rating = 'Hot'" }, Account: { where: 'Name != null' } },
});
let cycles = 0;
const cycle = () => pair.cycle(`cycle-${++cycles}`);

beforeAll(async () => {
  await pair.crm.create('Lead', { LastName: 'In', Company: 'Nile', Rating: 'Hot' });
  await pair.crm.create('Lead', { LastName: 'Out', Company: 'Nile', Rating: 'Cold' });
  await pair.load();
  await cycle();
}, 60_000);

const leads = () =>
  pair.sql(
    `select sfdc_id as id, rating, sfdc_out_of_scope as out from marketing.person
     where sfdc_type = 'Lead' and last_name in ('In', 'Out') order by 2`,
  );
const idOf = async (name: string) =>
  (await pair.crm.query(`SELECT Id FROM Lead WHERE LastName = '${name}'`))[0]!.Id!;

it('C12: the first copy and the pulls bring only what meets the condition', async () => {
  const there = await pair.crm.query(`SELECT Id FROM Lead WHERE Rating = 'Hot'`);
  const here = await pair.sql(`select sfdc_id from marketing.person where sfdc_type = 'Lead'`);
  expect(here.map(({ sfdc_id }) => sfdc_id).sort()).toEqual(there.map(({ Id }) => Id).sort());
  await pair.crm.create('Lead', { LastName: 'Too cold', Company: 'Nile', Rating: 'Cold' });
  await cycle();
  expect(await pair.sql(`select 1 from marketing.person where last_name = 'Too cold'`)).toEqual([]);
});

it('C12: a record that stops matching stays, marked, and gets no pushes; matching again, it goes on', async () => {
  const id = await idOf('In');
  await pair.crm.update('Lead', id, { Rating: 'Cold' });
  await cycle();
  expect(await leads()).toEqual([{ id, rating: 'Hot', out: true }]);
  await pair.sql(`update marketing.person set job_title = 'Waits' where sfdc_id = $1`, [id]);
  await cycle();
  expect((await pair.crm.read('Lead', id, ['Title'])).Title).toBeNull();
  await pair.crm.update('Lead', id, { Rating: 'Hot' });
  await cycle();
  await cycle();
  expect(await leads()).toEqual([{ id, rating: 'Hot', out: false }]);
  expect((await pair.crm.read('Lead', id, ['Title'])).Title).toBe('Waits');
});

it('C12: a record whose field is emptied stops matching as well', async () => {
  const id = await idOf('In');
  await pair.crm.update('Lead', id, { Rating: null });
  await cycle();
  expect(await leads()).toEqual([{ id, rating: 'Hot', out: true }]);
  await pair.crm.update('Lead', id, { Rating: 'Hot' });
  await cycle();
  expect(await leads()).toEqual([{ id, rating: 'Hot', out: false }]);
});

it('C12: another condition is taken over with the next cycle, both ways', async () => {
  const { config } = pair.own;
  const where = (condition: string | null) => ({
    ...config,
    objects: { ...config.objects, Lead: { ...config.objects.Lead!, where: condition } },
  });
  Object.assign(pair.own, { config: where("Rating = 'Cold'") });
  await pair.run('prepareConnection', {});
  await cycle();
  expect(await leads()).toEqual([
    { id: await idOf('Out'), rating: 'Cold', out: false },
    { id: await idOf('In'), rating: 'Hot', out: true },
  ]);
  Object.assign(pair.own, { config: where(null) });
  await pair.run('prepareConnection', {});
  await cycle();
  expect((await leads()).map(({ out }) => out)).toEqual([false, false]);
  const quiet = await pair.snapshot();
  await cycle();
  expect((await pair.snapshot())['marketing.person']).toEqual(quiet['marketing.person']);
});

it('C12, N1: a condition that changes while its object is loaded begins the load again', async () => {
  const { config } = pair.own;
  const where = (condition: string) => ({
    ...config,
    bulk: { ...config.bulk, pageSize: 1 },
    objects: { ...config.objects, Lead: { ...config.objects.Lead!, where: condition } },
  });
  // As after a switch: nothing of the object is here, and its load is to come.
  await pair.sql(`delete from tandem.watermark where object = 'Lead'`);
  await pair.sql(`delete from tandem.load where object = 'Lead'`);
  await pair.sql(`alter table marketing.person disable trigger user`);
  await pair.sql(`delete from marketing.person where sfdc_type = 'Lead'`);
  await pair.sql(`alter table marketing.person enable trigger user`);
  Object.assign(pair.own, { config: where("Rating = 'Hot'") });
  await pair.run('prepareConnection', {});
  await pair.run('loadPage', { object: 'Lead' });
  Object.assign(pair.own, { config: where("Rating = 'Cold'") });
  await pair.run('prepareConnection', {});
  while (!(await pair.run('loadPage', { object: 'Lead' })).finished);
  const cold = await pair.crm.query(
    `SELECT Id FROM Lead WHERE Rating = 'Cold' AND IsConverted = false`,
  );
  const inside = await pair.sql(
    `select sfdc_id as id from marketing.person
     where sfdc_type = 'Lead' and not sfdc_out_of_scope and not sfdc_is_converted`,
  );
  expect(inside.map(({ id }) => id).sort()).toEqual(cold.map(({ Id }) => Id).sort());
  Object.assign(pair.own, { config: { ...config, bulk: config.bulk } });
  await pair.run('prepareConnection', {});
  await cycle();
});

it('C12: another condition marks some rows at a time, and waits with none for somebody who holds one', async () => {
  const held = `(select max(sfdc_id) from marketing.account)`;
  const marked = () => pair.sql('select from marketing.account where sfdc_out_of_scope');
  const session = new pg.Client({ connectionString: pair.own.config.databaseUrl });
  await session.connect();
  try {
    await session.query('begin');
    await session.query(`select from marketing.account where sfdc_id = ${held} for update`);
    const kept = keepScope(pair.own.db, 'Account', "Name != 'Nobody'", 2);
    const [{ rest }] = await pair.sql('select count(*)::int - 2 as rest from marketing.account');
    await vi.waitUntil(async () => (await marked()).length >= rest, { timeout: 10_000 });
    await session.query('commit');
    await kept;
  } finally {
    await session.end();
  }
  await pair.run('prepareConnection', {});
  await cycle();
  expect(await marked()).toEqual([]);
});

it('C12, N6: a change of the condition that dies half way and is taken back leaves nothing out', async () => {
  const { db } = pair.own;
  let left = 2;
  const dying = {
    ...db,
    syncTransaction: (async (work) => {
      if (left-- === 0) throw new Error('the worker dies here');
      return db.syncTransaction(work);
    }) as typeof db.syncTransaction,
  };
  await expect(keepScope(dying, 'Account', "Name = 'Nobody'", 2)).rejects.toThrow('dies here');
  expect(await pair.sql('select from marketing.account where sfdc_out_of_scope')).toHaveLength(2);
  await pair.run('prepareConnection', {});
  await cycle();
  expect(await pair.sql('select from marketing.account where sfdc_out_of_scope')).toEqual([]);
});

it('C12, N3: a condition that Salesforce does not understand fails its object alone, and says so', async () => {
  const { config } = pair.own;
  const Account = { ...config.objects.Account!, where: 'Nonsense = = 1' };
  Object.assign(pair.own, { config: { ...config, objects: { ...config.objects, Account } } });
  await pair.run('prepareConnection', {});
  const { objects } = await pair.run('fetchChanges', { run: 'nonsense' });
  expect(objects.filter(({ failure }) => failure !== null)).toMatchObject([{ object: 'Account' }]);
});
