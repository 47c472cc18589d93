import type { PoolClient } from 'pg';
import { makeField, saveObject } from './objects/index.ts';
import type { SandboxOrg } from './sandbox-org.ts';
import type { Field, SObject } from './schema.ts';
import { addColumn, dropColumn, quote, tableSql } from './storage.ts';
import { inTransaction } from './transaction.ts';

/** Units of each currency for one US dollar. */
const RATES: Record<string, number> = {
  AUD: 1.52,
  BRL: 5.4,
  CAD: 1.37,
  CHF: 0.88,
  CNY: 7.2,
  DKK: 6.9,
  EUR: 0.92,
  GBP: 0.79,
  INR: 84,
  JPY: 150,
  NOK: 10.8,
  SEK: 10.6,
  USD: 1,
};
const WITHOUT_CENTS = ['JPY'];

export const isCurrency = (iso: string): boolean => Object.hasOwn(RATES, iso);

/** The currency of a row's amounts, which each row has in an org with several. */
export const currencyField = (corporate: string): Field =>
  makeField({
    name: 'CurrencyIsoCode',
    label: 'Currency ISO Code',
    type: 'picklist',
    length: 3,
    nillable: false,
    defaultedOnCreate: true,
    restrictedPicklist: true,
    picklist: Object.keys(RATES),
    defaultValue: corporate,
  });

/** What a user's own amounts are in. */
const DEFAULT = 'DefaultCurrencyIsoCode';

/** Objects whose rows have an owner or amounts, and users. */
const hasCurrency = ({ fields }: SObject): boolean =>
  fields.some(({ name, type }) => ['OwnerId', DEFAULT].includes(name) || type === 'currency');

/**
 * Gives the org several currencies, or one again: rows of CurrencyType, and CurrencyIsoCode on each
 * object with an owner or amounts, whose rows are in the corporate currency until somebody says
 * otherwise. No row's SystemModstamp moves.
 */
export async function setMultiCurrency(
  org: SandboxOrg,
  wanted: boolean,
  corporate: string,
): Promise<void> {
  const changed = await inTransaction(org.pool, async (client) => {
    await client.query('DELETE FROM org."CurrencyType"');
    if (wanted) await addTypes(client, corporate);
    const objects = org.schema.objects().filter((one) => hasCurrency(one) || isMade(one));
    const made: SObject[] = [];
    for (const object of objects)
      made.push(await (wanted ? withCurrency : withoutCurrency)(client, org, object, corporate));
    for (const object of made) await saveObject(client as never, object);
    return made;
  });
  for (const object of changed) org.schema.put(object);
}

const isMade = ({ fields }: SObject) => fields.some(isCurrencyField);
const isCurrencyField = ({ name }: Field) => name === 'CurrencyIsoCode';

async function addTypes(client: PoolClient, corporate: string): Promise<void> {
  const rows = Object.entries(RATES).map(([iso, rate]) => ({
    IsoCode: iso,
    ConversionRate: iso === corporate ? 1 : Number((rate / RATES[corporate]!).toFixed(6)),
    DecimalPlaces: WITHOUT_CENTS.includes(iso) ? 0 : 2,
    IsActive: true,
    IsCorporate: iso === corporate,
  }));
  await client.query(
    `INSERT INTO org."CurrencyType" ("IsoCode", "ConversionRate", "DecimalPlaces", "IsActive",
       "IsCorporate", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp")
     SELECT given."IsoCode", given."ConversionRate", given."DecimalPlaces", given."IsActive",
       given."IsCorporate", maker.id, now(), maker.id, now(), now()
       FROM jsonb_populate_recordset(NULL::org."CurrencyType", $1) AS given,
            (SELECT min("CreatedById") AS id FROM org."Profile") AS maker`,
    [JSON.stringify(rows)],
  );
}

async function withCurrency(
  client: PoolClient,
  { schema }: SandboxOrg,
  object: SObject,
  corporate: string,
): Promise<SObject> {
  const field = currencyField(corporate);
  await addColumn(client, schema, object, field);
  await client.query(
    `UPDATE ${tableSql(object)} SET ${quote(field.name)} = $1 WHERE ${quote(field.name)} IS NULL`,
    [corporate],
  );
  const others = object.fields.filter((one) => !isCurrencyField(one));
  const own = others.find(({ name }) => name === DEFAULT);
  if (own === undefined) return { ...object, fields: [...others, field] };
  await client.query(
    `UPDATE ${tableSql(object)} SET ${quote(DEFAULT)} = $1 WHERE ${quote(DEFAULT)} IS NULL`,
    [corporate],
  );
  const { picklistValues } = field;
  const open = others.map((one) =>
    one === own ? { ...own, picklistValues, defaultValue: corporate } : one,
  );
  return { ...object, fields: [...open, field] };
}

async function withoutCurrency(
  client: PoolClient,
  _org: SandboxOrg,
  object: SObject,
): Promise<SObject> {
  const field = object.fields.find(isCurrencyField);
  if (field !== undefined) await dropColumn(client, object, field);
  return { ...object, fields: object.fields.filter((one) => one !== field) };
}
