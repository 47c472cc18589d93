import type { PoolClient } from 'pg';
import { SalesforceError } from '../errors.ts';
import { BEFORE, CALLER_SETTING, CANDIDATE } from '../formula/compile.ts';
import type { SObject } from '../schema.ts';
import { columnSql, isStored, quote, tableSql } from '../storage.ts';
import { inTransaction } from '../transaction.ts';
import { candidateRows, patchesOf } from './rows.ts';
import type { Draft, WriteContext } from './types.ts';

/** A condition over a row `candidate`, as compileFormula makes it or an administrator wrote it. */
export interface Condition {
  condition_sql: string;
}

/**
 * Which conditions are true of which rows, as the rows are to become: pairs of a draft's id and a
 * condition's place in the list, in the order of the list. Throws
 * FIELD_CUSTOM_VALIDATION_EXCEPTION when a condition fails on a row, as a division by zero does.
 */
export async function trueConditions(
  client: PoolClient,
  { session }: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
  conditions: Condition[],
): Promise<{ id: string; place: number }[]> {
  if (conditions.length === 0 || drafts.length === 0) return [];
  if (conditions.some(({ condition_sql }) => condition_sql.includes(CALLER_SETTING)))
    await client.query('SELECT set_config($1, $2, true)', [CALLER_SETTING, session.userId]);
  try {
    return await inTransaction(client, async (nested) => {
      const { rows } = await nested.query<{ id: string; place: number }>(
        testSql(object, kind, conditions),
        [patchesOf(drafts)],
      );
      return rows;
    });
  } catch (error) {
    if (isOfCondition(error)) throw conditionFailed(object.name, (error as Error).message);
    throw error;
  }
}

/** Data exceptions, and names that a later change of the schema has taken away. */
const isOfCondition = (error: unknown) => /^(22|42)/.test((error as { code?: string }).code ?? '');

const conditionFailed = (object: string, reason: string) =>
  new SalesforceError(
    400,
    'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    `A rule of ${object} cannot be evaluated: ${reason}`,
    [],
  );

/** The statement of trueConditions; $1 is patchesOf the drafts. */
export function testSql(
  object: SObject,
  kind: 'insert' | 'update',
  conditions: Condition[],
): string {
  const formulas = object.fields
    .filter((field) => !isStored(field))
    .map((field) => `, ${columnSql(object, field)} AS ${quote(field.name)}`);
  const table = tableSql(object);
  const before =
    kind === 'insert'
      ? `NULL::${table}`
      : `(SELECT old FROM ${table} AS old WHERE old."Id" = stored."Id")`;
  const tests = conditions.map(({ condition_sql }, i) => `(${i}, (${condition_sql}))`);
  return `SELECT "Id" AS id, place
       FROM (SELECT stored.*${formulas.join('')}, ${before} AS ${quote(BEFORE)}
               FROM (${candidateRows(object, kind)}) stored) ${CANDIDATE}
      CROSS JOIN LATERAL (VALUES ${tests.join(', ')}) AS test(place, holds)
      WHERE holds ORDER BY place`;
}
