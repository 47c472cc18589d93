import type { PoolClient } from 'pg';
import { validationRuleBroken } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { columnSql, isStored, quote } from '../storage.ts';
import { candidateRows, patchesOf } from './rows.ts';
import type { Draft } from './types.ts';

interface Rule {
  condition_sql: string;
  message: string;
  error_field: string | null;
}

/** Holds the rows as they would become against the object's active validation rules. */
export async function checkRules(
  client: PoolClient,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
): Promise<void> {
  const { rows: rules } = await client.query<Rule>(
    `SELECT condition_sql, message, error_field FROM org_meta.validation_rule
      WHERE object = $1 AND active ORDER BY id`,
    [object.name],
  );
  if (rules.length === 0 || drafts.length === 0) return;
  const formulas = object.fields
    .filter((field) => !isStored(field))
    .map((field) => `, ${columnSql(object, field)} AS ${quote(field.name)}`);
  const tests = rules.map(({ condition_sql }, i) => `(${i}, (${condition_sql}))`);
  const { rows: broken } = await client.query<{ id: string; rule_number: number }>(
    `SELECT "Id" AS id, rule_number
       FROM (SELECT stored.*${formulas.join('')} FROM (${candidateRows(object, kind)}) stored) candidate
      CROSS JOIN LATERAL (VALUES ${tests.join(', ')}) rule(rule_number, rule_broken)
      WHERE rule_broken ORDER BY rule_number`,
    [patchesOf(drafts)],
  );
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  for (const { id, rule_number } of broken) {
    const { message, error_field } = rules[rule_number]!;
    byId.get(id)?.errors.push(validationRuleBroken(message, error_field));
  }
}
