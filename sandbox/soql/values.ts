import type { Column } from './scope.ts';

/** SQL that gives a field's value as the text the JSON writer expects (records.ts). */
export function textSql(column: Column): string {
  const { field, sql, viaParent } = column;
  if (column.parts !== null) return addressSql(column.parts);
  if (field.type === 'datetime') return `(${sql} AT TIME ZONE 'UTC')::text`;
  // A parent that is missing has no checkbox to be false.
  if (field.type === 'boolean' && !viaParent) return `COALESCE(${sql}, false)::text`;
  return isText(field.type) ? sql : `${sql}::text`;
}

const NO_TEXT = [
  'boolean',
  'int',
  'long',
  'double',
  'currency',
  'percent',
  'date',
  'time',
  'base64',
];

function isText(type: string): boolean {
  return !NO_TEXT.includes(type);
}

const ADDRESS_KEYS: [string, string][] = [
  ['city', 'City'],
  ['country', 'Country'],
  ['geocodeAccuracy', 'GeocodeAccuracy'],
  ['latitude', 'Latitude'],
  ['longitude', 'Longitude'],
  ['postalCode', 'PostalCode'],
  ['state', 'State'],
  ['street', 'Street'],
];

/** A compound field as a JSON object; null when none of its parts has a value. */
function addressSql(parts: NonNullable<Column['parts']>): string {
  const known = Object.values(parts).map(({ sql }) => sql);
  if (known.length === 0) return 'NULL::text';
  const location = 'Latitude__s' in parts;
  const keys: [string, string][] = location
    ? [
        ['latitude', 'Latitude__s'],
        ['longitude', 'Longitude__s'],
      ]
    : ADDRESS_KEYS;
  const pairs = keys.map(([key, part]) => `'${key}', ${parts[part]?.sql ?? 'NULL::text'}`);
  return `CASE WHEN num_nonnulls(${known.join(', ')}) > 0 THEN json_build_object(${pairs.join(', ')})::text END`;
}
