import type { Field, SObject } from '../schema.ts';

/**
 * An object as an org has kept it, with what an older sandbox did not know yet: keys and fields,
 * values of picklists, objects that a field can refer to. What the org has changed stays changed.
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
  const values = new Set(kept.picklistValues.map(({ value }) => value));
  return {
    ...standard,
    ...kept,
    childRelationshipName: kept.childRelationshipName ?? standard.childRelationshipName,
    referenceTo: [...new Set([...kept.referenceTo, ...standard.referenceTo])],
    picklistValues: [
      ...kept.picklistValues,
      ...standard.picklistValues.filter(({ value }) => !values.has(value)),
    ],
  };
}
