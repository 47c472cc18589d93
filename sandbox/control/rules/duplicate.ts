import type { PoolClient } from 'pg';
import type { SandboxOrg } from '../../sandbox-org.ts';
import type { SObject } from '../../schema.ts';
import type { MatchItem, MatchingRule } from '../../writes/duplicate-rule-data.ts';
import { STANDARD_MESSAGE } from '../../writes/duplicate-rule-data.ts';
import { wrong } from '../read-fault.ts';
import {
  AUDIT,
  AUDIT_VALUES,
  compiled,
  fieldNamed,
  flagOf,
  objectNamed,
  oneOf,
  type RuleKind,
  TOUCH,
  textOf,
} from './kind.ts';

/** What a rule does: `Alert` can be passed by a header, `Block` cannot, `Allow` lets all through. */
const ACTIONS = ['Alert', 'Block', 'Allow'] as const;

/**
 * `name` is the rule's DeveloperName. `matching`: a list of `{"object", "name"?, "any"}`, where `any`
 * is a list of lists of `{"field", "of"?, "method"?: "Exact" | "Fuzzy"}`.
 */
export const duplicate: RuleKind = {
  keys: [
    'object',
    'name',
    'label',
    'active',
    'onInsert',
    'onUpdate',
    'message',
    'formula',
    'matching',
  ],
  async add(org, client, change) {
    const name = textOf(change, 'name');
    if ((await find(client, name)) !== undefined)
      throw wrong(`there is a duplicate rule ${name} already`);
    const object = objectNamed(org, change.object);
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO org."DuplicateRule" ("SobjectType", "DeveloperName", "MasterLabel", "Language", "IsActive", "SobjectSubtype", ${AUDIT})
       SELECT $1, $2, $3, 'en_US', $4, 'None', ${AUDIT_VALUES} FROM org."Organization" RETURNING "Id" AS id`,
      [
        object.name,
        name,
        change.label === undefined ? name.replaceAll('_', ' ') : textOf(change, 'label'),
        flagOf(change, 'active', true),
      ],
    );
    await client.query(
      `INSERT INTO org_meta.duplicate_rule (rule_id, position, on_insert, on_update, alerts_on_insert,
              alerts_on_update, message, formula, condition_sql, matching)
       SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM org_meta.duplicate_rule`,
      [
        rows[0]!.id,
        ...actionsOf(change.onInsert ?? 'Alert', change.onUpdate ?? 'Allow'),
        change.message === undefined ? STANDARD_MESSAGE : textOf(change, 'message'),
        change.formula ?? null,
        change.formula == null ? null : await compiled(org, client, object, change.formula),
        JSON.stringify(matchingOf(org, object, change.matching)),
      ],
    );
  },
  async change(org, client, change) {
    const rule = await find(client, textOf(change, 'name'));
    if (rule === undefined) throw wrong(`there is no duplicate rule ${change.name}`);
    const object = objectNamed(org, rule.object);
    if (change.object !== undefined && objectNamed(org, change.object) !== object)
      throw wrong('the object of a rule stays');
    await client.query(
      `UPDATE org."DuplicateRule" SET "IsActive" = $2, "MasterLabel" = $3, ${TOUCH} WHERE "Id" = $1`,
      [rule.id, flagOf(change, 'active', rule.active), change.label ?? rule.label],
    );
    const formula = change.formula === undefined ? rule.formula : change.formula;
    await client.query(
      `UPDATE org_meta.duplicate_rule SET on_insert = $2, on_update = $3, alerts_on_insert = $4,
              alerts_on_update = $5, message = $6, formula = $7, condition_sql = $8, matching = $9
        WHERE rule_id = $1`,
      [
        rule.id,
        ...actionsOf(change.onInsert ?? rule.onInsert, change.onUpdate ?? rule.onUpdate),
        change.message === undefined ? rule.message : textOf(change, 'message'),
        formula,
        formula === null ? null : await compiled(org, client, object, formula),
        JSON.stringify(
          change.matching === undefined ? rule.matching : matchingOf(org, object, change.matching),
        ),
      ],
    );
  },
  async remove(_org, client, change) {
    const rule = await find(client, textOf(change, 'name'));
    if (rule === undefined) throw wrong(`there is no duplicate rule ${change.name}`);
    await client.query('DELETE FROM org_meta.duplicate_rule WHERE rule_id = $1', [rule.id]);
    await client.query('DELETE FROM org."DuplicateRule" WHERE "Id" = $1', [rule.id]);
  },
  list: (client) => rules(client),
};

interface Rule {
  id: string;
  object: string;
  name: string;
  label: string;
  active: boolean;
  onInsert: (typeof ACTIONS)[number];
  onUpdate: (typeof ACTIONS)[number];
  message: string;
  formula: string | null;
  matching: MatchingRule[];
}

async function rules(client: PoolClient): Promise<Rule[]> {
  const action = (kind: string) =>
    `CASE WHEN on_${kind} = 'Block' THEN 'Block' WHEN alerts_on_${kind} THEN 'Alert' ELSE 'Allow' END`;
  const { rows } = await client.query<Rule>(
    `SELECT rule."Id" AS id, rule."SobjectType" AS object, rule."DeveloperName" AS name,
            rule."MasterLabel" AS label, rule."IsActive" AS active,
            ${action('insert')} AS "onInsert", ${action('update')} AS "onUpdate", message, formula, matching
       FROM org."DuplicateRule" rule JOIN org_meta.duplicate_rule ON rule_id = rule."Id" ORDER BY position`,
  );
  return rows;
}

const find = async (client: PoolClient, name: string) =>
  (await rules(client)).find((rule) => rule.name.toLowerCase() === name.toLowerCase());

function actionsOf(onInsert: unknown, onUpdate: unknown): (string | boolean)[] {
  const insert = oneOf(onInsert, ACTIONS, 'onInsert');
  const update = oneOf(onUpdate, ACTIONS, 'onUpdate');
  const stored = (action: string) => (action === 'Block' ? 'Block' : 'Allow');
  return [stored(insert), stored(update), insert === 'Alert', update === 'Alert'];
}

function matchingOf(org: SandboxOrg, object: SObject, matching: unknown): MatchingRule[] {
  if (!Array.isArray(matching) || matching.length === 0)
    throw wrong('"matching" must be a list of matching rules');
  return matching.map((one) => {
    const { object: name, any, name: ruleName } = Object(one) as Partial<MatchingRule>;
    const other = objectNamed(org, name ?? object.name);
    if (
      !Array.isArray(any) ||
      any.length === 0 ||
      any.some((items) => !Array.isArray(items) || items.length === 0)
    )
      throw wrong('"any" must be a list of lists of fields');
    return {
      name: ruleName ?? `${other.name}_MR`,
      object: other.name,
      any: any.map((items) => items.map((item) => itemOf(org, object, other, item))),
    };
  });
}

function itemOf(org: SandboxOrg, object: SObject, other: SObject, item: unknown): MatchItem {
  const { field, of, method = 'Exact' } = Object(item) as Partial<MatchItem>;
  return {
    field: fieldNamed(org, object, field).name,
    of: fieldNamed(org, other, of ?? field).name,
    method: oneOf(method, ['Exact', 'Fuzzy'], 'method'),
  };
}
