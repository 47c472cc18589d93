import type { Field, Schema, SObject } from '../schema.ts';
import { columnSql, quote, tableSql } from '../storage.ts';
import { FormulaError } from './error.ts';
import { FUNCTIONS } from './functions.ts';
import { type Node, parseFormula } from './parse.ts';
import { type Compiler, literal, NAMES, type Value, type ValueType } from './values.ts';

/** The alias under which a condition finds the row as it is to become. */
export const CANDIDATE = 'candidate';
/** The row's column that holds the row as it was; null for a new one. */
export const BEFORE = '$before';
/** The PostgreSQL setting that names the caller, for `$User`. */
export const CALLER_SETTING = 'sandbox.user_id';

const TYPES: Partial<Record<Field['type'], ValueType>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
  picklist: 'picklist',
  multipicklist: 'multipicklist',
};

const typeOf = (field: Field): ValueType => TYPES[field.type] ?? 'text';

/**
 * A formula of an object that is true or false, as SQL over a row `candidate` (see candidates.ts),
 * never null. Throws FormulaError with the text of Salesforce's editor.
 */
export function compileFormula(schema: Schema, object: SObject, formula: string): string {
  if (formula.length > 5000)
    throw new FormulaError(
      `Formula is too long (${formula.length} characters). Maximum length is 5,000 characters.`,
    );
  const compiler = compilerOf(schema, object);
  const { sql, type } = compiler.value(parseFormula(formula));
  if (type !== 'boolean')
    throw new FormulaError(
      `Formula result is data type (${NAMES[type]}), incompatible with expected data type (true or false).`,
    );
  return `coalesce(${sql}, false)`;
}

function compilerOf(schema: Schema, object: SObject): Compiler {
  const compiler: Compiler = { value, field: ownField, before };
  return compiler;

  function value(node: Node): Value {
    if (node.kind === 'text') return { sql: literal(node.value), type: 'text' };
    if (node.kind === 'number') return { sql: `${node.value}::numeric`, type: 'number' };
    if (node.kind === 'name') return named(node.name);
    const name = node.kind === 'operation' ? node.sign : node.name;
    const made = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (made === undefined) throw new FormulaError(`Unknown function ${name}. Check spelling.`);
    const [least, most] = made.takes;
    if (node.parts.length < least || node.parts.length > most)
      throw new FormulaError(
        `Incorrect number of parameters for function '${name}()'. Expected ${node.parts.length < least ? least : most}, received ${node.parts.length}`,
      );
    return made.make(compiler, node.parts, name);
  }

  function named(name: string): Value {
    const constant = CONSTANTS[name.toUpperCase()];
    if (constant !== undefined) return constant;
    const [first, second, ...rest] = name.split('.');
    if (second === undefined) {
      const field = fieldNamed(object, first!, name);
      return { sql: columnSql(object, field, CANDIDATE), type: typeOf(field) };
    }
    if (rest.length > 0)
      throw new FormulaError(
        `Field ${name} is more than one relationship away, which this org does not compile`,
      );
    return parentField(first!, second, name);
  }

  function parentField(relationship: string, name: string, whole: string): Value {
    if (relationship.startsWith('$')) return callerField(relationship, name, whole);
    const lookup = object.fields.find(
      (field) => field.relationshipName?.toLowerCase() === relationship.toLowerCase(),
    );
    const parents = (lookup?.referenceTo ?? [])
      .map((target) => schema.object(target))
      .filter((parent) => parent !== undefined && schema.field(parent, name) !== undefined);
    if (lookup === undefined || parents.length === 0)
      throw new FormulaError(`Field ${whole} does not exist. Check spelling.`);
    const field = schema.field(parents[0]!, name)!;
    const reads = parents.map(
      (parent) =>
        `(SELECT ${columnSql(parent!, schema.field(parent!, name)!, 'parent')} FROM ${tableSql(parent!)} AS parent WHERE parent."Id" = ${columnSql(object, lookup, CANDIDATE)})`,
    );
    return { sql: `coalesce(${reads.join(', ')})`, type: typeOf(field) };
  }

  function callerField(global: string, name: string, whole: string): Value {
    const user = schema.object('User')!;
    const profile = schema.object('Profile')!;
    const of = { $user: user, $profile: profile }[global.toLowerCase()];
    const field = of === undefined ? undefined : schema.field(of, name);
    if (of === undefined || field === undefined)
      throw new FormulaError(`Field ${whole} does not exist. Check spelling.`);
    const key = of === user ? '"Id"' : '"ProfileId"';
    const caller = `(SELECT ${key} FROM ${tableSql(user)} WHERE "Id" = current_setting('${CALLER_SETTING}', true))`;
    return {
      sql: `(SELECT ${columnSql(of, field, 'caller')} FROM ${tableSql(of)} AS caller WHERE caller."Id" = ${caller})`,
      type: typeOf(field),
    };
  }

  function ownField(node: Node, calledBy: string): Field {
    if (node.kind !== 'name')
      throw new FormulaError(
        `Incorrect parameter type for function '${calledBy}()'. Expected Field, received ${node.kind === 'number' ? 'Number' : 'Text'}`,
      );
    return fieldNamed(object, node.name, node.name);
  }

  function before(node: Node, calledBy: string): Value {
    const field = ownField(node, calledBy);
    if (field.formula !== null)
      throw new FormulaError(`Field ${field.name} may not be used in function ${calledBy}`);
    return { sql: `(${CANDIDATE}.${quote(BEFORE)}).${quote(field.name)}`, type: typeOf(field) };
  }

  function fieldNamed(of: SObject, name: string, whole: string): Field {
    const field = schema.field(of, name);
    if (field === undefined || ['address', 'location', 'base64'].includes(field.type))
      throw new FormulaError(`Field ${whole} does not exist. Check spelling.`);
    return field;
  }
}

const CONSTANTS: Record<string, Value> = {
  TRUE: { sql: 'true', type: 'boolean' },
  FALSE: { sql: 'false', type: 'boolean' },
  NULL: { sql: 'NULL', type: 'null' },
};
