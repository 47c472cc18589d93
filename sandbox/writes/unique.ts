import type { PoolClient } from 'pg';
import { duplicateValue } from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { isStored } from '../storage.ts';
import { keyOf } from './fields.ts';
import { idsByKey } from './references.ts';
import type { Draft } from './types.ts';

/**
 * Refuses values of unique fields that another live row, or an earlier draft, holds. Drafts have
 * their ids. Returns the fields whose values were taken.
 */
export async function checkUnique(
  client: PoolClient,
  object: SObject,
  drafts: Draft[],
): Promise<Set<Field>> {
  const takenFields = new Set<Field>();
  for (const field of object.fields.filter((one) => one.unique && isStored(one))) {
    const holders = drafts.filter(
      (draft) => draft.errors.length === 0 && (draft.values.get(field.name) ?? null) !== null,
    );
    if (holders.length === 0) continue;
    const values = holders.map((draft) => draft.values.get(field.name)!);
    const stored = await idsByKey(client, object, field, values);
    const taken = new Map<string, string>();
    for (const [i, draft] of holders.entries()) {
      const key = keyOf(field, values[i]!);
      const other = stored.get(key)?.find((id) => id !== draft.id) ?? taken.get(key);
      if (other === undefined) {
        taken.set(key, draft.id!);
        continue;
      }
      draft.errors.push(duplicateValue(field.name, other));
      takenFields.add(field);
    }
  }
  return takenFields;
}

/** Writers that insert in this order do not wait for each other's unique values in a circle. */
export function inOrderOfValues(object: SObject, drafts: Draft[]): Draft[] {
  const fields = object.fields.filter((one) => one.unique && isStored(one));
  const orderOf = (draft: Draft) =>
    fields.map((field) => keyOf(field, draft.values.get(field.name) ?? '')).join('\n');
  return drafts
    .map((draft) => ({ draft, order: orderOf(draft) }))
    .sort((one, other) => (one.order < other.order ? -1 : one.order > other.order ? 1 : 0))
    .map(({ draft }) => draft);
}
