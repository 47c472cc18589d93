import type { Field } from '../schema.ts';
import type { Call, Path, Query } from './ast.ts';
import { familyOf } from './criteria.ts';
import type { Source } from './failures.ts';
import { expressionColumn } from './functions.ts';
import type { Scope } from './scope.ts';

/** What an ORDER BY term sorts by: a field, or an expression the caller knows. */
export interface Sorted {
  sql: string;
  field: Pick<Field, 'type' | 'picklistValues'>;
  /** Whether it can be null at all. */
  nillable: boolean;
}

/**
 * The ORDER BY clause's terms. Text sorts without case, picklists in their own order with unknown
 * values after it; nulls come first, whichever way, unless the
 * query says otherwise. Nothing is said of nulls where there are none, so that an index fits.
 */
export function orderTerms(
  { orderBy }: Pick<Query, 'orderBy'>,
  sorted: (expression: Path | Call) => Sorted,
): string[] {
  return orderBy.map(({ expression, descending, nulls }) => {
    const { sql, field, nillable } = sorted(expression);
    const way = `${descending ? ' DESC' : ''}${nillable ? ` NULLS ${nulls ?? 'FIRST'}` : ''}`;
    const key = familyOf(field.type) === 'text' ? `lower(${sql})` : sql;
    const place = field.type === 'picklist' ? placeSql(sql, field.picklistValues) : null;
    return place === null ? `${key}${way}` : `${place}${way}, ${key}${way}`;
  });
}

/** A value's place in its picklist; null where there are no values to go by. */
function placeSql(sql: string, values: Field['picklistValues']): string | null {
  if (values.length === 0) return null;
  const list = values.map(({ value }) => `'${value.toLowerCase().replaceAll("'", "''")}'`);
  const place = `array_position(ARRAY[${list.join(', ')}], lower(${sql}))`;
  return `CASE WHEN ${sql} IS NOT NULL THEN COALESCE(${place}, ${list.length + 1}) END`;
}

/** Sorting by the fields of the rows themselves. */
export function sortedField(scope: Scope, source: Source): (expression: Path | Call) => Sorted {
  return (expression) => {
    if (expression.kind === 'call' && expression.name !== 'DISTANCE')
      throw source.malformed(
        expression,
        `Ordered field must be grouped or aggregated: ${expression.text}`,
      );
    const column = expressionColumn(expression, scope, source);
    if (!column.field.sortable || column.parts !== null)
      throw source.notAllowed(column.field.name, expression, 'sorted');
    const nillable = column.viaParent || column.field.nillable || column.field.formula !== null;
    return { sql: column.sql, field: column.field, nillable };
  };
}
