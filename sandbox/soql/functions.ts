import type { Field } from '../schema.ts';
import type { Source } from './failures.ts';
import type { Call } from './logic.ts';
import type { Column, Scope } from './scope.ts';
import { resolve } from './where.ts';

/** Date functions over a timestamp in the user's time zone. */
const DATE_FUNCTIONS: Record<string, (at: string) => string> = {
  CALENDAR_YEAR: (at) => `extract(year FROM ${at})::int`,
  CALENDAR_QUARTER: (at) => `extract(quarter FROM ${at})::int`,
  CALENDAR_MONTH: (at) => `extract(month FROM ${at})::int`,
  FISCAL_YEAR: (at) => `extract(year FROM ${at})::int`,
  FISCAL_QUARTER: (at) => `extract(quarter FROM ${at})::int`,
  FISCAL_MONTH: (at) => `extract(month FROM ${at})::int`,
  DAY_IN_MONTH: (at) => `extract(day FROM ${at})::int`,
  DAY_IN_WEEK: (at) => `(extract(dow FROM ${at})::int + 1)`,
  DAY_IN_YEAR: (at) => `extract(doy FROM ${at})::int`,
  DAY_ONLY: (at) => `(${at})::date`,
  HOUR_IN_DAY: (at) => `extract(hour FROM ${at})::int`,
  WEEK_IN_MONTH: (at) => `((extract(day FROM ${at})::int - 1) / 7 + 1)`,
  WEEK_IN_YEAR: (at) => `((extract(doy FROM ${at})::int - 1) / 7 + 1)`,
};

export function isDateFunction({ functionName }: Call): boolean {
  return Object.hasOwn(DATE_FUNCTIONS, (functionName ?? '').toUpperCase());
}

/** A date function's result, as a field of its own that compares as a number or a day. */
export function dateFunction(call: Call, scope: Scope, source: Source, clause: string): Column {
  const name = (call.functionName ?? '').toUpperCase();
  const [inner] = call.parameters ?? [];
  const path = typeof inner === 'string' ? inner : argumentOf(inner as Call);
  const column = resolve(path, scope, source, clause);
  const { type } = column.field;
  if (type !== 'date' && type !== 'datetime')
    throw source.at(
      path,
      'INVALID_FIELD',
      `field ${column.field.name} does not support date function ${name}`,
      clause,
    );
  // The zone is written out, not bound: GROUP BY has to see the same expression as SELECT.
  const zone = scope.context.userTimeZone.replaceAll("'", "''");
  const at =
    type === 'date' ? `${column.sql}::timestamp` : `(${column.sql} AT TIME ZONE '${zone}')`;
  const field: Field = {
    ...column.field,
    type: name === 'DAY_ONLY' ? 'date' : 'int',
    name: call.rawValue ?? name,
  };
  return { ...column, field, sql: DATE_FUNCTIONS[name]!(at) };
}

/** `convertTimezone(CreatedDate)`: days run in the user's zone anyway. */
function argumentOf(call: Call): string {
  const [inner] = call.parameters ?? [];
  return typeof inner === 'string' ? inner : '';
}
