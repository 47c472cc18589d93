import { choose, iff, orElse } from './choices.ts';
import {
  includes,
  isBlank,
  isChanged,
  isNew,
  isPickVal,
  priorValue,
  text,
} from './field-functions.ts';
import { type FormulaFunction, fixed, MANY } from './function.ts';
import { logic, not, OPERATORS } from './operators.ts';
import { asType } from './values.ts';

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

/** Functions by name in capitals, and operators by sign. */
export const FUNCTIONS: Record<string, FormulaFunction> = {
  ...OPERATORS,
  AND: logic('AND'),
  OR: logic('OR'),
  NOT: not,
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
