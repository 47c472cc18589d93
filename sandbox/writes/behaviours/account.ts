import type { PoolClient } from 'pg';
import type { SalesforceError } from '../../errors.ts';
import type { Behaviour } from '../behaviour.ts';
import type { WriteContext } from '../types.ts';
import { undeletable } from './failures.ts';
import { refuseLoops } from './hierarchy.ts';
import { copyFromAccounts } from './member-person.ts';
import { hasColumn } from './rows-of.ts';

export const account: Behaviour = {
  beforeSave: (client, _context, save) => refuseLoops(client, save, 'ParentId'),
  async afterSave(client, { org }, save) {
    const renamed = save.drafts.filter(({ values }) => values.has('Name'));
    if (save.kind === 'update')
      await copyFromAccounts(
        client,
        org,
        renamed.map(({ id }) => id!),
      );
  },
  beforeDelete: refuseWithWonOpportunities,
};

/** Opportunities that are won keep their account. */
async function refuseWithWonOpportunities(
  client: PoolClient,
  { org }: WriteContext,
  ids: string[],
): Promise<Map<string, SalesforceError>> {
  if (!hasColumn(org.schema.object('Opportunity'), 'IsWon')) return new Map();
  const { rows } = await client.query<{ id: string; account: string; names: string }>(
    `SELECT a."Id" AS id, a."Name" AS account, string_agg(o."Name", ', ' ORDER BY o."Id") AS names
       FROM org."Account" a JOIN org."Opportunity" o ON o."AccountId" = a."Id"
      WHERE a."Id" = ANY($1) AND o."IsWon" AND NOT o."IsDeleted" GROUP BY a."Id", a."Name"`,
    [ids],
  );
  return new Map(
    rows.map(({ id, account, names }) => [
      id,
      undeletable(
        `Your attempt to delete ${account} could not be completed because some opportunities in that account were closed won. The opportunities that were closed won are shown below.: ${names}`,
      ),
    ]),
  );
}
