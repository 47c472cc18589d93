import type { FieldMapping } from './field-map.ts';
import { isPushed } from './field-map.ts';
import type { DefaultName, ObjectSpec } from './objects.ts';
import { toSalesforce, type Value } from './value.ts';

/**
 * The fields of a record that is created from a marketing row (`values` by column). Empty values are left
 * to Salesforce's own defaults, but for the fields it insists on: these take config's default (rule C6).
 */
export function creationFields(
  spec: ObjectSpec,
  mappings: readonly FieldMapping[],
  values: Readonly<Record<string, Value>>,
  defaults: Readonly<Record<DefaultName, string>>,
): Record<string, string | number | boolean> {
  const record: Record<string, string | number | boolean> = {};
  for (const mapping of mappings) {
    if (mapping.object !== spec.name || !mapping.createable || !isPushed(mapping)) continue;
    const required = spec.required[mapping.field];
    const value = values[mapping.column] ?? (required ? defaults[required] : null);
    if (value === null) continue;
    const sent = toSalesforce(mapping.type, value);
    if (sent !== null) record[mapping.field] = sent;
  }
  return record;
}

/** Config's `createInSalesforce` as a condition over people: SQL, null for everyone, false for nobody (C5). */
export function creationCondition(
  setting: 'asked' | 'always' | { when: string },
): string | null | false {
  if (typeof setting === 'object') return setting.when;
  return setting === 'always' ? null : false;
}
