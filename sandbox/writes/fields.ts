import type { Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { columnType, quote } from '../storage.ts';

const byName = new WeakMap<Field[], Map<string, Field>>();

/** The object's fields by API name in lower case. */
function fieldsByName(object: SObject): Map<string, Field> {
  let fields = byName.get(object.fields);
  if (fields === undefined || fields.size !== object.fields.length) {
    fields = new Map(object.fields.map((field) => [field.name.toLowerCase(), field]));
    byName.set(object.fields, fields);
  }
  return fields;
}

/** A field by name in any case; undefined when there is none. */
export function findField(object: SObject, name: string): Field | undefined {
  const key = name.toLowerCase();
  const field = fieldsByName(object).get(key);
  // A field renamed in place leaves the map behind.
  return field?.name.toLowerCase() === key
    ? field
    : object.fields.find((one) => one.name.toLowerCase() === key);
}

export const hasField = (object: SObject, name: string) => findField(object, name) !== undefined;

/** As findField, but also undefined when the caller may not see the field. */
export function visibleField(session: Session, object: SObject, name: string): Field | undefined {
  const field = findField(object, name);
  if (field === undefined) return undefined;
  return session.access.canReadField(object.name, field.name) ? field : undefined;
}

const ignoresCase = (field: Field) => columnType(field) === 'text' && !field.caseSensitive;

const bareType = (field: Field) => columnType(field).split(/[ (]/)[0]!;

/** SQL that is true for rows whose field holds one of the values of an array parameter; indexes fit it. */
export function holdsOneOf(field: Field, parameter: string): string {
  const column = quote(field.name);
  const match = ignoresCase(field)
    ? `lower(${column}) = ANY(${parameter}::text[])`
    : `${column} = ANY(${parameter}::${bareType(field)}[])`;
  return `${column} IS NOT NULL AND ${match}`;
}

/** The form in which values of the field are compared. */
export const keyOf = (field: Field, value: string) =>
  ignoresCase(field) ? value.toLowerCase() : value;

const NUMBERS = new Set(['double', 'currency', 'percent']);

/** SQL of the field's text in that form. */
export function keySql(field: Field): string {
  const column = quote(field.name);
  if (ignoresCase(field)) return `lower(${column})`;
  return NUMBERS.has(field.type) ? `trim_scale(${column})::text` : `${column}::text`;
}

/** SQL that leaves out rows in the recycle bin. */
export const isLive = (object: SObject) =>
  hasField(object, 'IsDeleted') ? 'NOT "IsDeleted"' : 'true';
