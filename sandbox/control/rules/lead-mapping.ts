import type { SandboxOrg } from '../../sandbox-org.ts';
import type { Field } from '../../schema.ts';
import { columnType } from '../../storage.ts';
import { wrong } from '../read-fault.ts';
import { fieldNamed, objectNamed, oneOf, type RuleChange, type RuleKind } from './kind.ts';

const TARGETS = ['Account', 'Contact', 'Opportunity'] as const;

/** Where a lead's custom field goes at conversion; a field of a target takes one. */
export const leadMapping: RuleKind = {
  keys: ['leadField', 'target', 'targetField'],
  async add(org, client, change) {
    const { rowCount } = await client.query(
      `INSERT INTO org_meta.lead_mapping (target, lead_field, target_field) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING`,
      read(org, change),
    );
    if (rowCount === 0) throw wrong(`${change.target}.${change.targetField} has a mapping already`);
  },
  async change(org, client, change) {
    const { rowCount } = await client.query(
      'UPDATE org_meta.lead_mapping SET lead_field = $2 WHERE target = $1 AND target_field = $3',
      read(org, change),
    );
    if (rowCount === 0) throw wrong(`${change.target}.${change.targetField} has no mapping`);
  },
  async remove(_org, client, { target, targetField }) {
    const { rowCount } = await client.query(
      'DELETE FROM org_meta.lead_mapping WHERE target = $1 AND lower(target_field) = lower($2)',
      [String(target), String(targetField)],
    );
    if (rowCount === 0) throw wrong(`${target}.${targetField} has no mapping`);
  },
  async list(client) {
    const { rows } = await client.query(
      `SELECT lead_field AS "leadField", target, target_field AS "targetField"
         FROM org_meta.lead_mapping ORDER BY target, target_field`,
    );
    return rows;
  },
};

function read(org: SandboxOrg, change: RuleChange): string[] {
  const target = oneOf(change.target, TARGETS, 'target');
  const from = fieldNamed(org, objectNamed(org, 'Lead'), change.leadField);
  const to = fieldNamed(org, objectNamed(org, target), change.targetField);
  if (!from.custom || !to.custom) throw wrong('only custom fields can be mapped');
  if (!fits(from, to))
    throw wrong(`a ${from.type} of ${from.length} characters does not fit into ${to.name}`);
  return [target, from.name, to.name];
}

const fits = (from: Field, to: Field) =>
  from.formula === null &&
  to.formula === null &&
  columnType(from) === columnType(to) &&
  (to.length === 0 || from.length <= to.length);
