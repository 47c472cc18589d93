import { FormulaError } from './error.ts';
import type { Node } from './parse.ts';
import { asType, type Compiler, NAMES, type Value, type ValueType } from './values.ts';

/** A function or operator: how many parameters it takes, and the SQL of a call. */
export interface FormulaFunction {
  takes: [least: number, most: number];
  make(compiler: Compiler, parts: Node[], name: string): Value;
}

export const MANY = 1000;

/** A function of fixed parameter types, as SQL of its parameters' SQL. */
export function fixed(
  types: ValueType[],
  type: ValueType,
  sql: (...parts: string[]) => string,
  least = types.length,
): FormulaFunction {
  return {
    takes: [least, types.length],
    make: (compiler, parts, name) => ({
      sql: sql(...parts.map((part, i) => asType(compiler, part, types[i]!, name))),
      type,
    }),
  };
}

/** Date and DateTime do not compare in Salesforce either. */
export function commonType(values: Value[], name: string): ValueType {
  const types = [...new Set(values.map(({ type }) => type).filter((type) => type !== 'null'))];
  if (types.length <= 1) return types[0] ?? 'text';
  throw new FormulaError(
    `Incorrect parameter type for operator '${name}'. Expected ${NAMES[types[0]!]}, received ${NAMES[types[1]!]}`,
  );
}
