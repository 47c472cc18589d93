import type { Field, SObject } from '../schema.ts';
import { columnSql as storedSql } from '../storage.ts';
import type { Column, JoinedRow } from './scope.ts';

/** SQL for a field of a row. A formula must not make something out of a row that is not there. */
export function columnSql(object: SObject, field: Field, alias: string): string {
  const sql = storedSql(object, field, alias);
  if (field.formula === null) return sql;
  const value = field.type === 'string' ? `NULLIF(${sql}, '')` : sql;
  return `CASE WHEN ${alias}."Id" IS NOT NULL THEN ${value} END`;
}

/** The parts of a compound field; null for any other. */
export function partsOf(object: SObject, field: Field, alias: string): Column['parts'] {
  if (field.type !== 'address' && field.type !== 'location') return null;
  const parts = object.fields.filter(({ compoundFieldName }) => compoundFieldName === field.name);
  return Object.fromEntries(
    parts.map((part) => [
      /[A-Z][a-z]*(?:Code|Accuracy)?(?:__s)?$/.exec(part.name)?.[0] ?? part.name,
      { field: part, sql: columnSql(object, part, alias) },
    ]),
  );
}

/** `User`, or for a group its kind (`Queue`); null without a parent. */
export function typeSql(source: JoinedRow): string {
  const cases = source.targets.map(({ object, alias }) => {
    const type = object.name === 'Group' ? `${alias}."Type"` : `'${object.name}'`;
    return `WHEN ${alias}."Id" IS NOT NULL THEN ${type}`;
  });
  return `CASE ${cases.join(' ')} END`;
}

/** The object's own name, for `attributes.url`. */
export function objectNameSql(source: JoinedRow): string {
  const cases = source.targets.map(
    ({ object, alias }) => `WHEN ${alias}."Id" IS NOT NULL THEN '${object.name}'`,
  );
  return `CASE ${cases.join(' ')} END`;
}

export function idSql(source: JoinedRow): string {
  const ids = source.targets.map(({ alias }) => `${alias}."Id"`);
  return ids.length === 1 ? ids[0]! : `COALESCE(${ids.join(', ')})`;
}

/** The field Type of the pseudo-object Name. */
export function typeField(owner: SObject): Field {
  const like = owner.fields.find(({ type }) => type === 'string' || type === 'picklist')!;
  return {
    ...like,
    name: 'Type',
    type: 'picklist',
    filterable: true,
    sortable: true,
    groupable: true,
    nillable: true,
    formula: null,
    picklistValues: [],
  };
}
