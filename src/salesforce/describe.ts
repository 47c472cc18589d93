import { SalesforceRejected } from './errors.ts';
import { asArray, asObject, asText } from './json.ts';
import type { FieldDescribe, ObjectDescribe } from './port.ts';
import type { Rest } from './rest.ts';
import * as soql from './soql.ts';

export async function visibleObjects(rest: Rest, base: string): Promise<string[]> {
  const path = `${base}/sobjects`;
  const { body } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
  return asArray(asObject(body).sobjects).map((object) => asText(asObject(object).name));
}

export async function describe(
  rest: Rest,
  base: string,
  object: string,
): Promise<ObjectDescribe | null> {
  const path = `${base}/sobjects/${soql.identifier(object)}/describe`;
  try {
    const { body } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
    return toObject(body);
  } catch (error) {
    // Salesforce does not tell an object that is hidden from one that is not there.
    if (error instanceof SalesforceRejected && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

export function toObject(body: unknown): ObjectDescribe {
  const object = asObject(body);
  return {
    name: asText(object.name),
    label: asText(object.label),
    queryable: object.queryable === true,
    createable: object.createable === true,
    updateable: object.updateable === true,
    deletable: object.deletable === true,
    fields: asArray(object.fields).map(toField),
  };
}

function toField(body: unknown): FieldDescribe {
  const field = asObject(body);
  return {
    name: asText(field.name),
    label: asText(field.label),
    type: asText(field.type),
    length: number(field.length),
    precision: number(field.precision),
    scale: number(field.scale),
    nillable: field.nillable === true,
    createable: field.createable === true,
    updateable: field.updateable === true,
    calculated: field.calculated === true,
    custom: field.custom === true,
    filterable: field.filterable === true,
    externalId: field.externalId === true,
    unique: field.unique === true,
    compoundFieldName: textOrNull(field.compoundFieldName),
    extraTypeInfo: textOrNull(field.extraTypeInfo),
    referenceTo: list(field.referenceTo).map(String),
    relationshipName: textOrNull(field.relationshipName),
    picklistValues: list(field.picklistValues).map((entry) => {
      const { value, active } = asObject(entry);
      return { value: String(value), active: active === true };
    }),
  };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
