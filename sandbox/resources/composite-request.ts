import { invalidRequest, jsonParserError, type SalesforceError } from '../errors.ts';
import { badReferenceId, duplicateReferenceId, tooManyOperations } from './composite-failures.ts';
import type { Subrequest } from './subrequests.ts';

export interface Part extends Subrequest {
  referenceId: string;
  isCollection: boolean;
}

export interface CompositeBody {
  allOrNone: boolean;
  parts: Part[];
  /** More subrequests than are allowed: the answer is this alone, and nothing is run. */
  refused: SalesforceError | null;
}

const MOST_SUBREQUESTS = 25;
const MOST_QUERIES_AND_COLLECTIONS = 5;
const FORBIDDEN_HEADERS = ['accept', 'authorization', 'content-type'];
const PREFIX = /^\/services\/data\/v\d+\.\d+\//i;
const QUERY = /^(query|queryall)(\/|\?|$)/i;
const COLLECTION = /^composite\/sobjects(\/|\?|$)/i;
/** Composites do not nest, and bulk jobs answer with streams. */
const ELSEWHERE = /^(composite(?!\/sobjects(\/|\?|$))|jobs|search|parameterizedsearch)/i;
/** From this version on a referenceId that is no name fails the whole request; before, only references to it do. */
const CHECKS_REFERENCE_IDS = 52;

/** Reads and checks the body of a composite; throws 400 for one that cannot be run at all. */
export function readComposite(body: unknown, version: number): CompositeBody {
  if (body === undefined || body === null)
    throw jsonParserError('The HTTP entity body is required, but this request has no entity body.');
  const given = body as Record<string, unknown>;
  if (!Array.isArray(given.compositeRequest) || given.compositeRequest.length === 0)
    throw invalidRequest('compositeRequest is required and lists the subrequests');
  const allOrNone = booleanIn(given, 'allOrNone');
  // Subrequests run in the order given, which satisfies either choice.
  booleanIn(given, 'collateSubrequests');
  const parts = readParts(given.compositeRequest, version);
  return {
    allOrNone,
    parts: allOrNone ? parts.map(withAllOrNone) : parts,
    refused: refusalOf(parts),
  };
}

function booleanIn(given: Record<string, unknown>, name: string): boolean {
  const value = given[name] ?? false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return /^true$/i.test(value);
  throw jsonParserError(`Cannot deserialize value of type boolean for the property ${name}`);
}

function refusalOf(parts: Part[]): SalesforceError | null {
  if (parts.length > MOST_SUBREQUESTS) return tooManyOperations(MOST_SUBREQUESTS);
  const counted = parts.filter(
    ({ url, isCollection }) => isCollection || QUERY.test(resourceOf(url)),
  );
  return counted.length > MOST_QUERIES_AND_COLLECTIONS
    ? tooManyOperations(MOST_QUERIES_AND_COLLECTIONS, 'query and sObject Collections operations')
    : null;
}

/** The subrequests of a composite or of one graph. */
export function readParts(given: unknown[], version: number): Part[] {
  const parts = given.map(readPart);
  const seen = new Set<string>();
  for (const { referenceId } of parts) {
    if (version >= CHECKS_REFERENCE_IDS && !/^[A-Za-z0-9]\w*$/.test(referenceId))
      throw badReferenceId(referenceId);
    if (seen.has(referenceId)) throw duplicateReferenceId();
    seen.add(referenceId);
  }
  return parts;
}

function readPart(given: unknown): Part {
  const { method, url, referenceId, body, httpHeaders } = Object(given) as Record<string, unknown>;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string')
    throw invalidRequest('Each subrequest needs a method, a url and a referenceId');
  if (!PREFIX.test(url))
    throw invalidRequest(`The url of ${referenceId} must begin with /services/data/`);
  if (ELSEWHERE.test(resourceOf(url)))
    throw invalidRequest(`The url of ${referenceId} is not supported in a composite request`);
  return {
    method,
    url,
    referenceId,
    body,
    headers: headersIn(httpHeaders, referenceId),
    isCollection: COLLECTION.test(resourceOf(url)),
  };
}

function headersIn(given: unknown, referenceId: string): Record<string, string> {
  const headers = Object(given ?? {}) as Record<string, unknown>;
  const forbidden = Object.keys(headers).find((name) =>
    FORBIDDEN_HEADERS.includes(name.toLowerCase()),
  );
  if (forbidden !== undefined)
    throw invalidRequest(`The header ${forbidden} is not allowed in the subrequest ${referenceId}`);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== null && typeof value !== 'object')
      .map(([name, value]) => [name, String(value)]),
  );
}

/** The composite's allOrNone overrides that of a collection in it. */
function withAllOrNone(part: Part): Part {
  if (!part.isCollection || part.method === 'GET') return part;
  if (part.method !== 'DELETE') return { ...part, body: { ...Object(part.body), allOrNone: true } };
  const [path = '', query = ''] = part.url.split('?', 2);
  const kept = query.split('&').filter((pair) => pair !== '' && !/^allOrNone=/i.test(pair));
  return { ...part, url: `${path}?${[...kept, 'allOrNone=true'].join('&')}` };
}

/** What follows the version in a path. */
export const resourceOf = (url: string): string => url.replace(PREFIX, '');
