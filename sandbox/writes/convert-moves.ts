import type { PoolClient } from 'pg';
import { joinMemberships } from './memberships.ts';
import { changeRows, rowsReferring } from './system-changes.ts';
import type { WriteContext } from './types.ts';

interface Became {
  accountId: string;
  contactId: string;
  opportunityId: string | null;
}

/** A lead's tasks and events become the contact's, about the opportunity, or the account without one. */
export async function moveActivities(
  client: PoolClient,
  context: WriteContext,
  leadId: string,
  { accountId, contactId, opportunityId }: Became,
): Promise<void> {
  for (const name of ['Task', 'Event']) {
    const object = context.org.schema.object(name);
    if (object === undefined) continue;
    const rows = await rowsReferring(client, object, 'WhoId', [leadId], ['WhatId']);
    const changes = rows.map(({ Id, WhatId }) => ({
      id: Id!,
      values: {
        WhoId: contactId,
        WhatId: WhatId ?? opportunityId ?? accountId,
        AccountId: accountId,
      },
    }));
    await changeRows(client, context, object, changes);
  }
}

/** Memberships keep the lead and gain the contact; where the contact was a member too, one row stays. */
export async function moveMembers(
  client: PoolClient,
  context: WriteContext,
  leadId: string,
  contactId: string,
): Promise<void> {
  const object = context.org.schema.object('CampaignMember');
  if (object === undefined) return;
  const columns = ['LeadId', 'CampaignId', 'Status', 'HasResponded', 'FirstRespondedDate'];
  const own = await rowsReferring(client, object, 'LeadId', [leadId], columns);
  const known = await rowsReferring(client, object, 'ContactId', [contactId], columns);
  const byCampaign = new Map(known.map((row) => [row.CampaignId, row]));
  const changes = own
    .filter(({ CampaignId }) => !byCampaign.has(CampaignId!))
    .map(({ Id }) => ({ id: Id!, values: { ContactId: contactId } }));
  await changeRows(client, context, object, changes);
  const doubles = own.flatMap((gone) => {
    const stays = byCampaign.get(gone.CampaignId!);
    return stays === undefined ? [] : [{ stays, gone, values: { LeadId: stays.LeadId ?? leadId } }];
  });
  await joinMemberships(client, context, object, doubles);
}
