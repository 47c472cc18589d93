import type { PoolClient } from 'pg';
import { STATUS_PICKLISTS } from '../../base-rows.ts';
import { changeField, saveObject } from '../../objects/index.ts';
import type { SandboxOrg } from '../../sandbox-org.ts';
import type { Field, PicklistValue, SObject } from '../../schema.ts';
import { quote, tableSql } from '../../storage.ts';
import { wrong } from '../read-fault.ts';
import {
  AUDIT,
  AUDIT_VALUES,
  fieldNamed,
  objectNamed,
  type RuleChange,
  type RuleKind,
  TOUCH,
  textOf,
} from './kind.ts';

/** What a status row may say besides its name. */
const FACTS = [
  'IsDefault',
  'IsConverted',
  'IsClosed',
  'IsWon',
  'IsActive',
  'IsHighPriority',
  'DefaultProbability',
  'ForecastCategory',
  'ForecastCategoryName',
  'SortOrder',
];

/** A value of a status picklist: its row, and the picklist that shows it. Rows that hold a removed one keep it. */
export const status: RuleKind = {
  keys: ['object', 'name', ...FACTS],
  async add(org, client, change) {
    const { object, field } = placeOf(org, change);
    const name = textOf(change, 'name');
    if (field.picklistValues.some(({ value }) => value === name))
      throw wrong(`${object.name} has a value ${name} already`);
    await addStatus(client, object, name, name);
    await setFacts(org, client, object, name, change);
    await show(org, client, change, [...field.picklistValues, shown(name)]);
  },
  async change(org, client, change) {
    const { object, field } = placeOf(org, change);
    await setFacts(org, client, object, textOf(change, 'name'), change);
    await show(org, client, change, field.picklistValues);
  },
  async remove(org, client, change) {
    const { object, field } = placeOf(org, change);
    const name = textOf(change, 'name');
    const { rowCount } = await client.query(
      `DELETE FROM ${tableSql(object)} WHERE "ApiName" = $1`,
      [name],
    );
    if (rowCount === 0) throw wrong(`${object.name} has no value ${name}`);
    const left = field.picklistValues.filter(({ value }) => value !== name);
    if (left.length === 0) throw wrong(`${object.name} must have a value`);
    await show(org, client, change, left);
  },
  async list(client) {
    const lists = [];
    for (const object of Object.keys(STATUS_PICKLISTS)) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(status) AS row FROM org.${quote(object)} AS status ORDER BY "SortOrder", "Id"`,
      );
      for (const { row } of rows) {
        const facts = FACTS.filter((fact) => fact in row).map((fact) => [fact, row[fact]]);
        lists.push({ object, name: row.ApiName, ...Object.fromEntries(facts) });
      }
    }
    return lists;
  },
};

const shown = (value: string): PicklistValue => ({
  value,
  label: value,
  active: true,
  defaultValue: false,
});

/** The row of a new value of a picklist that has rows, the last of them. */
export async function addStatus(client: PoolClient, object: SObject, name: string, label: string) {
  const flags = object.fields
    .filter(({ type }) => type === 'boolean')
    .map(({ name: flag }) => flag);
  await client.query(
    `INSERT INTO ${tableSql(object)} ("MasterLabel", "ApiName", "SortOrder", ${flags.map(quote).join(', ')}, ${AUDIT})
     SELECT $1, $2, (SELECT coalesce(max("SortOrder"), 0) + 1 FROM ${tableSql(object)}),
            ${flags.map((flag) => String(flag === 'IsActive')).join(', ')}, ${AUDIT_VALUES} FROM org."Organization"`,
    [label, name],
  );
}

/** The object whose rows are the values of a picklist; undefined for other picklists. */
export function statusesOf(org: SandboxOrg, object: SObject, field: Field): SObject | undefined {
  const found = Object.entries(STATUS_PICKLISTS).find(
    ([, picklist]) => picklist?.[0] === object.name && picklist[1] === field.name,
  );
  return found === undefined ? undefined : org.schema.object(found[0]);
}

function placeOf(org: SandboxOrg, change: RuleChange) {
  const picklist = STATUS_PICKLISTS[String(change.object)];
  if (picklist === undefined)
    throw wrong(`"object" must be one of ${Object.keys(STATUS_PICKLISTS).join(', ')}`);
  const owner = objectNamed(org, picklist[0]);
  return {
    object: objectNamed(org, change.object),
    owner,
    field: fieldNamed(org, owner, picklist[1]),
  };
}

async function setFacts(
  org: SandboxOrg,
  client: PoolClient,
  object: SObject,
  name: string,
  change: RuleChange,
): Promise<void> {
  const facts = FACTS.filter((fact) => change[fact] !== undefined);
  for (const fact of facts) {
    const { type } = fieldNamed(org, object, fact);
    const fits =
      { boolean: 'boolean', int: 'number', percent: 'number' }[type as 'int'] ?? 'string';
    if (typeof change[fact] !== fits) throw wrong(`"${fact}" must be a ${fits}`);
  }
  if (change.IsDefault === true)
    await client.query(`UPDATE ${tableSql(object)} SET "IsDefault" = false WHERE "IsDefault"`);
  const set = facts.map((fact, i) => `${quote(fact)} = $${i + 2}`);
  const { rowCount } = await client.query(
    `UPDATE ${tableSql(object)} SET ${[...set, TOUCH].join(', ')} WHERE "ApiName" = $1`,
    [name, ...facts.map((fact) => change[fact])],
  );
  if (rowCount === 0) throw wrong(`${object.name} has no value ${name}`);
}

/** Gives the picklist these values, in the order of their rows and with their default. */
async function show(
  org: SandboxOrg,
  client: PoolClient,
  change: RuleChange,
  values: PicklistValue[],
): Promise<void> {
  const { object, owner, field } = placeOf(org, change);
  const { rows } = await client.query<{ name: string; isDefault: boolean }>(
    `SELECT "ApiName" AS name, coalesce((to_jsonb(status) ->> 'IsDefault')::boolean, false) AS "isDefault"
       FROM ${tableSql(object)} AS status ORDER BY "SortOrder", "Id"`,
  );
  const place = (value: string) => rows.findIndex(({ name }) => name === value);
  const picklistValues = values
    .map((one) => ({ ...one, defaultValue: rows[place(one.value)]?.isDefault ?? false }))
    .sort((one, other) => place(one.value) - place(other.value));
  const changed = {
    ...owner,
    fields: owner.fields.map((one) =>
      one === field ? changeField(field, { picklistValues, defaultValue: null }) : one,
    ),
  };
  await saveObject(client as never, changed);
  org.schema.put(changed);
}
