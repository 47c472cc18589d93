import type { PoolClient } from 'pg';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { distinct, hasColumn, valueAfter } from './rows-of.ts';

export const opportunityContactRole: Behaviour = {
  reads: ['OpportunityId', 'ContactId', 'IsPrimary'],
  async beforeSave(client, _context, save) {
    await lockOpportunities(
      client,
      distinct(save.drafts.map((draft) => opportunityOf(save, draft))),
    );
  },
  async afterSave(client, context, save) {
    await keepOnePrimary(client, context, save);
    await showPrimaries(
      client,
      context,
      distinct(save.drafts.map((draft) => opportunityOf(save, draft))),
    );
  },
  afterDelete: showPrimariesOf,
  async afterUndelete(client, context, ids) {
    await giveWay(client, ids);
    await showPrimariesOf(client, context, ids);
  },
};

const opportunityOf = (save: Save, draft: Draft) =>
  valueAfter(draft, save.before.get(draft.id!), 'OpportunityId');

const lockOpportunities = (client: PoolClient, ids: string[]) =>
  client.query(
    `SELECT FROM org."Opportunity" WHERE "Id" = ANY($1) ORDER BY "Id" FOR NO KEY UPDATE`,
    [ids],
  );

/** The last role that says it is primary takes the place of the one before. */
async function keepOnePrimary(client: PoolClient, { org, session }: WriteContext, save: Save) {
  const newest = new Map<string, string>();
  for (const draft of save.drafts)
    if (draft.values.get('IsPrimary') === 'true')
      newest.set(opportunityOf(save, draft)!, draft.id!);
  if (newest.size === 0) return;
  await client.query(
    `UPDATE org."OpportunityContactRole" AS role
        SET "IsPrimary" = false, "LastModifiedDate" = $3, "LastModifiedById" = $4, "SystemModstamp" = $3
       FROM unnest($1::text[], $2::text[]) AS newest(opportunity, id)
      WHERE role."OpportunityId" = newest.opportunity AND role."Id" <> newest.id
        AND role."IsPrimary" AND NOT role."IsDeleted"`,
    [[...newest.keys()], [...newest.values()], stampOf(org.now()), session.userId],
  );
}

/** Roles that come back leave it to the primary that an opportunity has been given since. */
const giveWay = (client: PoolClient, ids: string[]) =>
  client.query(
    `UPDATE org."OpportunityContactRole" AS role SET "IsPrimary" = false
      WHERE role."Id" = ANY($1) AND role."IsPrimary"
        AND EXISTS (SELECT FROM org."OpportunityContactRole" other
                     WHERE other."OpportunityId" = role."OpportunityId" AND other."Id" <> ALL($1)
                       AND other."IsPrimary" AND NOT other."IsDeleted")`,
    [ids],
  );

async function showPrimariesOf(client: PoolClient, context: WriteContext, ids: string[]) {
  const { rows } = await client.query<{ OpportunityId: string }>(
    'SELECT DISTINCT "OpportunityId" FROM org."OpportunityContactRole" WHERE "Id" = ANY($1)',
    [ids],
  );
  const opportunities = rows.map((row) => row.OpportunityId);
  await lockOpportunities(client, opportunities);
  await showPrimaries(client, context, opportunities);
}

/** Opportunity.ContactId is the contact of the primary role. */
async function showPrimaries(client: PoolClient, { org }: WriteContext, ids: string[]) {
  if (ids.length === 0 || !hasColumn(org.schema.object('Opportunity'), 'ContactId')) return;
  await client.query(
    `UPDATE org."Opportunity" AS target SET "ContactId" = primary_role.contact, "SystemModstamp" = $2
       FROM (SELECT o."Id" AS id, (SELECT max(r."ContactId") FROM org."OpportunityContactRole" r
                                    WHERE r."OpportunityId" = o."Id" AND r."IsPrimary" AND NOT r."IsDeleted") AS contact
               FROM org."Opportunity" o WHERE o."Id" = ANY($1)) primary_role
      WHERE target."Id" = primary_role.id AND target."ContactId" IS DISTINCT FROM primary_role.contact`,
    [ids, stampOf(org.now())],
  );
}
