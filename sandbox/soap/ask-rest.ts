import { SalesforceError } from '../errors.ts';
import { NEWEST_VERSION } from '../http/since.ts';
import { dispatch } from '../resources/subrequests.ts';
import type { SoapCall } from './call.ts';

/** A number as the JSON spells it: `300.0` stays `300.0`. */
export class Spelt {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = string | boolean | null | Spelt | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

interface Question {
  method?: 'GET' | 'POST';
  /** Behind `/services/data/vNN.0/`. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/**
 * What the REST API answers to the same caller; both APIs read the org by one way. Throws its errors
 * as they are.
 */
export async function askRest(
  { app, request, org }: SoapCall,
  { method = 'GET', path, headers = {}, body }: Question,
): Promise<JsonObject> {
  // SOAP has had all its calls longer than REST its resources.
  const url = `/services/data/v${NEWEST_VERSION}.0/${path}`;
  const { status, text } = await dispatch(app, request, org.pool, { method, url, headers, body });
  const answer = readJson(text) as JsonObject;
  if (status < 400) return answer;
  const [{ errorCode = 'UNKNOWN_EXCEPTION', message = '' } = {}] = answer as unknown as [
    { errorCode?: string; message?: string }?,
  ];
  throw new SalesforceError(status, errorCode, message);
}

/** JSON with its numbers as they are spelt. */
export const readJson = (text: string): Json => JSON.parse(text, keepSpelling) as Json;

function keepSpelling(_key: string, value: unknown, ...[context]: [{ source: string }?]): unknown {
  return typeof value === 'number' ? new Spelt(context?.source ?? String(value)) : value;
}
