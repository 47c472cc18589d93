import { expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

const query = async (soql: string) =>
  (await rest('GET', `query?q=${encodeURIComponent(soql)}`)).body;

async function field(object: string) {
  const { body } = await rest('GET', `sobjects/${object}/describe`);
  return body.fields.find(({ name }: { name: string }) => name === 'CurrencyIsoCode');
}

it('an org has one currency until the setting gives it several', async () => {
  expect(await field('Account')).toBeUndefined();
  expect(await query('SELECT Id FROM CurrencyType')).toMatchObject([{ errorCode: 'INVALID_TYPE' }]);
  const stamps = () =>
    sandbox.pool.query('SELECT max("SystemModstamp") AS latest FROM org."Account"');
  const before = (await stamps()).rows;
  await control(sandbox, 'POST', '/settings', { multiCurrency: true, corporateCurrency: 'EUR' });
  expect((await stamps()).rows).toEqual(before);
  expect(await field('Account')).toMatchObject({
    type: 'picklist',
    restrictedPicklist: true,
    defaultedOnCreate: true,
    updateable: true,
  });
  const { records } = await query(
    `SELECT IsoCode, ConversionRate FROM CurrencyType WHERE IsCorporate = true`,
  );
  expect(records).toMatchObject([{ IsoCode: 'EUR', ConversionRate: 1 }]);
});

it('rows are in the corporate currency unless they say otherwise', async () => {
  const plain = await rest('POST', 'sobjects/Account', { Name: 'Plain' });
  const other = await rest('POST', 'sobjects/Account', { Name: 'Other', CurrencyIsoCode: 'GBP' });
  const { records } = await query(
    `SELECT CurrencyIsoCode FROM Account WHERE Id IN ('${plain.body.id}', '${other.body.id}') ORDER BY Name DESC`,
  );
  expect(records.map((row: { CurrencyIsoCode: string }) => row.CurrencyIsoCode)).toEqual([
    'EUR',
    'GBP',
  ]);
  const wrong = await rest('POST', 'sobjects/Account', { Name: 'W', CurrencyIsoCode: 'XXX' });
  expect(wrong.body[0].errorCode).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
});

it('each user has a currency of their own', async () => {
  const { records } = await query(
    `SELECT DefaultCurrencyIsoCode FROM User WHERE Username = '${sandbox.username}'`,
  );
  expect(records[0].DefaultCurrencyIsoCode).toBe('EUR');
});

it('new custom objects have it too, and a restart keeps it all', async () => {
  await control(sandbox, 'POST', '/schema', { op: 'add-object', object: 'Fee__c' });
  expect(await field('Fee__c')).toBeDefined();
  const { schema, settings } = await openOrg(sandbox.pool);
  expect(settings).toMatchObject({ multiCurrency: true, corporateCurrency: 'EUR' });
  expect(schema.field(schema.object('Lead')!, 'CurrencyIsoCode')).toBeDefined();
});

it('with one currency again the field is gone', async () => {
  await control(sandbox, 'POST', '/settings', { multiCurrency: false });
  expect(await field('Account')).toBeUndefined();
  expect(await query('SELECT Id FROM CurrencyType')).toMatchObject([{ errorCode: 'INVALID_TYPE' }]);
  expect((await rest('POST', 'sobjects/Account', { Name: 'One' })).status).toBe(201);
});
