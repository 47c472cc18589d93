import jsforce from 'jsforce';
import { expect, vi } from 'vitest';
import type { RunningSandbox } from './support.ts';

/** A new session of the sync user, or of the admin. */
export async function login(
  { url, clientId, clientSecret, ...sync }: RunningSandbox,
  who: { username: string; password: string; securityToken: string } = sync,
): Promise<string> {
  const response = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: clientId,
      client_secret: clientSecret,
      username: who.username,
      password: who.password + who.securityToken,
    }),
  });
  if (!response.ok) throw new Error(`login failed: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

export async function jsforceConnection(
  sandbox: RunningSandbox,
  version = '60.0',
  who?: Parameters<typeof login>[1],
) {
  return new jsforce.Connection({
    instanceUrl: sandbox.url,
    accessToken: await login(sandbox, who),
    version,
  });
}

/**
 * Does work that loads in bulk, and waits until the jobs are closed: jsforce closes them by itself
 * when it has given the results, and would be cut off by the end of the tests.
 */
export async function untilJobsClose<T>(
  { bulk }: jsforce.Connection,
  work: () => T,
): Promise<Awaited<T>> {
  const made = vi.spyOn(bulk, 'createJob');
  const result = await work();
  await vi.waitFor(() => {
    for (const { value: job } of made.mock.results) expect(job.state).toBe('Closed');
  }, 10_000);
  made.mockRestore();
  return result;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  body: any;
}

/** Sends REST requests as one session; bodies and answers are JSON. Paths are relative to v60.0 unless they begin with `/`. */
export function restClient(sandbox: RunningSandbox, accessToken: string) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const url = path.startsWith('/') ? path : `/services/data/v60.0/${path}`;
    const response = await fetch(sandbox.url + url, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
}

/** Talks to the control URL; throws what it refuses. */
export async function control(
  { controlUrl }: RunningSandbox,
  method: string,
  path: string,
  body?: unknown,
) {
  const response = await fetch(controlUrl + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    const [{ message }] = (await response.json()) as [{ message: string }];
    throw new Error(message);
  }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return (await response.json()) as any;
}

/** How many records have the value, deleted ones among them. */
export async function countWhere(
  { pool }: RunningSandbox,
  object: string,
  field: string,
  value: string,
): Promise<number> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM org."${object}" WHERE "${field}" = $1`,
    [value],
  );
  return rows[0].n;
}
