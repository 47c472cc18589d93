import { FormulaError } from './error.ts';
import type { FormulaFunction } from './function.ts';
import type { Node } from './parse.ts';
import { type Compiler, literal, NAMES } from './values.ts';

export const isBlank: FormulaFunction = {
  takes: [1, 1],
  make(compiler, [part]) {
    const { sql, type } = compiler.value(part!);
    return {
      sql: type === 'text' ? `(coalesce(${sql}, '') = '')` : `(${sql} IS NULL)`,
      type: 'boolean',
    };
  },
};

export const isPickVal: FormulaFunction = {
  takes: [2, 2],
  make(compiler, [part, choice], name) {
    const value = picklistOf(compiler, part!, name);
    return { sql: `(coalesce(${value}, '') = ${textOf(choice!, name)})`, type: 'boolean' };
  },
};

export const includes: FormulaFunction = {
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

export const isNew: FormulaFunction = {
  takes: [0, 0],
  make: () => ({ sql: `((candidate."$before")."Id" IS NULL)`, type: 'boolean' }),
};

export const isChanged: FormulaFunction = {
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
export const priorValue: FormulaFunction = {
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

export const text: FormulaFunction = {
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
