import { FormulaError } from './error.ts';
import type { Node } from './parse.ts';
import {
  asType,
  type Compiler,
  literal,
  NAMES,
  refusePicklist,
  SQL_TYPES,
  type Value,
  type ValueType,
} from './values.ts';

interface FormulaFunction {
  takes: [least: number, most: number];
  make(compiler: Compiler, parts: Node[], name: string): Value;
}

const MANY = 1000;

/** A function of fixed parameter types, as SQL of its parameters' SQL. */
function fixed(
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

const logic = (joint: 'AND' | 'OR'): FormulaFunction => ({
  takes: [1, MANY],
  make: (compiler, parts, name) => ({
    sql: `(${parts.map((part) => `coalesce(${asType(compiler, part, 'boolean', name)}, false)`).join(` ${joint} `)})`,
    type: 'boolean',
  }),
});

const not: FormulaFunction = fixed(['boolean'], 'boolean', (x) => `(NOT coalesce(${x}, false))`);

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

/** Date and DateTime do not compare in Salesforce either. */
function commonType(values: Value[], name: string): ValueType {
  const types = [...new Set(values.map(({ type }) => type).filter((type) => type !== 'null'))];
  if (types.length <= 1) return types[0] ?? 'text';
  throw new FormulaError(
    `Incorrect parameter type for operator '${name}'. Expected ${NAMES[types[0]!]}, received ${NAMES[types[1]!]}`,
  );
}

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

const isBlank: FormulaFunction = {
  takes: [1, 1],
  make(compiler, [part]) {
    const { sql, type } = compiler.value(part!);
    return {
      sql: type === 'text' ? `(coalesce(${sql}, '') = '')` : `(${sql} IS NULL)`,
      type: 'boolean',
    };
  },
};

const isPickVal: FormulaFunction = {
  takes: [2, 2],
  make(compiler, [part, choice], name) {
    const value = picklistOf(compiler, part!, name);
    return { sql: `(coalesce(${value}, '') = ${textOf(choice!, name)})`, type: 'boolean' };
  },
};

const includes: FormulaFunction = {
  takes: [2, 2],
  make(compiler, [part, choice], name) {
    const { sql, type } = compiler.value(part!);
    if (type !== 'multipicklist')
      throw new FormulaError(
        `Incorrect parameter type for function '${name}()'. Expected Picklist (Multi-Select), received ${NAMES[type]}`,
      );
    return {
      sql: `coalesce(${textOf(choice!, name)} = ANY(string_to_array(${sql}, ';')), false)`,
      type: 'boolean',
    };
  },
};

function picklistOf(compiler: Compiler, node: Node, name: string): string {
  const { sql, type } = compiler.value(node);
  if (type === 'picklist') return sql;
  throw new FormulaError(
    `Incorrect parameter type for function '${name}()'. Expected Picklist, received ${NAMES[type]}`,
  );
}

function textOf(node: Node, name: string): string {
  if (node.kind === 'text') return literal(node.value);
  throw new FormulaError(`Incorrect parameter for function '${name}()'. Expected text literal`);
}

const isNew: FormulaFunction = {
  takes: [0, 0],
  make: () => ({ sql: `((candidate."$before")."Id" IS NULL)`, type: 'boolean' }),
};

const isChanged: FormulaFunction = {
  takes: [1, 1],
  make(compiler, [part], name) {
    const before = compiler.before(part!, name);
    const { sql } = compiler.value(part!);
    return {
      sql: `((candidate."$before")."Id" IS NOT NULL AND ${sql} IS DISTINCT FROM ${before.sql})`,
      type: 'boolean',
    };
  },
};

/** For a new row the value it is to have, as Salesforce does. */
const priorValue: FormulaFunction = {
  takes: [1, 1],
  make(compiler, [part], name) {
    const before = compiler.before(part!, name);
    const { sql } = compiler.value(part!);
    return {
      sql: `(CASE WHEN (candidate."$before")."Id" IS NULL THEN ${sql} ELSE ${before.sql} END)`,
      type: before.type,
    };
  },
};

const text: FormulaFunction = {
  takes: [1, 1],
  make(compiler, [part]) {
    const { sql, type } = compiler.value(part!);
    if (type === 'number') return { sql: `trim_scale(${sql})::text`, type: 'text' };
    if (type === 'datetime')
      return {
        sql: `to_char(${sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')`,
        type: 'text',
      };
    if (type === 'boolean' || type === 'text' || type === 'multipicklist')
      throw new FormulaError(
        `Incorrect parameter type for function 'TEXT()'. Expected Number, Date, DateTime, Picklist, received ${NAMES[type]}`,
      );
    return { sql: `(${sql})::text`, type: 'text' };
  },
};

const iff: FormulaFunction = {
  takes: [3, 3],
  make(compiler, [test, yes, no], name) {
    const values = [compiler.value(yes!), compiler.value(no!)];
    const type = commonType(values, name);
    const [one, other] = values.map(({ sql }) => `(${sql})::${SQL_TYPES[type]}`);
    const condition = asType(compiler, test!, 'boolean', name);
    return { sql: `(CASE WHEN ${condition} THEN ${one} ELSE ${other} END)`, type };
  },
};

const choose: FormulaFunction = {
  takes: [4, MANY],
  make(compiler, [subject, ...rest], name) {
    if (rest.length % 2 === 0)
      throw new FormulaError(
        `Incorrect number of parameters for function 'CASE()'. Expected ${rest.length + 2}, received ${rest.length + 1}`,
      );
    const { sql } = compiler.value(subject!);
    const results = rest
      .filter((_, i) => i % 2 === 1 || i === rest.length - 1)
      .map((node) => compiler.value(node));
    const type = commonType(results, name);
    const cast = (value: Value) => `(${value.sql})::${SQL_TYPES[type]}`;
    const branches = results
      .slice(0, -1)
      .map(
        (result, i) =>
          `WHEN (${sql})::text IS NOT DISTINCT FROM (${compiler.value(rest[2 * i]!).sql})::text THEN ${cast(result)}`,
      );
    return { sql: `(CASE ${branches.join(' ')} ELSE ${cast(results.at(-1)!)} END)`, type };
  },
};

const orElse: FormulaFunction = {
  takes: [2, 2],
  make(compiler, parts, name) {
    const values = parts.map((part) => compiler.value(part));
    const type = commonType(values, name);
    const [one, other] = values.map(({ sql }) => sql);
    return {
      sql:
        type === 'text' ? `coalesce(nullif(${one}, ''), ${other})` : `coalesce(${one}, ${other})`,
      type,
    };
  },
};

const most = (name: 'greatest' | 'least'): FormulaFunction => ({
  takes: [1, MANY],
  make: (compiler, parts, called) => ({
    sql: `${name}(${parts.map((part) => asType(compiler, part, 'number', called)).join(', ')})`,
    type: 'number',
  }),
});

const part = (unit: string) =>
  fixed(['date'], 'number', (day) => `extract(${unit} FROM ${day})::numeric`);

const count = (x: string) => `least(greatest(trunc(${x}), 0), 100000)::int`;
/** A condition with a regular expression of Java's; what PostgreSQL reads differently is rare. */
const matches = (value: string, pattern: string) => `(${value} ~ ('^(?:' || ${pattern} || ')$'))`;
const numberOf = (x: string) =>
  `(CASE WHEN ${x} ~ '^\\s*[+-]?[0-9]{1,30}([.][0-9]{0,30})?\\s*$' THEN (${x})::numeric END)`;
const dayOf = (y: string, m: string, d: string) =>
  `(make_date(least(greatest(trunc(${y}), 1), 9000)::int, 1, 1) + make_interval(months => least(greatest(trunc(${m}), 1), 12)::int - 1, days => least(greatest(trunc(${d}), 1), 31)::int - 1))::date`;

/** Operators, by sign, and functions, by name in capitals. */
export const FUNCTIONS: Record<string, FormulaFunction> = {
  '&&': logic('AND'),
  '||': logic('OR'),
  AND: logic('AND'),
  OR: logic('OR'),
  NOT: not,
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
  ISBLANK: isBlank,
  ISNULL: isBlank,
  ISPICKVAL: isPickVal,
  INCLUDES: includes,
  ISNEW: isNew,
  ISCHANGED: isChanged,
  PRIORVALUE: priorValue,
  IF: iff,
  CASE: choose,
  BLANKVALUE: orElse,
  NULLVALUE: orElse,
  TEXT: text,
  VALUE: fixed(['text'], 'number', numberOf),
  LEN: fixed(['text'], 'number', (x) => `length(${x})::numeric`),
  REGEX: fixed(['text', 'text'], 'boolean', matches),
  CONTAINS: fixed(['text', 'text'], 'boolean', (x, y) => `(strpos(${x}, ${y}) > 0)`),
  BEGINS: fixed(['text', 'text'], 'boolean', (x, y) => `starts_with(${x}, ${y})`),
  LEFT: fixed(['text', 'number'], 'text', (x, n) => `left(${x}, ${count(n)})`),
  RIGHT: fixed(['text', 'number'], 'text', (x, n) => `right(${x}, ${count(n)})`),
  MID: fixed(
    ['text', 'number', 'number'],
    'text',
    (x, from, n) => `substr(${x}, greatest(${count(from)}, 1), ${count(n)})`,
  ),
  UPPER: fixed(['text'], 'text', (x) => `upper(${x})`),
  LOWER: fixed(['text'], 'text', (x) => `lower(${x})`),
  TRIM: fixed(['text'], 'text', (x) => `btrim(${x})`),
  SUBSTITUTE: fixed(
    ['text', 'text', 'text'],
    'text',
    (x, from, to) => `replace(${x}, ${from}, ${to})`,
  ),
  ABS: fixed(['number'], 'number', (x) => `abs(${x})`),
  FLOOR: fixed(['number'], 'number', (x) => `floor(${x})`),
  CEILING: fixed(['number'], 'number', (x) => `ceiling(${x})`),
  ROUND: fixed(['number', 'number'], 'number', (x, n) => `round(${x}, ${count(n)})`),
  MOD: fixed(['number', 'number'], 'number', (x, y) => `mod(${x}, nullif(${y}, 0))`),
  MAX: most('greatest'),
  MIN: most('least'),
  TODAY: fixed([], 'date', () => 'current_date'),
  NOW: fixed([], 'datetime', () => 'now()'),
  DATE: fixed(['number', 'number', 'number'], 'date', dayOf),
  DATEVALUE: fixed(['datetime'], 'date', (x) => `(${x})::date`),
  YEAR: part('year'),
  MONTH: part('month'),
  DAY: part('day'),
};
