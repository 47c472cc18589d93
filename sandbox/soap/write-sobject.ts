import type { Schema } from '../schema.ts';
import { type Json, type JsonObject, Spelt } from './ask-rest.ts';
import type { Dialect } from './dialects.ts';
import { element, escapeXml, nil, nillable } from './write-xml.ts';

const REST_DATETIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000$/;

/** The parts of an address in the order of the WSDL, where it extends location. */
const ADDRESS_PARTS = [
  'latitude',
  'longitude',
  'city',
  'country',
  'countryCode',
  'geocodeAccuracy',
  'postalCode',
  'state',
  'stateCode',
  'street',
];

/** Makes the function that writes records, as REST shows them, in the form of one of the SOAP APIs. */
export function sObjectWriter(schema: Schema, dialect: Dialect) {
  const isPartner = dialect.name === 'partner';

  /** A record under a name of the answer, such as `records`. */
  function record(tag: string, { attributes, ...fields }: JsonObject): string {
    const type = String((attributes as JsonObject | undefined)?.type ?? '');
    const head = isPartner
      ? `<${tag} xsi:type="sf:sObject">${element('sf:type', type)}`
      : `<${tag} xsi:type="sf:${type}">`;
    const id = nillable('sf:Id', typeof fields.Id === 'string' ? fields.Id : null);
    const rest = Object.entries(fields).map(([name, value]) => field(type, name, value));
    return `${head}${id}${rest.join('')}</${tag}>`;
  }

  /** The partner API says what is null, and a second time the id that was asked for. */
  function field(type: string, name: string, value: Json): string {
    const tag = `sf:${name}`;
    if (value === null) return isPartner ? nil(tag) : '';
    if (!isPartner && name === 'Id') return '';
    if (type === 'AggregateResult') return aggregated(tag, value);
    if (value instanceof Spelt) return element(tag, value.text);
    if (typeof value === 'object') return nested(tag, value as JsonObject);
    const text = String(value);
    const isMoment = REST_DATETIME.test(text) && mayBeDatetime(type, name);
    return element(tag, isMoment ? soapText(text) : text);
  }

  function nested(tag: string, value: JsonObject): string {
    if ('records' in value) return queryResult(tag, value, true);
    if ('attributes' in value) return record(tag, value);
    const names = ADDRESS_PARTS.filter((part) => part in value);
    const parts = names.map((part) => {
      const one = value[part];
      return nillable(part, one instanceof Spelt ? one.text : (one as string | null));
    });
    return `<${tag} xsi:type="${'city' in value ? 'address' : 'location'}">${parts.join('')}</${tag}>`;
  }

  /** A page of records as REST answers it: `{totalSize, done, nextRecordsUrl?, records}`. */
  function queryResult(tag: string, page: JsonObject, typed = isPartner): string {
    const locator = typeof page.nextRecordsUrl === 'string' ? page.nextRecordsUrl : null;
    const parts = [
      element('done', String(page.done)),
      nillable('queryLocator', locator?.split('/').at(-1)),
      ...(page.records as JsonObject[]).map((one) => record('records', one)),
      element('size', textOf(page.totalSize)),
    ];
    return `<${tag}${typed ? ' xsi:type="QueryResult"' : ''}>${parts.join('')}</${tag}>`;
  }

  /** Not so for a text field whose value looks like a time; what no field has the name of is a function's result. */
  function mayBeDatetime(type: string, name: string): boolean {
    const object = schema.object(type);
    const known = object === undefined ? undefined : schema.field(object, name);
    return known === undefined || known.type === 'datetime';
  }

  return { record, queryResult };
}

/** Aggregates belong to no object, so each value says its type. */
function aggregated(tag: string, value: Json): string {
  const text = soapText(textOf(value));
  return `<${tag} xsi:type="xsd:${xsdType(value)}">${escapeXml(text)}</${tag}>`;
}

function xsdType(value: Json): string {
  if (value instanceof Spelt) return /^-?\d+$/.test(value.text) ? 'int' : 'double';
  if (typeof value === 'boolean') return 'boolean';
  if (REST_DATETIME.test(String(value))) return 'dateTime';
  return /^\d{4}-\d\d-\d\d$/.test(String(value)) ? 'date' : 'string';
}

export const textOf = (value: Json | undefined): string =>
  value instanceof Spelt ? value.text : String(value ?? '');

/** REST writes a time's zone as `+0000`, SOAP as `Z`. */
export const soapText = (text: string): string => text.replace(REST_DATETIME, '$1Z');
