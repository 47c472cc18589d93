import type { FastifyRequest } from 'fastify';
import type { Org } from '../org.ts';
import type { Schema } from '../schema.ts';
import { isPageOfQuery, targetOfCall } from '../soap/target.ts';
import type { Target } from './faults.ts';

interface Subrequest {
  method?: string;
  url?: string;
  body?: unknown;
}

/** What a fault is held against: a request's URL and the objects named in its path, query or body. */
export async function targetOf(request: FastifyRequest, { pool, schema }: Org): Promise<Target> {
  if (request.soap) return { url: request.url, ...targetOfCall(request.soap, schema) };
  const objects = [...objectsIn(request.url, request.body, schema)];
  const job = /\/(?:jobs\/(?:query|ingest)|async\/[\d.]+\/job)\/(\w{15,18})/i.exec(
    request.url,
  )?.[1];
  if (job !== undefined) objects.push(...(await objectOfJob(pool, job)));
  return { url: request.url, objects, writes: writesRecords(request) };
}

const HAS_SUBREQUESTS = /\/composite(\/batch|\/graph)?$/;

/** True when the request writes records: so not logins, queries, retrieves or bulk job management. */
function writesRecords(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const path = request.url.toLowerCase().replace(/\?.*/, '').replace(/\/$/, '');
  if (HAS_SUBREQUESTS.test(path))
    return subrequestsOf(request.body).some(({ method }) => method !== 'GET');
  if (/\/composite\/sobjects\/[^/]+$/.test(path)) return request.method !== 'POST';
  return (
    /\/(sobjects|composite)(\/|$)/.test(path) ||
    /\/jobs\/ingest(\/|$)|\/async\/.*\/batch$/.test(path)
  );
}

/** True when the answer holds rows of a query: a page of one, a composite of them, or a bulk result. */
export function readsPages(request: FastifyRequest): boolean {
  if (request.soap) return isPageOfQuery(request.soap);
  const path = request.url.toLowerCase().replace(/\?.*/, '').replace(/\/$/, '');
  if (HAS_SUBREQUESTS.test(path))
    return subrequestsOf(request.body).some(({ url }) => /\/query(all)?\b/i.test(url ?? ''));
  return (
    /\/(query|queryall)(\/[^/]+)?$/.test(path.replace(/\/jobs\/query.*/, '')) ||
    /\/results$/.test(path)
  );
}

async function objectOfJob(pool: Org['pool'], id: string): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT object FROM org_meta.bulk_query_job WHERE left(id, 15) = left($1, 15) UNION ALL
     SELECT object FROM org_meta.bulk_ingest_job WHERE left(id, 15) = left($1, 15) UNION ALL
     SELECT object FROM org_meta.bulk_v1_job WHERE left(id, 15) = left($1, 15)`,
    [id],
  );
  return rows.map(({ object }) => object);
}

function* objectsIn(url: string, body: unknown, schema: Schema): Generator<string> {
  const [path = '', query = ''] = url.split('?', 2);
  const inPath = /\/sobjects\/([^/]+)/i.exec(path)?.[1];
  if (inPath !== undefined) yield inPath;
  const soql = new URLSearchParams(query).get('q');
  if (soql !== null) yield* objectsInQuery(soql);
  const ids = new URLSearchParams(query).get('ids');
  if (ids !== null && inPath === undefined)
    for (const id of ids.split(',')) yield schema.objectByPrefix(id.trim().slice(0, 3))?.name ?? '';
  yield* objectsInBody(body, schema);
}

function* objectsInBody(body: unknown, schema: Schema): Generator<string> {
  if (typeof body !== 'object' || body === null) return;
  if ('query' in body && typeof body.query === 'string') yield* objectsInQuery(body.query);
  if ('object' in body && typeof body.object === 'string') yield body.object;
  if ('records' in body && Array.isArray(body.records))
    for (const record of body.records) yield* objectsInTree(record, 1);
  for (const { url, body: inner } of subrequestsOf(body))
    yield* objectsIn(url ?? '', inner, schema);
}

function* objectsInQuery(soql: string): Generator<string> {
  for (const match of soql.matchAll(/\bFROM\s+(\w+)/gi)) yield match[1]!;
}

/** No tree that is taken has more levels. */
const DEEPEST_TREE = 5;

/** The types of a record and of the children nested in it. */
function* objectsInTree(record: unknown, level: number): Generator<string> {
  if (typeof record !== 'object' || record === null || level > DEEPEST_TREE) return;
  const { attributes } = record as { attributes?: { type?: unknown } };
  yield String(attributes?.type ?? '');
  for (const value of Object.values(record)) {
    const { records } = Object(value) as { records?: unknown };
    if (Array.isArray(records)) for (const child of records) yield* objectsInTree(child, level + 1);
  }
}

/** Those of a composite, of a batch, and of all graphs of a request. */
function subrequestsOf(body: unknown): Subrequest[] {
  const { compositeRequest, batchRequests, graphs } = Object(body ?? {}) as Record<string, unknown>;
  if (Array.isArray(graphs)) return graphs.flatMap(subrequestsIn);
  if (Array.isArray(batchRequests))
    return batchRequests.map((given) => {
      const { method, url, richInput } = Object(given) as Record<string, unknown>;
      return { method: String(method), url: String(url ?? ''), body: richInput };
    });
  return subrequestsIn({ compositeRequest });
}

function subrequestsIn(given: unknown): Subrequest[] {
  const { compositeRequest } = Object(given ?? {}) as { compositeRequest?: unknown };
  if (!Array.isArray(compositeRequest)) return [];
  return compositeRequest.map((part) => {
    const { method, url, body } = Object(part ?? {}) as Record<string, unknown>;
    return { method: String(method), url: String(url ?? ''), body };
  });
}
