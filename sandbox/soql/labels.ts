import type { Column, Context } from './scope.ts';
import { textSql } from './values.ts';

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A picklist value's label; the value itself where it has none of its own. */
export function labelSql(column: Column): string {
  const other = column.field.picklistValues.filter(({ value, label }) => value !== label);
  if (other.length === 0) return textSql(column);
  const cases = other.map(({ value, label }) => `WHEN ${literal(value)} THEN ${literal(label)}`);
  const label = (value: string) => `CASE ${value} ${cases.join(' ')} ELSE ${value} END`;
  if (column.field.type !== 'multipicklist') return label(column.sql);
  const parts = `unnest(string_to_array(${column.sql}, ';')) WITH ORDINALITY AS parts(value, n)`;
  return `(SELECT string_agg(${label('parts.value')}, ';' ORDER BY n) FROM ${parts})`;
}

const NUMBERS = ['int', 'long', 'double', 'currency', 'percent'];

/** FORMAT(): a value as a user with the United States' settings reads it. */
export function formatSql(column: Column, { userTimeZone, currencies }: Context): string {
  const { field, sql, currency, converted } = column;
  if (field.type === 'date') return `to_char(${sql}, 'FMMM/FMDD/YYYY')`;
  if (field.type === 'datetime')
    return `to_char(${sql} AT TIME ZONE ${literal(userTimeZone)}, 'FMMM/FMDD/YYYY, FMHH12:MI AM')`;
  if (!NUMBERS.includes(field.type)) return textSql(column);
  const decimals = field.scale > 0 ? `.${'0'.repeat(Math.min(field.scale, 18))}` : '';
  const number = (amount: string) => `to_char(${amount}, 'FM999,999,999,999,999,990${decimals}')`;
  if (field.type === 'percent') return `${number(sql)} || '%'`;
  if (field.type !== 'currency') return number(sql);
  if (!currencies) return `'$' || ${number(sql)}`;
  if (converted) return `${literal(`${currencies.user} `)} || ${number(sql)}`;
  const corporate = literal(currencies.corporate);
  const iso = currency === null ? corporate : `COALESCE(${currency}, ${corporate})`;
  return `${iso} || ' ' || ${number(sql)}`;
}
