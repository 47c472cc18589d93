import type { FastifyInstance, FastifyRequest } from 'fastify';
import { subrequestCaller } from '../current-request.ts';
import type { Executor } from '../org.ts';

export interface Subrequest {
  method: string;
  /** Path and query, from `/services/data/`. */
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

export interface Subresponse {
  status: number;
  headers: Record<string, string>;
  /** JSON text; empty when there is no body. */
  text: string;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const METHODS = new Set<string>(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Headers of an answer that a composite passes on. */
const PASSED_ON = { location: 'Location', etag: 'ETag', 'last-modified': 'Last-Modified' };

/**
 * Sends a subrequest through the server's own routes, as the caller of the outer request and on
 * `db`. It counts as no call of its own. Methods are case-sensitive: an unknown one is 405.
 */
export async function dispatch(
  app: FastifyInstance,
  outer: FastifyRequest,
  db: Executor,
  { method, url, headers, body }: Subrequest,
): Promise<Subresponse> {
  if (!METHODS.has(method)) return methodUnknown(method);
  // inject starts only when it is awaited: that has to happen inside.
  const response = await subrequestCaller.run(
    { session: outer.session, db },
    async () =>
      await app.inject({
        method: method as Method,
        url,
        headers: { ...inherited(outer), ...headers },
        ...(body === undefined || body === null ? {} : { payload: JSON.stringify(body) }),
      }),
  );
  const passedOn = Object.entries(PASSED_ON)
    .filter(([name]) => response.headers[name] !== undefined)
    .map(([name, shown]) => [shown, String(response.headers[name])]);
  return {
    status: response.statusCode,
    headers: Object.fromEntries(passedOn),
    text: response.payload,
  };
}

/** What URLs are built from, and the content type, are those of the outer request. */
function inherited(outer: FastifyRequest): Record<string, string> {
  const names = ['host', 'x-forwarded-proto', 'x-forwarded-host'];
  const found = names.flatMap((name) => {
    const value = outer.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(found), 'content-type': 'application/json' };
}

function methodUnknown(method: string): Subresponse {
  const message = `HTTP Method '${method}' not allowed. Allowed are HEAD,GET,POST,PATCH,PUT,DELETE`;
  const text = JSON.stringify([{ message, errorCode: 'METHOD_NOT_ALLOWED' }]);
  return { status: 405, headers: {}, text };
}
