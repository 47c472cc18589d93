import { beforeAll, describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { id, type Options, refusalOf, soqlOrg } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

/** One value of the lead whose CreatedDate is 2026-07-14T20:00:00Z, 13:00 in Los Angeles. */
async function grouped(expression: string, options?: Options): Promise<unknown> {
  const [row] = await org.query(
    `SELECT ${expression} v FROM Lead WHERE Id = '${id.lead(1)}' GROUP BY ${expression}`,
    options,
  );
  return row?.v;
}

describe('date functions', () => {
  it.each<[string, unknown]>([
    ['CALENDAR_YEAR(CreatedDate)', 2026],
    ['CALENDAR_QUARTER(CreatedDate)', 3],
    ['CALENDAR_MONTH(CreatedDate)', 7],
    ['DAY_IN_MONTH(CreatedDate)', 14],
    ['DAY_IN_WEEK(CreatedDate)', 3],
    ['DAY_IN_YEAR(CreatedDate)', 195],
    ['DAY_ONLY(CreatedDate)', '2026-07-14'],
    ['HOUR_IN_DAY(CreatedDate)', 20],
    ['HOUR_IN_DAY(convertTimezone(CreatedDate))', 13],
    ['WEEK_IN_MONTH(CreatedDate)', 2],
    ['WEEK_IN_YEAR(CreatedDate)', 28],
    ['FISCAL_YEAR(CreatedDate)', 2026],
    ['CALENDAR_MONTH(Born__c)', 7],
  ])('%s', async (expression, expected) => {
    expect(await grouped(expression)).toBe(expected);
  });

  it('of the fiscal year, which may begin in any month and is named by its end', async () => {
    const april = { fiscalYearStart: 4 };
    expect(await grouped('FISCAL_MONTH(CreatedDate)', april)).toBe(4);
    expect(await grouped('FISCAL_QUARTER(CreatedDate)', april)).toBe(2);
    expect(await grouped('FISCAL_YEAR(CreatedDate)', april)).toBe(2027);
    const count = async (literal: string, fiscalYearStart: number) =>
      (await org.query(`SELECT Id FROM Lead WHERE CreatedDate = ${literal}`, { fiscalYearStart }))
        .length;
    expect(await count('THIS_FISCAL_YEAR', 1)).toBe(4);
    expect(await count('THIS_FISCAL_YEAR', 8)).toBe(5);
    expect(await count('THIS_FISCAL_QUARTER', 8)).toBe(4);
    expect(await count('LAST_FISCAL_YEAR', 1)).toBe(1);
  });

  it.each<[string, string]>([
    ['HOUR_IN_DAY(Born__c)', 'field Born__c does not support date function HOUR_IN_DAY'],
    ['CALENDAR_YEAR(Email)', 'field Email does not support date function CALENDAR_YEAR'],
    ['CALENDAR_YEAR(FORMAT(CreatedDate))', 'nested functional syntax can only be used'],
    ['CALENDAR_YEAR()', 'unexpected token'],
  ])('%s is refused', (expression, reason) => {
    const soql = `SELECT COUNT(Id) FROM Lead GROUP BY ${expression}`;
    expect(refusalOf(org, soql)[1]).toContain(reason);
  });
});

describe('toLabel, FORMAT and convertCurrency', () => {
  const currencies = { corporate: 'USD', user: 'EUR', rates: { USD: 1, EUR: 0.5, JPY: 100 } };

  it('stand under their alias or the name of their field', async () => {
    const [row] = await org.query(
      "SELECT toLabel(Grade__c) label, toLabel(Owner.Name), FORMAT(Score__c), FORMAT(Born__c) d FROM Lead WHERE LastName = 'Able'",
    );
    expect(row).toMatchObject({
      label: 'Very good',
      Owner: { Name: 'Ada Admin' },
      Score__c: '300.00',
      d: '7/14/2026',
    });
    expect(refusalOf(org, 'SELECT Score__c, FORMAT(Score__c) FROM Lead')[1]).toBe(
      'duplicate field selected: Score__c',
    );
  });

  it('label each value of a multi-select picklist', async () => {
    const tags = org.schema.object('Lead')!.fields.find(({ name }) => name === 'Tags__c')!;
    tags.picklistValues.find(({ value }) => value === 'red')!.label = 'Rot';
    const [row] = await org.query(`SELECT toLabel(Tags__c) FROM Lead WHERE Id = '${id.lead(4)}'`);
    expect(row?.Tags__c).toBe('green;Rot;blue');
  });

  it('convert to the currency of the user where the org has several', async () => {
    const soql = `SELECT AnnualRevenue, convertCurrency(AnnualRevenue) mine, FORMAT(convertCurrency(AnnualRevenue)) text, FORMAT(AnnualRevenue) plain FROM Account WHERE Id = '${id.acme}'`;
    expect((await org.query(soql, { currencies }))[0]).toMatchObject({
      AnnualRevenue: 912_000_000,
      text: 'EUR 456,000,000',
      plain: 'USD 912,000,000',
    });
    expect((await org.query(soql))[0]).toMatchObject({ mine: 912_000_000, plain: '$912,000,000' });
  });

  it("count each row's own currency against that of a literal", async () => {
    const account = org.schema.object('Account')!;
    const iso = { ...account.fields.find(({ name }) => name === 'Type')!, name: 'CurrencyIsoCode' };
    await org.pool.query(`ALTER TABLE org."Account" ADD COLUMN "CurrencyIsoCode" text`);
    account.fields.push(iso);
    await org.pool.query(`UPDATE org."Account" SET "CurrencyIsoCode" = 'JPY' WHERE "Id" = $1`, [
      id.acme,
    ]);
    const query = (soql: string) => org.query(soql, { currencies });
    expect(
      await query(`SELECT convertCurrency(AnnualRevenue) a FROM Account WHERE Id = '${id.acme}'`),
    ).toMatchObject([{ a: 4_560_000 }]);
    const found = (condition: string) =>
      query(`SELECT Id FROM Account WHERE AnnualRevenue ${condition}`);
    expect(await found('> USD9000000')).toHaveLength(1);
    expect(await found('> USD9200000')).toHaveLength(0);
    expect(await found('= JPY912000000')).toHaveLength(1);
    expect(await found('IN (JPY912000000, 5)')).toHaveLength(1);
    expect(await query('SELECT SUM(AnnualRevenue) s FROM Account')).toMatchObject([
      { s: 9_120_000 },
    ]);
    expect(
      refusalOf(org, 'SELECT Id FROM Account WHERE AnnualRevenue > XYZ5', { currencies })[1],
    ).toBe('Invalid currency ISO code: XYZ');
    account.fields.pop();
  });
});

describe('DISTANCE', () => {
  const oslo = "DISTANCE(Address, GEOLOCATION(59.9139, 10.7522), 'km')";

  beforeAll(async () => {
    const place = (n: number, latitude: number, longitude: number) =>
      org.pool.query(`UPDATE org."Lead" SET "Latitude" = $2, "Longitude" = $3 WHERE "Id" = $1`, [
        id.lead(n),
        latitude,
        longitude,
      ]);
    await place(1, 59.9139, 10.7522);
    await place(2, 60.39299, 5.32415);
  });

  it('is measured on the great circle, filtered and sorted by', async () => {
    const rows = await org.query(
      `SELECT Id, ${oslo} away FROM Lead WHERE ${oslo} < 400 ORDER BY ${oslo} DESC`,
    );
    expect(rows.map((row) => [row.Id, Math.round(Number(row.away))])).toEqual([
      [id.lead(2), 305],
      [id.lead(1), 0],
    ]);
    const [miles] = await org.query(
      `SELECT ${oslo.replace("'km'", "'mi'")} FROM Lead WHERE Id = '${id.lead(2)}'`,
    );
    expect(Math.round(Number(miles?.expr0))).toBe(190);
  });

  it.each([
    `SELECT Id FROM Lead WHERE ${oslo} = 5`,
    `SELECT DISTANCE(Address, GEOLOCATION(91, 0), 'km') FROM Lead`,
    `SELECT DISTANCE(Address, GEOLOCATION(0, 0), 'm') FROM Lead`,
    `SELECT DISTANCE(Email, GEOLOCATION(0, 0), 'km') FROM Lead`,
    `SELECT DISTANCE(Address) FROM Lead`,
  ])('refuses %s', (soql) => {
    expect(refusalOf(org, soql)[0]).toMatch(/^(?:MALFORMED_QUERY|INVALID_)/);
  });
});
