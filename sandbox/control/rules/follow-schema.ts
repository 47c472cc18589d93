import type { PoolClient } from 'pg';
import type { SandboxOrg } from '../../sandbox-org.ts';
import type { SObject } from '../../schema.ts';
import { wrong } from '../read-fault.ts';
import { tryOut } from './kind.ts';

/** Where conditions are kept: the table, what names a rule in it, and the SQL of its object. */
const CONDITIONS = [
  {
    table: 'org_meta.validation_rule',
    name: `'validation rule ' || name`,
    object: 'object',
  },
  {
    table: 'org_meta.assignment_entry',
    name: `'assignment rule ' || (SELECT "Name" FROM org."AssignmentRule" WHERE "Id" = rule_id)`,
    object: '(SELECT "SobjectType" FROM org."AssignmentRule" WHERE "Id" = rule_id)',
  },
  {
    table: 'org_meta.duplicate_rule',
    name: `'duplicate rule ' || (SELECT "DeveloperName" FROM org."DuplicateRule" WHERE "Id" = rule_id)`,
    object: '(SELECT "SobjectType" FROM org."DuplicateRule" WHERE "Id" = rule_id)',
  },
];

/** Gives a field its new name in the rules of its object. */
export async function renameInRules(
  client: PoolClient,
  object: SObject,
  from: string,
  to: string,
): Promise<void> {
  for (const { table, object: of } of CONDITIONS)
    await client.query(
      `UPDATE ${table} SET condition_sql = replace(condition_sql, $2, $3),
              formula = regexp_replace(formula, '\\m' || $4 || '\\M', $5, 'g') WHERE ${of} = $1`,
      [object.name, `"${from}"`, `"${to}"`, from, to],
    );
  await client.query(
    `UPDATE org_meta.lead_mapping SET
       lead_field = CASE WHEN $1 = 'Lead' AND lead_field = $2 THEN $3 ELSE lead_field END,
       target_field = CASE WHEN $1 = target AND target_field = $2 THEN $3 ELSE target_field END`,
    [object.name, from, to],
  );
  await client.query(
    `UPDATE org_meta.duplicate_rule SET matching = replace(matching::text, to_jsonb($1::text)::text, to_jsonb($2::text)::text)::jsonb`,
    [from, to],
  );
  await client.query(
    'UPDATE org_meta.validation_rule SET error_field = $3 WHERE object = $1 AND error_field = $2',
    [object.name, from, to],
  );
}

/** Forgets where a field that is dropped was mapped from or to. */
export async function dropFromRules(client: PoolClient, object: SObject, field: string) {
  await client.query(
    `DELETE FROM org_meta.lead_mapping
      WHERE ($1 = 'Lead' AND lead_field = $2) OR (target = $1 AND target_field = $2)`,
    [object.name, field],
  );
}

/** Refuses a change of an object after which a rule could not be evaluated any more. */
export async function refuseBrokenRules(
  org: SandboxOrg,
  client: PoolClient,
  changed: SObject,
): Promise<void> {
  for (const { table, name, object: of } of CONDITIONS) {
    const { rows } = await client.query<{ name: string; object: string; condition: string }>(
      `SELECT ${name} AS name, ${of} AS object, condition_sql AS condition FROM ${table}
        WHERE condition_sql IS NOT NULL`,
    );
    for (const rule of rows) {
      const object = rule.object === changed.name ? changed : org.schema.object(rule.object);
      if (object === undefined) continue;
      try {
        await tryOut(client, object, rule.condition);
      } catch (error) {
        throw wrong(
          `the ${rule.name} of ${object.name} needs it as it is: ${(error as Error).message}`,
        );
      }
    }
  }
}
