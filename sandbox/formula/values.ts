import type { Field } from '../schema.ts';
import { FormulaError } from './error.ts';
import type { Node } from './parse.ts';

export type ValueType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'picklist'
  | 'multipicklist'
  | 'null';

export interface Value {
  sql: string;
  type: ValueType;
}

/** What functions may ask about their parameters. */
export interface Compiler {
  value(node: Node): Value;
  /** The object's field that a parameter names. */
  field(node: Node, calledBy: string): Field;
  /** That field in the row as it was; null for a new row. */
  before(node: Node, calledBy: string): Value;
}

export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

export const NAMES: Record<ValueType, string> = {
  text: 'Text',
  number: 'Number',
  boolean: 'Boolean',
  date: 'Date',
  datetime: 'DateTime',
  time: 'Time',
  picklist: 'Picklist',
  multipicklist: 'Picklist (Multi-Select)',
  null: 'Null',
};

/** The parameter as SQL of this type; a blank text is ''. */
export function asType(compiler: Compiler, node: Node, type: ValueType, calledBy: string): string {
  const value = compiler.value(node);
  refusePicklist(value, node);
  if (value.type === 'null') return type === 'text' ? `''` : `NULL::${SQL_TYPES[type]}`;
  if (value.type !== type)
    throw new FormulaError(
      `Incorrect parameter type for function '${calledBy}()'. Expected ${NAMES[type]}, received ${NAMES[value.type]}`,
    );
  return type === 'text' ? `coalesce(${value.sql}, '')` : value.sql;
}

export function refusePicklist({ type }: Value, node: Node): void {
  if (type !== 'picklist' && type !== 'multipicklist') return;
  throw new FormulaError(
    `Field ${node.kind === 'name' ? node.name : 'here'} is a ${type === 'picklist' ? '' : 'multi-select '}picklist field. ${type === 'picklist' ? 'Picklist' : 'Multi-select picklist'} fields are only supported in certain functions.`,
  );
}

export const SQL_TYPES: Record<ValueType, string> = {
  text: 'text',
  number: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  time: 'time',
  picklist: 'text',
  multipicklist: 'text',
  null: 'text',
};
