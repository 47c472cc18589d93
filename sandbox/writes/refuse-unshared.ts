import type { PoolClient } from 'pg';
import type { SalesforceError } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { writeRefusals } from '../sharing.ts';
import type { WriteContext } from './types.ts';

/** Gives an error to each of these rows that is somebody else's, where sharing keeps the caller from it. */
export async function refuseUnshared(
  client: PoolClient,
  { session, org }: WriteContext,
  object: SObject,
  written: { id: string | null; errors: SalesforceError[] }[],
): Promise<void> {
  const ids = written.flatMap(({ id }) => id ?? []);
  const refused = await writeRefusals(client, session, org, object, ids);
  for (const { id, errors } of written) {
    const error = refused.get(id ?? '');
    if (error !== undefined) errors.push(error);
  }
}
