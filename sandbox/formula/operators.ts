import { FormulaError } from './error.ts';
import { commonType, type FormulaFunction, fixed, MANY } from './function.ts';
import { asType, NAMES, refusePicklist, type Value } from './values.ts';

export const logic = (joint: 'AND' | 'OR'): FormulaFunction => ({
  takes: [1, MANY],
  make: (compiler, parts, name) => ({
    sql: `(${parts.map((part) => `coalesce(${asType(compiler, part, 'boolean', name)}, false)`).join(` ${joint} `)})`,
    type: 'boolean',
  }),
});

export const not: FormulaFunction = fixed(
  ['boolean'],
  'boolean',
  (x) => `(NOT coalesce(${x}, false))`,
);

/** Blank is not less or more than anything; a blank text equals ''. */
const comparison = (operator: string): FormulaFunction => ({
  takes: [2, 2],
  make(compiler, parts) {
    const values = parts.map((part) => {
      const value = compiler.value(part);
      refusePicklist(value, part);
      return value;
    });
    const type = commonType(values, operator);
    const [left, right] = values.map(({ sql }) => (type === 'text' ? `coalesce(${sql}, '')` : sql));
    const equal = `(${left} IS NOT DISTINCT FROM ${right})`;
    if (operator === '=') return { sql: equal, type: 'boolean' };
    if (operator === '<>') return { sql: `(NOT ${equal})`, type: 'boolean' };
    return { sql: `coalesce(${left} ${operator} ${right}, false)`, type: 'boolean' };
  },
});

/** Sums of numbers; days added to a date or time; the days between two. */
const sum = (sign: '+' | '-'): FormulaFunction => ({
  takes: [2, 2],
  make(compiler, parts) {
    const [left, right] = parts.map((part) => compiler.value(part)) as [Value, Value];
    if (left.type === 'text' && right.type === 'text' && sign === '+')
      return { sql: `concat(${left.sql}, ${right.sql})`, type: 'text' };
    if (left.type === 'number' && right.type === 'number')
      return { sql: `(${left.sql} ${sign} ${right.sql})`, type: 'number' };
    const days = `least(greatest(${right.sql}, -1000000), 1000000)`;
    if (left.type === 'date' && right.type === 'number')
      return { sql: `(${left.sql} ${sign} trunc(${days})::int)`, type: 'date' };
    if (left.type === 'datetime' && right.type === 'number')
      return { sql: `(${left.sql} ${sign} ${days}::float8 * interval '1 day')`, type: 'datetime' };
    if (
      sign === '-' &&
      left.type === right.type &&
      (left.type === 'date' || left.type === 'datetime')
    )
      return {
        sql: `(extract(epoch FROM ${left.sql}::timestamptz - ${right.sql}::timestamptz) / 86400)`,
        type: 'number',
      };
    throw new FormulaError(
      `Incorrect parameter type for operator '${sign}'. Expected Number, Date, DateTime, received ${NAMES[[left, right].find(({ type }) => type !== 'number')?.type ?? 'text']}`,
    );
  },
});

/** Operators by their sign. */
export const OPERATORS: Record<string, FormulaFunction> = {
  '&&': logic('AND'),
  '||': logic('OR'),
  'unary !': not,
  'unary -': fixed(['number'], 'number', (x) => `(- ${x})`),
  'unary +': fixed(['number'], 'number', (x) => x),
  '=': comparison('='),
  '==': comparison('='),
  '<>': comparison('<>'),
  '!=': comparison('<>'),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  '+': sum('+'),
  '-': sum('-'),
  '*': fixed(['number', 'number'], 'number', (x, y) => `(${x} * ${y})`),
  '/': fixed(['number', 'number'], 'number', (x, y) => `(${x} / nullif(${y}, 0))`),
  '&': fixed(['text', 'text'], 'text', (x, y) => `concat(${x}, ${y})`),
};
