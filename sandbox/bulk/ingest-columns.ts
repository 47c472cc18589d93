import { SalesforceError } from '../errors.ts';
import type { Org, Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { visibleField } from '../writes/fields.ts';
import type { RecordBody } from '../writes/types.ts';
import { fieldNotFound } from './failures.ts';
import type { LoadRow } from './load-rows.ts';

/** How CSV writes a null; an empty value leaves the field alone. */
const NULL = '#N/A';

type Column =
  | { kind: 'field'; name: string }
  /** `Parent__r.Ext__c`, or `Lead:Who.Email` where the parent may be of several objects. */
  | { kind: 'parent'; relationship: string; type: string; name: string };

/**
 * Reads what the columns of a header mean. Throws the BatchError of a column that no field visible
 * to the owner fits; fields that cannot be written are left to the rows.
 */
export function readHeader(
  { org, session }: { org: Org; session: Session },
  object: SObject,
  names: string[],
): Column[] {
  return names.map((name) => {
    const column = columnNamed(org, session, object, name);
    if (column === null) throw fieldNotFound(name);
    return column;
  });
}

function columnNamed(org: Org, session: Session, object: SObject, name: string): Column | null {
  const path = /^(?:(\w+):)?(\w+)\.(\w+)$/.exec(name);
  if (path === null) {
    const field = visibleField(session, object, name);
    return field === undefined ? null : { kind: 'field', name: field.name };
  }
  const [, typeName, relationship = '', external = ''] = path;
  const field = relationshipField(session, object, relationship);
  if (field === undefined) return null;
  const type = targetOf(field, typeName);
  const parent = type === undefined ? undefined : org.schema.object(type);
  const key = parent === undefined ? undefined : visibleField(session, parent, external);
  if (parent === undefined || key === undefined) return null;
  if (!(key.externalId || key.idLookup)) return null;
  return {
    kind: 'parent',
    relationship: field.relationshipName!,
    type: parent.name,
    name: key.name,
  };
}

function relationshipField(session: Session, object: SObject, name: string): Field | undefined {
  const field = object.fields.find(
    ({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase(),
  );
  return field !== undefined && session.access.canReadField(object.name, field.name)
    ? field
    : undefined;
}

/** A lookup to one object needs no type; of several it must be one. */
function targetOf(field: Field, typeName: string | undefined): string | undefined {
  if (typeName === undefined) return field.referenceTo[0];
  return field.referenceTo.find((one) => one.toLowerCase() === typeName.toLowerCase());
}

/** The record in a CSV row, or the error of one whose number of values does not fit. */
export function recordIn(columns: Column[], values: string[]): LoadRow {
  if (values.length !== columns.length)
    return new SalesforceError(
      400,
      'INVALID_FIELD',
      `Number of fields in header is different from the row. header = ${columns.length} row = ${values.length}`,
      [],
    );
  const record: RecordBody = {};
  for (const [i, column] of columns.entries()) {
    const value = values[i]!;
    if (value === '') continue;
    const given = value === NULL ? null : value;
    if (column.kind === 'field') record[column.name] = given;
    else record[column.relationship] = parentBody(column, given);
  }
  return record;
}

function parentBody({ type, name }: Column & { kind: 'parent' }, value: string | null): unknown {
  return { attributes: { type }, [name]: value };
}
