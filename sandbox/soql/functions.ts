import type { Field } from '../schema.ts';
import type { Call, Path } from './ast.ts';
import { convertedSql } from './currency.ts';
import { distance } from './distance.ts';
import type { Source } from './failures.ts';
import { formatSql, labelSql } from './labels.ts';
import type { Column, Scope } from './scope.ts';
import { resolve } from './where.ts';

interface DateFunction {
  sql(at: string): string;
  /** Of the fiscal year: `at` is moved so that its months count from January. */
  fiscal?: true;
  /** For dateTimes alone. */
  timed?: true;
}

const part = (name: string) => (at: string) => `extract(${name} FROM ${at})::int`;

const DATE_FUNCTIONS: Record<string, DateFunction> = {
  CALENDAR_YEAR: { sql: part('year') },
  CALENDAR_QUARTER: { sql: part('quarter') },
  CALENDAR_MONTH: { sql: part('month') },
  FISCAL_YEAR: { sql: part('year'), fiscal: true },
  FISCAL_QUARTER: { sql: part('quarter'), fiscal: true },
  FISCAL_MONTH: { sql: part('month'), fiscal: true },
  DAY_IN_MONTH: { sql: part('day') },
  DAY_IN_WEEK: { sql: (at) => `(extract(dow FROM ${at})::int + 1)` },
  DAY_IN_YEAR: { sql: part('doy') },
  DAY_ONLY: { sql: (at) => `(${at})::date`, timed: true },
  HOUR_IN_DAY: { sql: part('hour'), timed: true },
  WEEK_IN_MONTH: { sql: (at) => `((extract(day FROM ${at})::int - 1) / 7 + 1)` },
  WEEK_IN_YEAR: { sql: (at) => `((extract(doy FROM ${at})::int - 1) / 7 + 1)` },
};

export const isDateFunction = ({ name }: Call): boolean => Object.hasOwn(DATE_FUNCTIONS, name);

/** A function's result, as a column of its own. Aggregates are aggregate.ts's. */
export function callColumn(call: Call, scope: Scope, source: Source): Column {
  if (isDateFunction(call)) return dateColumn(call, scope, source);
  if (call.name === 'DISTANCE') return distance(call, scope, source);
  if (!WRAPPERS.includes(call.name))
    throw source.malformed(call, `Invalid function: ${call.text.replace(/\s*\(.*/s, '')}`);
  const argument = onlyArgument(call, source);
  const inner = expressionColumn(argument, scope, source);
  return wrapped(call, inner, scope, source);
}

const WRAPPERS = ['TOLABEL', 'FORMAT', 'CONVERTCURRENCY'];

/** `toLabel()`, `FORMAT()` or `convertCurrency()` around a column. */
export function wrapped(call: Call, inner: Column, scope: Scope, source: Source): Column {
  const { field } = inner;
  if (call.name === 'CONVERTCURRENCY') {
    if (field.type !== 'currency')
      throw source.at(
        call,
        'INVALID_FIELD',
        `field ${field.name} does not support convertCurrency`,
      );
    const sql = convertedSql(inner, scope.context.currencies);
    return { ...inner, sql, converted: true };
  }
  const sql = call.name === 'TOLABEL' ? labelSql(inner) : formatSql(inner, scope.context);
  return { ...inner, parts: null, sql, field: { ...field, type: 'string', picklistValues: [] } };
}

export function expressionColumn(expression: Path | Call, scope: Scope, source: Source): Column {
  return expression.kind === 'path'
    ? resolve(expression, scope, source)
    : callColumn(expression, scope, source);
}

export function onlyArgument(call: Call, source: Source): Path | Call {
  const [argument, ...more] = call.args;
  if (argument === undefined || argument.kind === 'literal' || more.length > 0)
    throw source.malformed(argument ?? call, `unexpected token: '${argument?.text ?? call.text}'`);
  return argument;
}

/**
 * A date function over a field in UTC, or in the user's time zone where `convertTimezone()` stands
 * around the field.
 */
function dateColumn(call: Call, scope: Scope, source: Source): Column {
  const outer = onlyArgument(call, source);
  const converts = outer.kind === 'call';
  if (converts && outer.name !== 'CONVERTTIMEZONE')
    throw source.malformed(
      outer,
      `nested functional syntax can only be used in the following manner: date_function(convertTimezone(columnName)): ${call.name}`,
    );
  const path = converts ? onlyArgument(outer, source) : outer;
  const column = expressionColumn(path, scope, source);
  const { sql, fiscal, timed } = DATE_FUNCTIONS[call.name]!;
  const { type } = column.field;
  if (type !== 'datetime' && (type !== 'date' || timed || converts))
    throw source.at(
      path,
      'INVALID_FIELD',
      `field ${column.field.name} does not support date function ${call.name}`,
    );
  // The zone is written out, not bound: GROUP BY has to see the same expression as SELECT.
  const zone = converts ? scope.context.userTimeZone.replaceAll("'", "''") : 'UTC';
  const at =
    type === 'date' ? `${column.sql}::timestamp` : `(${column.sql} AT TIME ZONE '${zone}')`;
  const months = (13 - (scope.context.fiscalYearStart ?? 1)) % 12;
  const moved = fiscal && months > 0 ? `(${at} + interval '${months} months')` : at;
  const field: Field = {
    ...column.field,
    type: call.name === 'DAY_ONLY' ? 'date' : 'int',
    name: column.field.name,
    filterable: true,
    groupable: true,
    sortable: true,
  };
  return { ...column, field, sql: sql(moved) };
}
