import { changeSchema } from '../control/schema-changes.ts';
import { notFound } from '../errors.ts';
import { compileFormula } from '../formula/compile.ts';
import { FormulaError } from '../formula/error.ts';
import type { FieldSpec } from '../objects/index.ts';
import { sourceOf } from '../permission-sources.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { Field, SObject } from '../schema.ts';
import { duplicateField, fullNameRequired, integrity, noSuchTable } from './failures.ts';
import { fieldFacts, type Metadata } from './metadata.ts';

/** Fields of tasks and events are made on Activity, and then both have them. */
const ACTIVITY = ['Task', 'Event'];

/** Makes a field that nobody sees until it is granted. Returns the name that its row is found by. */
export async function createField(
  org: SandboxOrg,
  fullName: unknown,
  metadata: Metadata,
): Promise<string> {
  if (typeof fullName !== 'string' || fullName === '') throw fullNameRequired();
  const [table = '', name = '', ...rest] = fullName.split('.');
  if (rest.length > 0 || !/^[A-Za-z](?!\w*__\w*__c$)\w*(?<!_)__c$/.test(name))
    throw integrity(
      `The custom field name you provided ${fullName} on object ${table} can only contain alphanumeric characters, must begin with a letter, cannot end with an underscore or contain two consecutive underscore characters, and must be unique across all ${table} fields`,
      ['FullName'],
    );
  if (name.length > 43) throw integrity('Field name is too long', ['FullName']);
  const objects = tablesNamed(org, table);
  for (const object of objects)
    if (org.schema.field(object, name) !== undefined)
      throw duplicateField(name.replace(/__c$/, ''), table);
  for (const object of objects) {
    const facts = factsOn(org, object, metadata);
    await changeSchema(org, {
      ...facts,
      op: 'add-field',
      object: object.name,
      field: name,
      visible: false,
    });
  }
  return `${objects[0]!.name}.${name}`;
}

function tablesNamed(org: SandboxOrg, name: string): SObject[] {
  if (name.toLowerCase() === 'activity')
    return ACTIVITY.flatMap((one) => org.schema.object(one) ?? []);
  const object = ACTIVITY.some((one) => one.toLowerCase() === name.toLowerCase())
    ? undefined
    : org.schema.object(name);
  // Objects of the setup have no custom fields, users apart.
  if (object === undefined || (sourceOf(object).kind === 'system' && object.name !== 'User'))
    throw noSuchTable(name);
  return [object];
}

function factsOn(
  org: SandboxOrg,
  object: SObject,
  metadata: Metadata,
): Partial<FieldSpec> & { type: FieldSpec['type'] } {
  const { formula } = metadata;
  const facts = fieldFacts(
    formula ? { ...metadata, defaultValue: metadata.defaultValue ?? 'false' } : metadata,
  );
  if (metadata.type === 'MasterDetail' && !object.custom)
    throw integrity('Cannot add a master-detail relationship to a standard object');
  const [target] = facts.referenceTo ?? [];
  if (target !== undefined) {
    const found = org.schema.object(target);
    if (found === undefined)
      throw integrity(`referenceTo value of '${target}' does not resolve to a valid sObject type`);
    facts.referenceTo = [found.name];
  }
  if (formula === undefined || formula === null || formula === '') return facts;
  if (facts.type !== 'boolean')
    throw integrity('This org makes formula fields of type Checkbox alone');
  return {
    ...facts,
    formula: rowFormula(org, object, String(formula)),
    createable: false,
    updateable: false,
  };
}

function rowFormula(org: SandboxOrg, object: SObject, formula: string): string {
  try {
    const sql = compileFormula(org.schema, object, formula).replaceAll('"candidate".', '');
    if (/candidate|\$before|current_setting/.test(sql))
      throw integrity('This org makes formula fields of the fields of their own object alone');
    return sql;
  } catch (error) {
    if (error instanceof FormulaError) throw integrity(`Error: ${error.message}`, ['Formula']);
    throw error;
  }
}

/** Gives a field what the metadata says, all of it. */
export async function updateField(org: SandboxOrg, id: string, metadata: Metadata): Promise<void> {
  const { object, field } = await fieldById(org, id);
  const facts = factsOn(org, object, metadata);
  await changeSchema(org, { ...facts, op: 'retype-field', object: object.name, field: field.name });
}

export async function deleteField(org: SandboxOrg, id: string): Promise<void> {
  const { object, field } = await fieldById(org, id);
  await changeSchema(org, { op: 'drop-field', object: object.name, field: field.name });
}

async function fieldById(org: SandboxOrg, id: string): Promise<{ object: SObject; field: Field }> {
  const { rows } = await org.pool.query<{ FullName: string }>(
    'SELECT "FullName" FROM org."CustomField" WHERE left("Id", 15) = left($1, 15)',
    [id],
  );
  const [table = '', name = ''] = (rows[0]?.FullName ?? '').split('.');
  const object = org.schema.object(table);
  const field = object && org.schema.field(object, name);
  if (object === undefined || field === undefined) throw notFound();
  return { object, field };
}
