import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchmarkFailed } from './failure.ts';
import type { Org } from './org.ts';

const VERSION = '/services/data/v60.0';

/** Milliseconds between two looks at a job; more often, the looks would take what the job needs. */
const LOOK_AGAIN = 25;

/** A session of the sandbox's administrator. */
export interface SandboxClient {
  /** The parsed answer. `path` begins after the version. */
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Makes a query job and reads its result to the end. */
  bulkQuery(soql: string, maxRecords: number): Promise<void>;
}

export async function sandboxClient({ login }: Org): Promise<SandboxClient> {
  const { url, clientId, clientSecret, admin } = login;
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: clientId,
      client_secret: clientSecret,
      username: admin.username,
      password: admin.password,
    }),
  });
  if (!answer.ok)
    throw new BenchmarkFailed(`The sandbox refuses the login: ${await answer.text()}`);
  const { access_token } = (await answer.json()) as { access_token: string };
  // Both sides run on the same cores, where zipping would only be in the way.
  const headers = { authorization: `Bearer ${access_token}`, 'accept-encoding': 'identity' };

  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(path.startsWith('/services') ? url + path : url + VERSION + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new BenchmarkFailed(`The sandbox answers ${response.status} on ${path}.`);
    return response;
  };
  const json = async <T>(method: string, path: string, body?: unknown) =>
    (await (await send(method, path, body)).json()) as T;

  return {
    json,
    async bulkQuery(query, maxRecords) {
      const { id } = await json<{ id: string }>('POST', '/jobs/query', {
        operation: 'query',
        query,
      });
      for (;;) {
        const { state } = await json<{ state: string }>('GET', `/jobs/query/${id}`);
        if (state === 'JobComplete') break;
        if (state === 'Failed') throw new BenchmarkFailed('The query job failed.');
        await sleep(LOOK_AGAIN);
      }
      for (let locator = ''; locator !== 'null'; ) {
        locator = await readPage(
          `${url}${VERSION}/jobs/query/${id}/results?maxRecords=${maxRecords}&locator=${locator}`,
          headers,
        );
      }
      await send('DELETE', `/jobs/query/${id}`);
    },
  };
}

/** Reads a page to its end and returns where the next one begins. fetch's streams would take as long as the sandbox. */
async function readPage(url: string, headers: Record<string, string>): Promise<string> {
  const [page] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  if (page.statusCode !== 200)
    throw new BenchmarkFailed(`The sandbox answers ${page.statusCode} on a page of a result.`);
  await finished(page.resume());
  return String(page.headers['sforce-locator'] ?? 'null');
}
