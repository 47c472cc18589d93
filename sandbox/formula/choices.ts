import { FormulaError } from './error.ts';
import { commonType, type FormulaFunction, MANY } from './function.ts';
import { asType, SQL_TYPES, type Value } from './values.ts';

export const iff: FormulaFunction = {
  takes: [3, 3],
  make(compiler, [test, yes, no], name) {
    const values = [compiler.value(yes!), compiler.value(no!)];
    const type = commonType(values, name);
    const [one, other] = values.map(({ sql }) => `(${sql})::${SQL_TYPES[type]}`);
    const condition = asType(compiler, test!, 'boolean', name);
    return { sql: `(CASE WHEN ${condition} THEN ${one} ELSE ${other} END)`, type };
  },
};

export const choose: FormulaFunction = {
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

export const orElse: FormulaFunction = {
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
