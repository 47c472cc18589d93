import type { FastifyRequest } from 'fastify';
import { jsonParserError, SalesforceError } from '../errors.ts';
import { type JsonPath, placeOf } from '../http/json-place.ts';
import type { Field, FieldType, SObject } from '../schema.ts';
import { READ_BY_PARSER } from '../soap-types.ts';
import { visibleField } from '../writes/fields.ts';
import { normaliseValue } from '../writes/normalise-value.ts';
import type { RecordBody } from '../writes/types.ts';

/** Never written as a whole: refused as fields that are read-only. */
const COMPOUND = new Set<FieldType>(['address', 'location']);

/**
 * Throws JSON_PARSER_ERROR for a value that is not of its field's type: Salesforce's parser reads
 * bodies by the fields of the object, so such a value fails the whole request. `path` leads to the
 * record in the body.
 */
export function refuseMistyped(
  request: FastifyRequest,
  object: SObject,
  record: RecordBody,
  path: JsonPath = [],
): void {
  for (const [name, value] of Object.entries(record)) {
    if (value === null || name === 'attributes') continue;
    const isNested = typeof value === 'object';
    const field = visibleField(request.session, object, name);
    if (field === undefined || COMPOUND.has(field.type)) continue;
    if (!isNested && !READ_BY_PARSER.has(field.type)) continue;
    if (!isNested && isReadable(field, value)) continue;
    throw mistyped(field, value, placeOf(request.jsonText, [...path, name]));
  }
}

function isReadable(field: Field, value: unknown): boolean {
  if (typeof value === 'string' && value.trim() === '') return false;
  try {
    normaliseValue(field, value);
    return true;
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return error.errorCode !== 'INVALID_TYPE_ON_FIELD_IN_RECORD';
  }
}

function mistyped({ type }: Field, value: unknown, place: string): SalesforceError {
  const from = `Cannot deserialize instance of ${type} from ${tokenOf(value)} value`;
  if (Array.isArray(value)) return jsonParserError(`${from} ${place}`);
  const shown = typeof value === 'object' ? '{' : String(value);
  return jsonParserError(`${from} ${shown} or request may be missing a required field at ${place}`);
}

/** What the parser calls the first token of a value. */
export function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object') return value === null ? 'VALUE_NULL' : 'START_OBJECT';
  if (typeof value === 'string') return 'VALUE_STRING';
  if (typeof value === 'boolean') return value ? 'VALUE_TRUE' : 'VALUE_FALSE';
  return Number.isInteger(value) ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT';
}
