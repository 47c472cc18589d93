import { invalidRequest } from '../errors.ts';
import type { Subrequest } from './subrequests.ts';

export interface Part extends Subrequest {
  referenceId: string;
  isCollection: boolean;
}

export interface CompositeBody {
  allOrNone: boolean;
  parts: Part[];
}

const MOST_SUBREQUESTS = 25;
const MOST_QUERIES_AND_COLLECTIONS = 5;
const FORBIDDEN_HEADERS = ['accept', 'authorization', 'content-type'];
const PREFIX = /^\/services\/data\/v\d+\.0\//i;
const QUERY = /^(query|queryall)(\/|\?|$)/i;
const COLLECTION = /^composite\/sobjects(\/|\?|$)/i;
/** Composites do not nest, and bulk jobs answer with streams. */
const ELSEWHERE = /^(composite(?!\/sobjects(\/|\?|$))|jobs)/i;

/** Reads and checks the body of a composite; throws 400 for one that cannot be run at all. */
export function readComposite(body: unknown): CompositeBody {
  const given = body as { compositeRequest?: unknown; allOrNone?: unknown } | undefined;
  if (!Array.isArray(given?.compositeRequest) || given.compositeRequest.length === 0)
    throw invalidRequest('compositeRequest is required and lists the subrequests');
  if (given.compositeRequest.length > MOST_SUBREQUESTS)
    throw invalidRequest(`Only ${MOST_SUBREQUESTS} subrequests are allowed in a composite request`);
  const allOrNone = given.allOrNone === true;
  const parts = given.compositeRequest.map((part) => readPart(part, allOrNone));
  const counted = parts.filter(
    ({ url, isCollection }) => isCollection || QUERY.test(resource(url)),
  );
  if (counted.length > MOST_QUERIES_AND_COLLECTIONS)
    throw invalidRequest(
      `Only ${MOST_QUERIES_AND_COLLECTIONS} query and sObject Collections subrequests are allowed in a composite request`,
    );
  checkReferenceIds(parts);
  return { allOrNone, parts };
}

function readPart(given: unknown, allOrNone: boolean): Part {
  const { method, url, referenceId, body, httpHeaders } = (given ?? {}) as Record<string, unknown>;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof referenceId !== 'string')
    throw invalidRequest('Each subrequest needs a method, a url and a referenceId');
  if (!PREFIX.test(url))
    throw invalidRequest(`The url of ${referenceId} must begin with /services/data/`);
  if (ELSEWHERE.test(resource(url)))
    throw invalidRequest(`The url of ${referenceId} is not supported in a composite request`);
  const headers = (httpHeaders ?? {}) as Record<string, string>;
  const forbidden = Object.keys(headers).find((name) =>
    FORBIDDEN_HEADERS.includes(name.toLowerCase()),
  );
  if (forbidden !== undefined)
    throw invalidRequest(`The header ${forbidden} is not allowed in the subrequest ${referenceId}`);
  const isCollection = COLLECTION.test(resource(url));
  const part = { method, url, referenceId, body, headers, isCollection };
  return allOrNone && isCollection && method !== 'GET' ? withAllOrNone(part) : part;
}

/** The composite's allOrNone overrides that of a collection in it. */
function withAllOrNone(part: Part): Part {
  if (part.method !== 'DELETE') return { ...part, body: { ...Object(part.body), allOrNone: true } };
  const [path = '', query = ''] = part.url.split('?', 2);
  const kept = query.split('&').filter((pair) => pair !== '' && !/^allOrNone=/i.test(pair));
  return { ...part, url: `${path}?${[...kept, 'allOrNone=true'].join('&')}` };
}

function checkReferenceIds(parts: Part[]): void {
  const seen = new Set<string>();
  for (const { referenceId } of parts) {
    if (!/^\w+$/.test(referenceId))
      throw invalidRequest(`Invalid referenceId ${referenceId}: letters, digits and _ are allowed`);
    if (seen.has(referenceId)) throw invalidRequest(`Duplicate referenceId ${referenceId}`);
    seen.add(referenceId);
  }
}

const resource = (url: string): string => url.replace(PREFIX, '');
