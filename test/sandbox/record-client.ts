import type jsforce from 'jsforce';
import type { RunningSandbox } from './support.ts';
import { type Answer, jsforceConnection, login, restClient } from './support-client.ts';

/** One session of a user, over plain HTTP and through jsforce. */
export interface RecordClient {
  userId: string;
  connection: jsforce.Connection;
  /** `path` begins after `/services/data/v59.0`, unless it begins with `/services`. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

/** Logs a user in, the sync user unless another is given. */
export async function recordClient(
  sandbox: RunningSandbox,
  user?: { username: string; password: string; securityToken: string },
): Promise<RecordClient> {
  const connection = await jsforceConnection(sandbox, '59.0');
  const send = restClient(sandbox, await login(sandbox, user));
  const { rows } = await sandbox.pool.query<{ id: string }>(
    'SELECT "Id" AS id FROM org."User" WHERE lower("Username") = lower($1)',
    [(user ?? sandbox).username],
  );
  return {
    userId: rows[0]!.id,
    connection,
    call: (method, path, ...rest) =>
      send(method, path.startsWith('/services') ? path : `/services/data/v59.0${path}`, ...rest),
  };
}
