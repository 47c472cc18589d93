import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled } from '../sync/field-map.ts';
import { objectSpec } from '../sync/objects.ts';

/** A name as an SQL identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The object's table, qualified. */
export function tableOf(object: string): string {
  return `marketing.${quote(objectSpec(object).table)}`;
}

/** The object's staging table, qualified: every column text, named by the field's API name. */
export function stagingOf(object: string): string {
  return `tandem.${quote(`staged_${objectSpec(object).name.toLowerCase()}`)}`;
}

/** The mappings that fill a column from a staged row; Id, the key, is not among them. */
export function pulledMappings(object: string, mappings: readonly FieldMapping[]): FieldMapping[] {
  return mappings.filter(
    (mapping) => mapping.object === object && isPulled(mapping) && mapping.field !== 'Id',
  );
}

/** All that Salesforce trims at both ends: the characters up to U+0020 (as src/sync/value.ts does). */
const BLANKS = `E'${Array.from({ length: 32 }, (_, code) => `\\x${(code + 1).toString(16).padStart(2, '0')}`).join('')}'`;

const WHOLE_NUMBERS = ['integer', 'bigint'];

/** A staged text as a value of the column's type; '' is null (J6). Whole numbers may read `5.0` (trap 13). */
export function castStaged(mapping: FieldMapping, staged: string): string {
  if (mapping.columnType === 'text') return `nullif(${staged}, '')`;
  const text = `nullif(btrim(${staged}, ${BLANKS}), '')`;
  const whole = WHOLE_NUMBERS.includes(mapping.columnType);
  return whole ? `${text}::numeric::${mapping.columnType}` : `${text}::${mapping.columnType}`;
}

/** SQL that is true when a staged text would not cast. */
export function failsCast(mapping: FieldMapping, staged: string): string | null {
  const { columnType } = mapping;
  if (columnType === 'text') return null;
  const text = `nullif(btrim(${staged}, ${BLANKS}), '')`;
  if (!WHOLE_NUMBERS.includes(columnType)) return `not tandem.casts(${text}, '${columnType}')`;
  return `case when tandem.casts(${text}, 'numeric')
    then not tandem.casts(round(${text}::numeric)::text, '${columnType}') else true end`;
}

/** A column's value in the form in which it is compared: J6's rules in SQL. */
export function normalised(columnType: string, value: string): string {
  switch (columnType) {
    case 'text':
      return `nullif(btrim(replace(replace(${value}, E'\\r\\n', E'\\n'), E'\\r', E'\\n'), ${BLANKS}), '')`;
    case 'timestamptz':
      return `date_trunc('second', ${value})`;
    case 'time':
      return `(${value})::time(3)`;
    default:
      return value;
  }
}

/** True when two values of the column's type are no difference apart from form. */
export function differs(columnType: string, left: string, right: string): string {
  const plain = `${left} is distinct from ${right}`;
  const [a, b] = [normalised(columnType, left), normalised(columnType, right)];
  // The plain test comes first: it is cheap, and nearly always says that nothing differs.
  return a === left ? plain : `(${plain} and ${a} is distinct from ${b})`;
}

/** A column as text in one form, whatever the session's date settings are. */
export function asText(columnType: string, value: string): string {
  if (columnType === 'text') return value;
  const dated = ['timestamptz', 'date', 'time'].includes(columnType);
  return dated ? `(to_jsonb(${value}) #>> '{}')` : `(${value})::text`;
}

/** md5 over a row's values, the same whether they come from the table or from staging. */
export function fingerprint(values: { columnType: string; value: string }[]): string {
  const parts = values.map(({ columnType, value }) => {
    const form = normalised(columnType, value);
    if (columnType === 'timestamptz') return `extract(epoch from ${form})::text`;
    return columnType === 'numeric' ? `trim_scale(${form})::text` : asText(columnType, form);
  });
  return `md5(array[${parts.join(', ')}]::text[]::text)`;
}
