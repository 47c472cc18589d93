import type { PoolClient } from 'pg';
import { idOfRightShape } from './id-shape.ts';
import { lockInOrder } from './lock-ahead.ts';
import type { WriteContext } from './types.ts';

/**
 * Locks what a conversion or a merge of these records will write, campaigns they are members of and
 * opportunities they have roles in among it, in the order in which all writers lock. What are no ids
 * is passed over.
 */
export async function lockPeople(
  client: PoolClient,
  context: WriteContext,
  ids: (string | null | undefined)[],
): Promise<void> {
  const own = ids.flatMap((id) => (id ? (idOfRightShape(id) ?? []) : []));
  const { schema } = context.org;
  const wanted: Record<string, string[]> = {};
  const want = (id: string) => {
    const name = schema.objectByPrefix(id.slice(0, 3))?.name;
    if (name !== undefined) wanted[name] = [...(wanted[name] ?? []), id];
  };
  for (const id of own) want(id);
  if (schema.object('CampaignMember') !== undefined) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT "CampaignId" AS id FROM org."CampaignMember"
        WHERE "LeadId" = ANY($1) OR "ContactId" = ANY($1)`,
      [own],
    );
    for (const { id } of rows) want(id);
  }
  if (schema.object('OpportunityContactRole') !== undefined) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT "OpportunityId" AS id FROM org."OpportunityContactRole" WHERE "ContactId" = ANY($1)`,
      [own],
    );
    for (const { id } of rows) want(id);
  }
  await lockInOrder(client, context, wanted);
}
