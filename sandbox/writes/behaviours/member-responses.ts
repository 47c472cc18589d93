import type { PoolClient } from 'pg';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import { countCampaigns } from './campaign-figures.ts';

/** Whether members of these campaigns have responded, as their campaigns' statuses now say. */
export async function refreshResponses(
  client: PoolClient,
  context: WriteContext,
  campaigns: string[],
): Promise<void> {
  if (campaigns.length === 0) return;
  const stamp = stampOf(context.org.now());
  await client.query(
    `UPDATE org."CampaignMember" AS member
        SET "HasResponded" = status."HasResponded", "SystemModstamp" = $2,
            "FirstRespondedDate" = CASE WHEN status."HasResponded"
              THEN coalesce(member."FirstRespondedDate", $2::timestamptz::date)
              ELSE member."FirstRespondedDate" END
       FROM org."CampaignMemberStatus" status
      WHERE status."CampaignId" = ANY($1) AND NOT status."IsDeleted"
        AND member."CampaignId" = status."CampaignId" AND member."Status" = status."Label"
        AND member."HasResponded" <> status."HasResponded"`,
    [campaigns, stamp],
  );
  await countCampaigns(client, context, campaigns);
}
