import type { Query } from 'soql-parser-js';
import type { Field } from '../schema.ts';
import { familyOf } from './criteria.ts';
import type { Source } from './failures.ts';
import type { Call } from './logic.ts';
import type { Scope } from './scope.ts';
import { resolve } from './where.ts';

/** What an ORDER BY term sorts by: a field, or an expression the caller knows. */
export interface Sorted {
  sql: string;
  type: Field['type'];
  /** Whether it can be null at all. */
  nillable: boolean;
}

/**
 * The ORDER BY clause's terms. Text sorts without case; nulls come first, whichever way, unless the
 * query says otherwise. Nothing is said of nulls where there are none, so that an index fits.
 */
export function orderTerms(
  query: Pick<Query, 'orderBy'>,
  sorted: (field: string | Call) => Sorted,
): string[] {
  return [query.orderBy ?? []].flat().map((clause) => {
    const { sql, type, nillable } = sorted('field' in clause ? clause.field : (clause.fn as Call));
    const key = familyOf(type) === 'text' ? `lower(${sql})` : sql;
    const nulls = nillable ? ` NULLS ${clause.nulls ?? 'FIRST'}` : '';
    return `${key}${clause.order === 'DESC' ? ' DESC' : ''}${nulls}`;
  });
}

/** Sorting by the fields of the rows themselves. */
export function sortedField(scope: Scope, source: Source): (field: string | Call) => Sorted {
  return (field) => {
    if (typeof field !== 'string') throw source.unsupported(`ORDER BY ${field.rawValue}`);
    const column = resolve(field, scope, source, 'ORDER');
    if (!column.field.sortable)
      throw source.notAllowed(column.field.name, field, 'sorted', 'ORDER');
    const nillable = column.viaParent || column.field.nillable || column.field.formula !== null;
    return { sql: column.sql, type: column.field.type, nillable };
  };
}
