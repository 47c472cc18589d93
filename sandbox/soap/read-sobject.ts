import { noSuchColumnOfEntity, SalesforceError, unsupportedObject } from '../errors.ts';
import type { Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { READ_BY_PARSER, SOAP_TYPES } from '../soap-types.ts';
import { visibleField } from '../writes/fields.ts';
import { normaliseValue } from '../writes/normalise-value.ts';
import type { RecordBody } from '../writes/types.ts';
import type { SoapCall } from './call.ts';
import { noConcreteType, noSuchRelation, notOfType } from './faults.ts';
import { isNil, textsOf, xsiType } from './read-envelope.ts';
import type { XmlElement } from './read-xml.ts';

export interface SentRecord {
  object: SObject;
  body: RecordBody;
}

/** Narrower than what JSON may say. */
const LEXICAL: Record<string, RegExp> = {
  'xsd:boolean': /^(true|false|1|0)$/,
  'xsd:int': /^[+-]?\d+$/,
  'xsd:long': /^[+-]?\d+$/,
};

/**
 * An sObject of a call as a record that the writes understand. Nil and empty elements are passed
 * over; what is to become null stands in `fieldsToNull`. Throws the fault of a type, a field or a
 * value that the API cannot read: then nothing of the call is done.
 */
export function readSObject(call: SoapCall, sent: XmlElement): SentRecord {
  const { session } = call;
  const object = objectNamed(call, typeOf(call, sent));
  const body: RecordBody = {};
  for (const child of sent.children) {
    if (child.name === 'fieldsToNull' || isTypeOf(call, sent, child)) continue;
    const entry = readField(call, object, child);
    if (entry !== null) body[entry[0]] = entry[1];
  }
  for (const name of textsOf(sent, 'fieldsToNull'))
    body[fieldNamed(session, object, name).name] = null;
  return { object, body };
}

/** An object the caller may see, by name in any case; else INVALID_TYPE. */
export function objectNamed({ org, session }: SoapCall, name: string): SObject {
  const object = org.schema.object(name);
  if (object === undefined || !session.access.canRead(object.name)) throw unsupportedObject(name);
  return object;
}

/** The partner API has the type in the first element of that name, the enterprise API in xsi:type. */
function typeOf({ dialect }: SoapCall, sent: XmlElement): string {
  const type =
    dialect.name === 'partner'
      ? sent.children.find(({ name }) => name === 'type')?.text.trim()
      : xsiType(sent);
  if (type === undefined || type === '' || type === 'sObject') throw noConcreteType();
  return type;
}

const isTypeOf = ({ dialect }: SoapCall, sent: XmlElement, child: XmlElement) =>
  dialect.name === 'partner' && child === sent.children.find(({ name }) => name === 'type');

function readField(
  call: SoapCall,
  object: SObject,
  child: XmlElement,
): [name: string, value: unknown] | null {
  const { name, text, children } = child;
  if (isNil(child)) return null;
  if (children.length > 0) return [name, readParent(call, object, child)];
  const field = fieldNamed(call.session, object, name);
  if (READ_BY_PARSER.has(field.type)) checkValue(field, text, SOAP_TYPES[field.type]);
  return text.trim() === '' ? null : [field.name, text];
}

/** A parent named by an external id: an sObject in the place of the relationship. */
function readParent(call: SoapCall, object: SObject, child: XmlElement): RecordBody {
  const known = object.fields.some(
    ({ relationshipName }) => relationshipName?.toLowerCase() === child.name.toLowerCase(),
  );
  if (!known) throw noSuchRelation(child.name, object.name);
  const type = typeOf(call, child);
  const parent = objectNamed(call, type);
  const values = child.children
    .filter((one) => !isTypeOf(call, child, one) && !isNil(one) && one.children.length === 0)
    .map((one) => [fieldNamed(call.session, parent, one.name).name, one.text.trim()]);
  return { attributes: { type: parent.name }, ...Object.fromEntries(values) };
}

function fieldNamed(session: Session, object: SObject, name: string): Field {
  const field = visibleField(session, object, name);
  if (field === undefined) throw noSuchColumnOfEntity(name, object.name);
  return field;
}

function checkValue(field: Field, text: string, type: string): void {
  const value = text.trim();
  if (value === '' || LEXICAL[type]?.test(value) === false) throw notOfType(text, type);
  try {
    normaliseValue(field, text);
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    // Other findings, such as a number too large, are the record's own.
    if (error.errorCode === 'INVALID_TYPE_ON_FIELD_IN_RECORD') throw notOfType(text, type);
  }
}
