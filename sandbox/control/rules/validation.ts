import type { PoolClient } from 'pg';
import type { SandboxOrg } from '../../sandbox-org.ts';
import { wrong } from '../read-fault.ts';
import {
  compiled,
  fieldNamed,
  flagOf,
  objectNamed,
  type RuleChange,
  type RuleKind,
  textOf,
  tryOut,
} from './kind.ts';

/** `condition` is SQL over the row's quoted columns, in place of a formula. */
export const validation: RuleKind = {
  keys: ['object', 'name', 'formula', 'condition', 'message', 'field', 'active'],
  async add(org, client, change) {
    const object = objectNamed(org, change.object);
    const { formula, condition } = await conditionOf(org, client, change);
    const { rowCount } = await client.query(
      `INSERT INTO org_meta.validation_rule (object, name, formula, condition_sql, message, error_field, active)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (object, name) DO NOTHING`,
      [
        object.name,
        textOf(change, 'name'),
        formula,
        condition,
        textOf(change, 'message'),
        fieldOf(org, change),
        flagOf(change, 'active', true),
      ],
    );
    if (rowCount === 0) throw wrong(`${object.name} has a rule ${change.name} already`);
  },
  async change(org, client, change) {
    const object = objectNamed(org, change.object);
    const { rows } = await client.query(
      'SELECT * FROM org_meta.validation_rule WHERE object = $1 AND name = $2',
      [object.name, textOf(change, 'name')],
    );
    const rule = rows[0];
    if (rule === undefined) throw wrong(`${object.name} has no rule ${change.name}`);
    const { formula, condition } =
      change.formula === undefined && change.condition === undefined
        ? { formula: rule.formula, condition: rule.condition_sql }
        : await conditionOf(org, client, change);
    await client.query(
      `UPDATE org_meta.validation_rule
          SET formula = $2, condition_sql = $3, message = $4, error_field = $5, active = $6 WHERE id = $1`,
      [
        rule.id,
        formula,
        condition,
        change.message === undefined ? rule.message : textOf(change, 'message'),
        change.field === undefined ? rule.error_field : fieldOf(org, change),
        flagOf(change, 'active', rule.active),
      ],
    );
  },
  async remove(org, client, change) {
    const object = objectNamed(org, change.object);
    const { rowCount } = await client.query(
      'DELETE FROM org_meta.validation_rule WHERE object = $1 AND name = $2',
      [object.name, textOf(change, 'name')],
    );
    if (rowCount === 0) throw wrong(`${object.name} has no rule ${change.name}`);
  },
  async list(client) {
    const { rows } = await client.query(
      `SELECT object, name, formula, CASE WHEN formula IS NULL THEN condition_sql END AS condition,
              message, error_field AS field, active
         FROM org_meta.validation_rule ORDER BY object, id`,
    );
    return rows;
  },
};

async function conditionOf(org: SandboxOrg, client: PoolClient, change: RuleChange) {
  const object = objectNamed(org, change.object);
  if (change.formula !== undefined)
    return {
      formula: textOf(change, 'formula'),
      condition: await compiled(org, client, object, change.formula),
    };
  const condition = textOf(change, 'condition');
  await tryOut(client, object, condition);
  return { formula: null, condition };
}

function fieldOf(org: SandboxOrg, change: RuleChange): string | null {
  const { field = null } = change;
  return field === null ? null : fieldNamed(org, objectNamed(org, change.object), field).name;
}
