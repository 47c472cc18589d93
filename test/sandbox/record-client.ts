import type jsforce from 'jsforce';
import { expect } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
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

let serial = 0;

/** A value that no record has yet, for an external id. */
export function fresh(): string {
  serial += 1;
  return `key-${serial}`;
}

/** A sandbox for the tests of a file, and what its sync user or its administrator does there. */
export function recordsForTests(who?: 'admin') {
  const sandbox = sandboxForTests();
  const client = forTests(() => recordClient(sandbox, who && sandbox[who]));
  const post = (object: string, fields: object) =>
    client.call('POST', `/sobjects/${object}`, fields);
  return {
    sandbox,
    client,
    /** Answers the id of the new record. */
    async create(object: string, fields: object): Promise<string> {
      const { status, body } = await post(object, fields);
      expect(body).toMatchObject({ success: true });
      expect(status).toBe(201);
      return body.id;
    },
    refusal: async (object: string, fields: object) => (await post(object, fields)).body[0],
    update: (object: string, id: string, fields: object) =>
      client.call('PATCH', `/sobjects/${object}/${id}`, fields),
    read: async (object: string, id: string) =>
      (await client.call('GET', `/sobjects/${object}/${id}`)).body,
    query: async (soql: string) =>
      (await client.call('GET', `/query?q=${encodeURIComponent(soql)}`)).body.records,
  };
}
