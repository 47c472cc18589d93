import type { Field, PicklistValue, SObject } from '../schema.ts';

/**
 * An object as an org has kept it, with what an older sandbox did not know yet: keys and fields, and
 * objects that a field can refer to or name. What the org has changed stays changed.
 */
export function asKept(standard: SObject | undefined, kept: SObject): SObject {
  if (standard === undefined) return kept;
  const known = new Map(standard.fields.map((field) => [field.name, field]));
  const names = new Set(kept.fields.map(({ name }) => name));
  return {
    ...standard,
    ...kept,
    fields: [
      ...kept.fields.map((field) => completed(known.get(field.name), field)),
      ...standard.fields.filter(({ name }) => !names.has(name)),
    ],
  };
}

function completed(standard: Field | undefined, kept: Field): Field {
  // An org may have given a field another type, and then its own facts are the whole of it.
  if (standard === undefined || standard.type !== kept.type) return kept;
  return {
    ...standard,
    ...kept,
    childRelationshipName: kept.childRelationshipName ?? standard.childRelationshipName,
    referenceTo: [...new Set([...kept.referenceTo, ...standard.referenceTo])],
    picklistValues: kept.name === LIST_OF_OBJECTS ? allValues(kept, standard) : kept.picklistValues,
  };
}

/** Its values are no choice of the org's. */
const LIST_OF_OBJECTS = 'SobjectType';

function allValues(kept: Field, standard: Field): PicklistValue[] {
  const known = new Set(kept.picklistValues.map(({ value }) => value));
  const added = standard.picklistValues.filter(({ value }) => !known.has(value));
  return [...kept.picklistValues, ...added];
}
