import { type DuplicateResult, DuplicatesDetected } from '../duplicates-detected.ts';
import { doubleText } from '../values.ts';
import type { RecordResult } from '../writes/types.ts';
import { type Json, type JsonObject, readJson, Spelt } from './ask-rest.ts';
import type { SoapCall } from './call.ts';
import { sObjectWriter, textOf } from './write-sobject.ts';
import { element, nillable } from './write-xml.ts';

type Errors = RecordResult['errors'];

/** Tags of a result with their values; null for one that is nil. */
export type Parts = Record<string, string | boolean | null | string[] | Errors>;

/**
 * `<result>` with these parts: lists as repeated elements, errors as the API shows them. The parts of
 * every type stand in the alphabet's order, as they do in the WSDLs.
 */
export function result(call: SoapCall, parts: Parts): string {
  const names = Object.keys(parts).sort();
  return `<result>${names.map((name) => part(call, name, parts[name]!)).join('')}</result>`;
}

function part(call: SoapCall, name: string, value: Parts[string]): string {
  if (Array.isArray(value))
    return value
      .map((one) => (typeof one === 'string' ? element(name, one) : errorOf(call, one)))
      .join('');
  return nillable(name, value === null ? null : String(value));
}

function errorOf(call: SoapCall, error: Errors[number]): string {
  const { errorCode, message, fields } = error;
  const parts = [
    ...(fields ?? []).map((field) => element('fields', field)),
    element('message', message),
    element('statusCode', errorCode),
  ].join('');
  if (!(error instanceof DuplicatesDetected)) return `<errors>${parts}</errors>`;
  return `<errors xsi:type="DuplicateError">${parts}${duplicates(call, error.result)}</errors>`;
}

/** What a duplicate rule found, the records as sObjects. */
function duplicates({ org, dialect }: SoapCall, found: DuplicateResult): string {
  const { record } = sObjectWriter(org.schema, dialect);
  const write = (name: string, value: Json): string => {
    if (Array.isArray(value)) return value.map((one) => write(name, one)).join('');
    if (name === 'matchConfidence') return element(name, doubleText(Number(textOf(value))));
    if (value === null || typeof value !== 'object' || value instanceof Spelt)
      return element(name, textOf(value));
    if ('attributes' in value) return record(name, value);
    const names = Object.keys(value).sort();
    return `<${name}>${names.map((one) => write(one, value[one] ?? null)).join('')}</${name}>`;
  };
  return write('duplicateResult', readJson(JSON.stringify(found)) as JsonObject);
}

/** A saved record; one that failed has no id in the answer. */
export const saveResult = (call: SoapCall, { id, success, created, errors }: RecordResult) =>
  result(call, {
    ...(created === undefined ? {} : { created }),
    errors,
    id: success ? id : null,
    success,
  });

/** A record that was named by its id, which the answer repeats. */
export const idResult = (call: SoapCall, { id, success, errors }: RecordResult) =>
  result(call, { errors, id, success });
