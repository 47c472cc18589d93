import type { PoolClient } from 'pg';
import { currencyField } from '../multi-currency.ts';
import { changeField, type FieldSpec, makeField, saveObject } from '../objects/index.ts';
import { changedNow, type SandboxOrg } from '../sandbox-org.ts';
import type { Field, SObject } from '../schema.ts';
import {
  addColumn,
  createObjectIndexes,
  createTable,
  dropColumn,
  renameColumn,
  retypeColumn,
} from '../storage.ts';
import { refreshDefinitions } from '../tooling/definitions.ts';
import { inTransaction } from '../transaction.ts';
import {
  forgetField,
  grantNewFields,
  grantNobody,
  grantObject,
  renameField as renamePermissions,
  setVisibility as showOrHide,
} from '../upgrade-permissions.ts';
import { changedField } from './change-field.ts';
import { customObject } from './custom-object.ts';
import { wrong } from './read-fault.ts';
import { dropFromRules, refuseBrokenRules, renameInRules } from './rules/follow-schema.ts';
import { addStatus, statusesOf } from './rules/status.ts';

/** The body of `POST /control/schema`: an operation, what it is about, and for fields their describe keys. */
export interface SchemaChange extends Partial<Omit<FieldSpec, 'name'>> {
  op: string;
  /** API name, as all names here. */
  object: string;
  field?: string;
  /** add-object. */
  labelPlural?: string;
  /** rename-field: the new name. */
  to?: string;
  /** add-picklist-value. */
  value?: string;
  /** hide-field and show-field: a profile's name; absent: every profile but System Administrator. */
  profile?: string;
  /** add-object: its own fields. */
  fields?: FieldSpec[];
  /** add-object, add-field: false where nobody is to see it before it is granted. */
  visible?: boolean;
}

interface Step {
  org: SandboxOrg;
  client: PoolClient;
  change: SchemaChange;
}

/** Each operation changes the storage and returns the object as it is now. */
const OPERATIONS: Record<string, (step: Step) => Promise<SObject>> = {
  'add-object': addObject,
  'add-field': addField,
  'drop-field': dropField,
  'rename-field': renameField,
  'retype-field': retypeField,
  'hide-field': (step) => setVisibility(step, false),
  'show-field': (step) => setVisibility(step, true),
  'add-picklist-value': addPicklistValue,
  'change-field': changeFlags,
};

/** Changes the org's schema, its storage and what is kept of both across restarts; all of it or nothing. */
export async function changeSchema(org: SandboxOrg, change: SchemaChange): Promise<void> {
  const operation = Object.hasOwn(OPERATIONS, change?.op) ? OPERATIONS[change.op] : undefined;
  if (operation === undefined)
    throw wrong(`"op" must be one of ${Object.keys(OPERATIONS).join(', ')}`);
  if (typeof change.object !== 'string') throw wrong('"object" must be an API name');
  const object = await inTransaction(org.pool, async (client) => {
    const changed = await operation({ org, client, change });
    await refuseBrokenRules(org, client, changed);
    await saveObject(client as never, changed);
    return changed;
  });
  org.schema.put(object);
  await org.permissions.reload();
  await refreshDefinitions(org.pool, org.schema, org.settings);
  changedNow(org);
}

async function addObject({ org, client, change }: Step): Promise<SObject> {
  if (!/^\w+__c$/.test(change.object)) throw wrong('the name of a new object must end in __c');
  if (org.schema.object(change.object) !== undefined)
    throw wrong(`${change.object} exists already`);
  const made = customObject(org.schema, change.object, change.label, change.fields ?? []);
  const { multiCurrency, corporateCurrency } = org.settings;
  const object = {
    ...made,
    labelPlural: change.labelPlural ?? made.labelPlural,
    fields: multiCurrency ? [...made.fields, currencyField(corporateCurrency)] : made.fields,
  };
  await createTable(client, object);
  await createObjectIndexes(client, org.schema, object);
  if (change.visible === false) await grantNobody(client, object.name, '');
  await grantObject(client, object);
  await grantNewFields(client, object);
  return object;
}

