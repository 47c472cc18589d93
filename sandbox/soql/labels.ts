import type { Column, Context } from './scope.ts';
import { textSql } from './values.ts';

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A picklist value's label; the value itself where it has none of its own. */
export function labelSql(column: Column): string {
  const other = column.field.picklistValues.filter(({ value, label }) => value !== label);
  if (other.length === 0) return textSql(column);
  const cases = other.map(({ value, label }) => `WHEN ${literal(value)} THEN ${literal(label)}`);
  return `CASE ${column.sql} ${cases.join(' ')} ELSE ${column.sql} END`;
}

/** FORMAT(): a value as a user with the United States' settings reads it. */
export function formatSql(column: Column, { userTimeZone }: Context): string {
  const { field, sql } = column;
  if (field.type === 'date') return `to_char(${sql}, 'FMMM/FMDD/YYYY')`;
  if (field.type === 'datetime')
    return `to_char(${sql} AT TIME ZONE ${literal(userTimeZone)}, 'FMMM/FMDD/YYYY, FMHH12:MI AM')`;
  if (['int', 'long', 'double', 'currency', 'percent'].includes(field.type)) {
    const decimals = field.scale > 0 ? `.${'0'.repeat(field.scale)}` : '';
    const number = `to_char(${sql}, 'FM999,999,999,999,999,990${decimals}')`;
    return field.type === 'currency' ? `'$' || ${number}` : number;
  }
  return textSql(column);
}
