import { malformedQuery } from '../errors.ts';
import type { Column } from './scope.ts';

/** The currencies of an org with several; units of each for one of the corporate currency. */
export interface Currencies {
  corporate: string;
  /** The calling user's own. */
  user: string;
  rates: Record<string, number>;
}

export function rateOf(iso: string, { rates }: Currencies): number {
  const rate = rates[iso];
  if (rate === undefined) throw malformedQuery(`Invalid currency ISO code: ${iso}`);
  return rate;
}

/** An amount in the corporate currency. */
export function corporateSql({ sql, currency }: Column, { rates }: Currencies): string {
  if (currency === null) return sql;
  const cases = Object.entries(rates).map(
    ([iso, rate]) => `WHEN '${iso.replaceAll("'", "''")}' THEN ${rate}`,
  );
  return cases.length === 0 ? sql : `(${sql} / CASE ${currency} ${cases.join(' ')} ELSE 1 END)`;
}

/** `convertCurrency()`: an amount in the user's currency; as it is in an org with one currency. */
export function convertedSql(column: Column, currencies: Currencies | null | undefined): string {
  if (!currencies) return column.sql;
  const rate = currencies.rates[currencies.user] ?? 1;
  return `round(${corporateSql(column, currencies)} * ${rate}, ${Math.max(column.field.scale, 2)})`;
}
