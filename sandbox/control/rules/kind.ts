import type { PoolClient } from 'pg';
import { compileFormula } from '../../formula/compile.ts';
import { FormulaError } from '../../formula/error.ts';
import type { SandboxOrg } from '../../sandbox-org.ts';
import type { Field, SObject } from '../../schema.ts';
import { inTransaction } from '../../transaction.ts';
import { testSql } from '../../writes/candidates.ts';
import { wrong } from '../read-fault.ts';

export type RuleChange = Record<string, unknown> & { kind: string; op: string };

type Step = (org: SandboxOrg, client: PoolClient, change: RuleChange) => Promise<void>;

export interface RuleKind {
  /** What a change of this kind may say. */
  keys: string[];
  add: Step;
  change: Step;
  remove: Step;
  list(client: PoolClient): Promise<unknown[]>;
}

export function objectNamed(org: SandboxOrg, name: unknown): SObject {
  const object = org.schema.object(String(name));
  if (object === undefined) throw wrong(`there is no object ${name}`);
  return object;
}

export function fieldNamed(org: SandboxOrg, object: SObject, name: unknown): Field {
  const field = org.schema.field(object, String(name));
  if (field === undefined) throw wrong(`${object.name} has no field ${name}`);
  return field;
}

export function textOf(change: RuleChange, key: string): string {
  const value = change[key];
  if (typeof value !== 'string' || value.trim() === '') throw wrong(`"${key}" must be a text`);
  return value;
}

export function flagOf(change: RuleChange, key: string, otherwise: boolean): boolean {
  const value = change[key] ?? otherwise;
  if (typeof value !== 'boolean') throw wrong(`"${key}" must be true or false`);
  return value;
}

export function oneOf<T extends string>(value: unknown, choices: readonly T[], key: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(`"${key}" must be one of ${choices.join(', ')}`);
  return found;
}

/** A formula as SQL that has been run once, on an empty row; what is wrong with it is the answer. */
export async function compiled(
  org: SandboxOrg,
  client: PoolClient,
  object: SObject,
  formula: unknown,
): Promise<string> {
  if (typeof formula !== 'string') throw wrong('"formula" must be a text');
  try {
    const condition = compileFormula(org.schema, object, formula);
    await tryOut(client, object, condition);
    return condition;
  } catch (error) {
    if (error instanceof FormulaError) throw wrong(error.message);
    throw error;
  }
}

export async function tryOut(client: PoolClient, object: SObject, condition: string) {
  try {
    await inTransaction(client, (nested) =>
      nested.query(testSql(object, 'insert', [{ condition_sql: condition }]), ['[{}]']),
    );
  } catch (error) {
    throw wrong(`the condition cannot be evaluated: ${(error as Error).message}`);
  }
}

export const AUDIT =
  '"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"';
/** Values of AUDIT in a SELECT from org."Organization". */
export const AUDIT_VALUES = `date_trunc('second', now()), "CreatedById", date_trunc('second', now()), "CreatedById", date_trunc('second', now())`;
/** SET of a row that an administrator changes. */
export const TOUCH = `"LastModifiedDate" = date_trunc('second', now()), "SystemModstamp" = date_trunc('second', now())`;
