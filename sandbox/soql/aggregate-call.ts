import type { Field } from '../schema.ts';
import type { Call, Path } from './ast.ts';
import { corporateSql } from './currency.ts';
import type { Source } from './failures.ts';
import { expressionColumn, isDateFunction, onlyArgument, wrapped } from './functions.ts';
import type { Column, Scope } from './scope.ts';

const AGGREGATES = ['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX', 'GROUPING'];
const NUMBERS = ['double', 'currency', 'percent', 'int', 'long'];
const NEVER = ['boolean', 'multipicklist', 'base64', 'anyType', 'encryptedstring'];

export const isAggregateCall = ({ name }: Call): boolean => AGGREGATES.includes(name);

/** Whether an aggregate stands anywhere in an expression. */
export function holdsAggregate(expression: Path | Call): boolean {
  if (expression.kind === 'path') return false;
  if (isAggregateCall(expression) || isDateFunction(expression)) return true;
  return expression.args.some((arg) => arg.kind === 'call' && holdsAggregate(arg));
}

/** The column that an aggregate, or a function around one, makes; any other expression's too. */
export function aggregateColumn(expression: Path | Call, scope: Scope, source: Source): Column {
  if (expression.kind === 'path' || !holdsAggregate(expression) || isDateFunction(expression))
    return expressionColumn(expression, scope, source);
  if (!isAggregateCall(expression)) {
    const inner = aggregateColumn(onlyArgument(expression, source), scope, source);
    return wrapped(expression, inner, scope, source);
  }
  return called(expression, scope, source);
}

function called(call: Call, scope: Scope, source: Source): Column {
  const { name } = call;
  if (call.args.length === 0) {
    if (name !== 'COUNT') throw source.malformed(call, `unexpected token: '${call.text}'`);
    return result(scope.columnOf(scope.root, 'Id'), 'count(*)', 'int');
  }
  const argument = onlyArgument(call, source);
  if (argument.kind === 'call' && (name !== 'GROUPING' || !isDateFunction(argument)))
    throw source.malformed(
      argument,
      `nested functional syntax can only be used in the following manner: date_function(convertTimezone(columnName)): ${name}`,
    );
  const column = expressionColumn(argument, scope, source);
  const { sql, field } = column;
  if (!fits(name, column))
    throw source.malformed(
      argument,
      `field ${field.name} does not support aggregate operator ${name}`,
    );
  if (name === 'GROUPING') return result(column, `grouping(${sql})`, 'int');
  if (name === 'COUNT') return result(column, `count(${sql})`, 'int');
  if (name === 'COUNT_DISTINCT') return result(column, `count(DISTINCT ${sql})`, 'int');
  const { currencies } = scope.context;
  const value = field.type === 'currency' && currencies ? corporateSql(column, currencies) : sql;
  const type =
    name !== 'SUM' && name !== 'AVG' ? field.type : isMoney(field) ? 'currency' : 'double';
  return { ...result(column, `${name.toLowerCase()}(${value})`, type), currency: null };
}

const isMoney = ({ type }: Field) => type === 'currency';

function fits(name: string, { field, parts }: Column): boolean {
  if (name === 'GROUPING') return true;
  if (parts !== null || NEVER.includes(field.type)) return false;
  if (field.type === 'textarea' && !field.filterable) return false;
  return (name !== 'SUM' && name !== 'AVG') || NUMBERS.includes(field.type);
}

function result(column: Column, sql: string, type: Field['type']): Column {
  return { ...column, sql, viaParent: true, field: { ...column.field, type, filterable: true } };
}