async function addField({ org, client, change }: Step): Promise<SObject> {
  const object = objectOf(org, change);
  const name = nameOf(change);
  if (!/^\w+__c$/.test(name)) throw wrong('the name of a new field must end in __c');
  if (org.schema.field(object, name) !== undefined)
    throw wrong(`${object.name}.${name} exists already`);
  if (change.type === undefined) throw wrong('"type" must be a field type, as describe names them');
  const field = makeField({ ...factsOf(change), name, type: change.type });
  await addColumn(client, org.schema, object, field);
  const changed = { ...object, fields: [...object.fields, field] };
  if (change.visible === false) await grantNobody(client, object.name, field.name);
  await grantNewFields(client, changed);
  return changed;
}

async function dropField({ org, client, change }: Step): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  if (!field.custom) throw wrong(`${field.name} is a standard field, which cannot be dropped`);
  await dropColumn(client, object, field);
  await forgetField(client, object.name, field.name);
  await dropFromRules(client, object, field.name);
  return { ...object, fields: object.fields.filter((one) => one !== field) };
}

async function renameField({ org, client, change }: Step): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  const { to } = change;
  if (!field.custom || to === undefined || !/^\w+__c$/.test(to))
    throw wrong('"to" must be a new name that ends in __c, and the field a custom one');
  if (org.schema.field(object, to) !== undefined)
    throw wrong(`${object.name}.${to} exists already`);
  await renameColumn(client, object, field, to);
  await renamePermissions(client, object.name, field.name, to);
  await renameInRules(client, object, field.name, to);
  return replaceField(object, field, { ...field, name: to });
}

async function retypeField({ org, client, change }: Step): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  if (change.type === undefined) throw wrong('"type" must be a field type, as describe names them');
  const { name, label, custom } = field;
  const changed = makeField({ label, custom, ...factsOf(change), name, type: change.type });
  await retypeColumn(client, org.schema, object, field, changed);
  const result = replaceField(object, field, changed);
  await grantNewFields(client, result);
  return result;
}

async function setVisibility({ org, client, change }: Step, visible: boolean): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  const { rows } = await client.query<{ Id: string }>(
    `SELECT "Id" FROM org."Profile"
     WHERE CASE WHEN $1::text IS NULL THEN "Name" <> 'System Administrator' ELSE "Name" = $1 END`,
    [change.profile ?? null],
  );
  if (rows.length === 0) throw wrong(`there is no profile "${change.profile}"`);
  const profileIds = rows.map(({ Id }) => Id);
  await showOrHide(client, object, field, profileIds, visible);
  return object;
}

async function addPicklistValue({ org, client, change }: Step): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  const { value } = change;
  if (!['picklist', 'multipicklist', 'combobox'].includes(field.type))
    throw wrong(`${field.name} is of type ${field.type}, which has no picklist`);
  if (value === undefined || field.picklistValues.some((known) => known.value === value))
    throw wrong('"value" must be a text that the picklist does not have yet');
  const statuses = statusesOf(org, object, field);
  if (statuses !== undefined) await addStatus(client, statuses, value, change.label ?? value);
  const added = { value, label: change.label ?? value, active: true, defaultValue: false };
  const picklistValues = [...field.picklistValues, added];
  return replaceField(object, field, changeField(field, { picklistValues }));
}

async function changeFlags({ org, client, change }: Step): Promise<SObject> {
  const { object, field } = fieldOf(org, change);
  const changed = await changedField(client, org.schema, object, field, factsOf(change));
  return replaceField(object, field, changed);
}

function replaceField(object: SObject, from: Field, to: Field): SObject {
  return { ...object, fields: object.fields.map((field) => (field === from ? to : field)) };
}

function objectOf(org: SandboxOrg, change: SchemaChange): SObject {
  const object = org.schema.object(change.object);
  if (object === undefined) throw wrong(`there is no object ${change.object}`);
  return object;
}

function fieldOf(org: SandboxOrg, change: SchemaChange): { object: SObject; field: Field } {
  const object = objectOf(org, change);
  const field = org.schema.field(object, nameOf(change));
  if (field === undefined) throw wrong(`${object.name} has no field ${change.field}`);
  return { object, field };
}

function nameOf({ field }: SchemaChange): string {
  if (typeof field !== 'string') throw wrong('"field" must be an API name');
  return field;
}

/** What the change says about a field: its keys less those of the operation. */
function factsOf(change: SchemaChange): Partial<FieldSpec> {
  const {
    op: _,
    object: __,
    field: ___,
    to: _4,
    value: _5,
    profile: _6,
    fields: _7,
    visible: _8,
    labelPlural: _9,
    ...facts
  } = change;
  return facts;
}
