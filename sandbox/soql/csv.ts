import type { Column } from './scope.ts';

/**
 * SQL that gives a field's value as a bulk result shows it: always a text, never null, so that COPY
 * with FORCE_QUOTE puts quotes around everything, `""` included.
 */
export function csvSql({
  field,
  sql,
  viaParent,
}: Pick<Column, 'field' | 'sql' | 'viaParent'>): string {
  switch (field.type) {
    case 'boolean':
      return `CASE WHEN ${sql} THEN 'true' ${viaParent ? `WHEN ${sql} IS NULL THEN '' ` : ''}ELSE 'false' END`;
    case 'double':
    case 'currency':
    case 'percent':
      return `COALESCE(${doubleSql(sql)}, '')`;
    case 'datetime':
      return `COALESCE(translate((${sql} AT TIME ZONE 'UTC')::text, ' ', 'T') || '.000Z', '')`;
    case 'time':
      return `COALESCE(to_char('2000-01-01'::date + ${sql}, 'HH24:MI:SS.MS"Z"'), '')`;
    case 'int':
    case 'long':
    case 'date':
    case 'base64':
      return `COALESCE((${sql})::text, '')`;
    default:
      return `COALESCE(${sql}, '')`;
  }
}

/**
 * As Java writes a double: `300.0`, `-2.5`, from 10⁷ up `1.2345678E7`. Put together from the digits,
 * since to_char and arithmetic take many times as long as COPY itself.
 */
function doubleSql(sql: string): string {
  const size = `abs(${sql})`;
  const plain = `(${size} < 1e7 AND (${size} >= 1e-3 OR ${sql} = 0))`;
  const text = `trim_scale(${sql})::text`;
  return (
    `CASE WHEN ${sql} IS NULL THEN NULL WHEN ${plain} THEN ` +
    `CASE WHEN trunc(${sql}) = ${sql} THEN trunc(${sql})::text || '.0' ELSE ${text} END ` +
    `WHEN ${size} >= 1e7 THEN ${largeSql(sql)} ELSE ${smallSql(sql)} END`
  );
}

/** The first digit, a point, the rest without trailing zeros, `E` and the number of whole digits but one. */
function largeSql(sql: string): string {
  const text = `trim_scale(abs(${sql}))::text`;
  const digits = `replace(${text}, '.', '')`;
  const rest = `COALESCE(NULLIF(rtrim(substr(${digits}, 2), '0'), ''), '0')`;
  const exponent = `length(trunc(abs(${sql}))::text) - 1`;
  return `CASE WHEN ${sql} < 0 THEN '-' ELSE '' END || left(${digits}, 1) || '.' || ${rest} || 'E' || ${exponent}`;
}

/** Below 10⁻³, which is rare: the digits without the zeros before them. */
function smallSql(sql: string): string {
  const digits = `ltrim(replace(trim_scale(abs(${sql}))::text, '.', ''), '0')`;
  const rest = `COALESCE(NULLIF(substr(${digits}, 2), ''), '0')`;
  const exponent = `scale(trim_scale(${sql})) - length(${digits}) + 1`;
  return `CASE WHEN ${sql} < 0 THEN '-' ELSE '' END || left(${digits}, 1) || '.' || ${rest} || 'E-' || (${exponent})`;
}
