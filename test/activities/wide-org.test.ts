/** An org as wide as large ones are: 200 custom fields on Lead, ten custom objects. */
import { beforeAll, expect, it, vi } from 'vitest';
import { differences } from '../support/converge.ts';
import { pairForTests } from './support.ts';

const FIELDS = Array.from({ length: 200 }, (_, n) => `A_rather_long_field_name_number_${n}__c`);
const OBJECTS = Array.from({ length: 10 }, (_, n) => `Asset_${n}__c`);

const objects = Object.fromEntries(OBJECTS.map((name) => [name, {}]));
const pair = pairForTests({ objects, bulk: { pageSize: 1_000 } });
let cycles = 0;
const cycle = () => pair.cycle(`cycle-${++cycles}`);

beforeAll(async () => {
  for (const field of FIELDS) {
    await pair.control('POST', '/schema', {
      ...{ op: 'add-field', object: 'Lead', field, type: 'string', length: 40 },
    });
  }
  const [contact] = await pair.crm.query('SELECT Id FROM Contact LIMIT 1');
  for (const object of OBJECTS) {
    const fields = [{ name: 'Owner_Contact__c', type: 'reference', referenceTo: ['Contact'] }];
    await pair.control('POST', '/schema', { op: 'add-object', object, fields });
    await pair.crm.create(object, { Owner_Contact__c: contact!.Id });
  }
  await pair.load();
  await cycle();
}, 120_000);

it('trap 12, J1: 200 custom fields of Lead are copied, pulled and pushed, though no URL holds their names', async () => {
  const [lead] = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1');
  const theirs = Object.fromEntries(FIELDS.slice(0, 100).map((field, n) => [field, `there ${n}`]));
  await pair.crm.update('Lead', lead!.Id!, theirs);
  await cycle();
  const sets = FIELDS.slice(100).map((field, n) => `${field.toLowerCase()} = 'here ${n}'`);
  await pair.sql(`update marketing.person set ${sets.join(', ')} where sfdc_id = $1`, [lead!.Id]);
  await cycle();
  await cycle();
  const now = await pair.crm.read('Lead', lead!.Id!, FIELDS);
  expect(FIELDS.map((field) => now[field])).toEqual(
    FIELDS.map((_, n) => (n < 100 ? `there ${n}` : `here ${n - 100}`)),
  );
  expect(await differences(pair)).toEqual([]);
});

it('G1, M2: ten custom objects are in step, and a quiet cycle of 22 objects costs five calls', async () => {
  for (const object of OBJECTS) {
    expect(
      await pair.sql(`select count(*)::int from marketing.${object.toLowerCase()}_person`),
    ).toEqual([{ count: 1 }]);
  }
  const [row] = await pair.crm.query(`SELECT Id FROM ${OBJECTS[9]}`);
  await pair.crm.update(OBJECTS[9]!, row!.Id!, { Name: 'Renamed' });
  await cycle();
  expect(await pair.sql(`select name from marketing.${OBJECTS[9]!.toLowerCase()}`)).toEqual([
    { name: 'Renamed' },
  ]);
  const before = (await pair.control('GET', '/calls')).total;
  await cycle();
  expect((await pair.control('GET', '/calls')).total - before).toBeLessThanOrEqual(5);
});

it('J2, A2: a field whose type changes in the middle of a load ends in a column of its new type', async () => {
  const [Plan__c, object] = ['Plan__c', 'Asset_0__c'];
  await pair.control('POST', '/schema', {
    ...{ op: 'add-field', object, field: Plan__c, type: 'string', length: 20 },
  });
  const [row] = await pair.crm.query(`SELECT Id FROM ${object}`);
  await pair.crm.update(object, row!.Id!, { [Plan__c]: '12' });
  await pair.run('prepareConnection', {});
  await pair.sql(`delete from marketing.asset_0__c`);
  await pair.sql(`delete from tandem.load where object = 'Asset_0__c'`);
  await pair.sql(`delete from tandem.watermark where object = 'Asset_0__c'`);
  await pair.run('prepareLoad', {});
  const [{ job_id }] = await pair.sql(`select job_id from tandem.load where object = 'Asset_0__c'`);
  // Its rows are those of the old type from here on; one still to run might fail, and be made again.
  const isDone = async () =>
    (await pair.own.salesforce.bulkQueryJob(job_id))?.state === 'JobComplete';
  await vi.waitUntil(isDone, { timeout: 20_000 });
  await pair.control('POST', '/schema', {
    op: 'retype-field',
    object,
    field: Plan__c,
    type: 'double',
  });
  await pair.backfill();
  await pair.backfill();
  expect(
    await pair.sql(
      'select plan__c_v2::float8 as plan, pg_typeof(plan__c_v2)::text as type from marketing.asset_0__c',
    ),
  ).toEqual([{ plan: 12, type: 'numeric' }]);
});
