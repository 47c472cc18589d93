import type { FieldMapping } from '../src/sync/field-map.ts';
import { isPulled, isPushed } from '../src/sync/field-map.ts';

/**
 * The fields to read of an object: what moves either way, the two that every pull needs, and the
 * External ID by which a created record is known again (N2).
 */
export function readFields(
  object: string,
  mappings: readonly FieldMapping[],
  externalIdField: string,
): string[] {
  const moving = mappings.filter(
    (mapping) =>
      mapping.object === object &&
      (isPulled(mapping) || isPushed(mapping) || mapping.field === externalIdField),
  );
  return [...new Set(['Id', 'SystemModstamp', ...moving.map(({ field }) => field)])];
}

export function hasField(
  object: string,
  field: string,
  mappings: readonly FieldMapping[],
): boolean {
  return mappings.some((mapping) => mapping.object === object && mapping.field === field);
}
