import type { Executor, Org, Session } from '../org.ts';
import { sharingSql } from '../sharing.ts';
import type { Currencies } from './currency.ts';
import type { Context } from './scope.ts';

/** Who asks, over what connection, in what version of the API. */
export interface Caller {
  org: Org;
  db: Executor;
  session: Session;
  /** `60` of version 60.0. */
  version: number;
}

/** Words that make a query depend on the user's time zone or the org's fiscal year. */
const TIMED =
  /\b(?:TODAY|YESTERDAY|TOMORROW|FORMAT|convertTimezone|FISCAL|(?:LAST|THIS|NEXT)_|N_)/i;

/** Words that make a query depend on the org's currencies. */
const MONEY = /convertCurrency|FORMAT|\b[A-Z]{3}\d|SUM|AVG|MIN|MAX/i;

/** All that a query is compiled for. What it does not need is not looked up. */
export async function queryContext(
  { org, db, session, version }: Caller,
  soql: string,
  allRows: boolean,
): Promise<Context> {
  const { access, userId } = session;
  const timed = TIMED.test(soql);
  return {
    schema: org.schema,
    access,
    now: org.now(),
    userTimeZone: timed ? await userTimeZone(db, org, userId) : 'UTC',
    fiscalYearStart: timed ? await fiscalYearStart(db, org) : 1,
    currencies:
      org.settings.multiCurrency && MONEY.test(soql) ? await currencies(db, org, userId) : null,
    allRows,
    userId,
    apiVersion: version,
    sharing: (object, alias) => sharingSql(session, org, object, alias),
  };
}

async function userTimeZone(db: Executor, { schema }: Org, userId: string): Promise<string> {
  const user = schema.object('User');
  if (!user || !schema.field(user, 'TimeZoneSidKey')) return 'UTC';
  const { rows } = await db.query<{ zone: string | null }>(
    `SELECT "TimeZoneSidKey" AS zone FROM org."User" WHERE "Id" = $1`,
    [userId],
  );
  const zone = rows[0]?.zone ?? 'UTC';
  return Intl.supportedValuesOf('timeZone').includes(zone) ? zone : 'UTC';
}

async function fiscalYearStart(db: Executor, { schema }: Org): Promise<number> {
  const organization = schema.object('Organization');
  if (!organization || !schema.field(organization, 'FiscalYearStartMonth')) return 1;
  const { rows } = await db.query<{ month: number | null }>(
    `SELECT "FiscalYearStartMonth" AS month FROM org."Organization" LIMIT 1`,
  );
  const month = rows[0]?.month ?? 1;
  return month >= 1 && month <= 12 ? month : 1;
}

async function currencies(db: Executor, org: Org, userId: string): Promise<Currencies> {
  const { schema, settings } = org;
  const corporate = settings.corporateCurrency;
  if (schema.object('CurrencyType') === undefined)
    return { corporate, user: corporate, rates: { [corporate]: 1 } };
  const { rows } = await db.query<{ iso: string; rate: string }>(
    `SELECT "IsoCode" AS iso, "ConversionRate"::text AS rate FROM org."CurrencyType"
     WHERE "ConversionRate" > 0`,
  );
  const rates = Object.fromEntries(rows.map(({ iso, rate }) => [iso, Number(rate)]));
  const user = await userCurrency(db, org, userId);
  return { corporate, user: user ?? corporate, rates: { [corporate]: 1, ...rates } };
}

async function userCurrency(db: Executor, { schema }: Org, userId: string): Promise<string | null> {
  const user = schema.object('User');
  const field = user && schema.field(user, 'DefaultCurrencyIsoCode');
  if (field === undefined) return null;
  const { rows } = await db.query<{ iso: string | null }>(
    `SELECT "DefaultCurrencyIsoCode" AS iso FROM org."User" WHERE "Id" = $1`,
    [userId],
  );
  return rows[0]?.iso ?? null;
}
