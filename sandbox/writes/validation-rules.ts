import type { PoolClient } from 'pg';
import { validationRuleBroken } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { refusing } from './batch.ts';
import { trueConditions } from './candidates.ts';
import type { Draft, WriteContext } from './types.ts';

interface Rule {
  condition_sql: string;
  message: string;
  error_field: string | null;
}

/** Holds the rows as they would become against the object's active validation rules. */
export async function checkRules(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
): Promise<void> {
  const { rows: rules } = await client.query<Rule>(
    `SELECT condition_sql, message, error_field FROM org_meta.validation_rule
      WHERE object = $1 AND active ORDER BY id`,
    [object.name],
  );
  const broken = await refusing(drafts, () =>
    trueConditions(client, context, object, drafts, kind, rules),
  );
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  for (const { id, place } of broken ?? []) {
    const { message, error_field } = rules[place]!;
    byId.get(id)?.errors.push(validationRuleBroken(message, error_field));
  }
}
