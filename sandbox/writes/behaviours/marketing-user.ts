import type { PoolClient } from 'pg';
import type { WriteContext } from '../types.ts';

/** Campaigns and their statuses are written by users with the Marketing User licence box ticked. */
export async function isMarketingUser(client: PoolClient, { session }: WriteContext) {
  const { rows } = await client.query<{ may: boolean }>(
    'SELECT "UserPermissionsMarketingUser" AS may FROM org."User" WHERE "Id" = $1',
    [session.userId],
  );
  return rows[0]?.may === true;
}
