import type { PoolClient } from 'pg';
import { changeField, type FieldSpec } from '../objects/index.ts';
import type { Field, Schema, SObject } from '../schema.ts';
import { rebuildFieldIndex } from '../storage.ts';
import { wrong } from './read-fault.ts';

/** What an administrator can change of a field, standard or custom, by describe's keys. */
const CHANGEABLE = [
  'label',
  'length',
  'precision',
  'scale',
  'nillable',
  'unique',
  'externalId',
  'idLookup',
  'caseSensitive',
  'restrictedPicklist',
  'picklist',
  'picklistValues',
  'defaultValue',
  'createable',
  'updateable',
  'onDelete',
];

/** The field with other flags, and its index made for them. Values it holds already stay, fitting or not. */
export async function changedField(
  client: PoolClient,
  schema: Schema,
  object: SObject,
  field: Field,
  facts: Partial<FieldSpec>,
): Promise<Field> {
  const odd = Object.keys(facts).find((key) => !CHANGEABLE.includes(key));
  if (odd !== undefined)
    throw wrong(`"${odd}" of a field cannot be changed; what can: ${CHANGEABLE.join(', ')}`);
  const becomesKey = facts.externalId === true ? { idLookup: true } : {};
  const changed = changeField(field, { ...becomesKey, ...facts });
  try {
    await rebuildFieldIndex(client, schema, object, changed);
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw wrong(`${field.name} holds a value more than once, so it cannot be made unique`);
  }
  return changed;
}
