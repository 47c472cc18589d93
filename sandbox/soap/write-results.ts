import type { RecordResult } from '../writes/types.ts';
import { element, nillable } from './write-xml.ts';

/** Tags of a result and their values in the order of the WSDL, which is that of the alphabet. */
export type Parts = Record<string, string | boolean | null | string[] | RecordResult['errors']>;

/** `<result>` with these parts: lists as repeated elements, errors as the API shows them. */
export function result(parts: Parts): string {
  const names = Object.keys(parts).sort();
  return `<result>${names.map((name) => part(name, parts[name]!)).join('')}</result>`;
}

function part(name: string, value: Parts[string]): string {
  if (Array.isArray(value))
    return value
      .map((one) => (typeof one === 'string' ? element(name, one) : errorOf(one)))
      .join('');
  return nillable(name, value === null ? null : String(value));
}

function errorOf({ errorCode, message, fields }: RecordResult['errors'][number]): string {
  const named = (fields ?? []).map((field) => element('fields', field)).join('');
  return `<errors>${named}${element('message', message)}${element('statusCode', errorCode)}</errors>`;
}

/** A saved record; one that failed has no id in the answer. */
export const saveResult = ({ id, success, created, errors }: RecordResult): string =>
  result({
    ...(created === undefined ? {} : { created }),
    errors,
    id: success ? id : null,
    success,
  });

/** A record that was named by its id, which the answer repeats. */
export const idResult = ({ id, success, errors }: RecordResult): string =>
  result({ errors, id, success });
