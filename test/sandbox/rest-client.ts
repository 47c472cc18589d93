import jsforce from 'jsforce';
import type { RunningSandbox } from './support.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what shape they expect.
  body: any;
}

/** A plain HTTP client of one session: what Salesforce's documents promise, without a library between. */
export interface RestClient {
  userId: string;
  connection: jsforce.Connection;
  /** `path` begins after `/services/data/v59.0`, unless it begins with `/services`. */
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
}

/** Logs a user in, the sync user unless another is given. */
export async function restClient(
  sandbox: RunningSandbox,
  user: { username: string; password: string; securityToken: string } = sandbox,
): Promise<RestClient> {
  const connection = new jsforce.Connection({ loginUrl: sandbox.url, version: '59.0' });
  const { id } = await connection.login(user.username, user.password + user.securityToken);
  return {
    userId: id,
    connection,
    async call(method, path, body, headers = {}) {
      const url = path.startsWith('/services') ? path : `/services/data/v59.0${path}`;
      const response = await fetch(sandbox.url + url, {
        method,
        headers: {
          authorization: `Bearer ${connection.accessToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
    },
  };
}
