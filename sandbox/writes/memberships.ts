import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { discardRows } from './delete.ts';
import { changeRows } from './system-changes.ts';
import type { WriteContext } from './types.ts';

type Row = Record<string, string | null>;

export interface Double {
  stays: Row;
  gone: Row;
  /** What the row that stays is given besides. */
  values?: Record<string, string | null>;
}

/**
 * Makes one of two memberships in a campaign. It has the status that is further along: a response
 * before none, then the campaign's own order of statuses. Rows hold Id, CampaignId, Status,
 * HasResponded and FirstRespondedDate.
 */
export async function joinMemberships(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  doubles: Double[],
): Promise<void> {
  if (doubles.length === 0) return;
  const orders = await statusOrders(
    client,
    doubles.map(({ gone }) => gone.CampaignId!),
  );
  const rank = ({ CampaignId, Status, HasResponded }: Row) =>
    (HasResponded === 'true' ? 1_000_000 : 0) + (orders.get(`${CampaignId} ${Status}`) ?? 0);
  await discardRows(
    client,
    context,
    object,
    doubles.map(({ gone }) => gone.Id!),
  );
  await changeRows(
    client,
    context,
    object,
    doubles.map(({ stays, gone, values }) => ({
      id: stays.Id!,
      values: {
        ...values,
        ...(rank(gone) > rank(stays)
          ? {
              Status: gone.Status ?? null,
              HasResponded: gone.HasResponded ?? null,
              FirstRespondedDate: stays.FirstRespondedDate ?? gone.FirstRespondedDate ?? null,
            }
          : {}),
      },
    })),
  );
}

async function statusOrders(client: PoolClient, campaigns: string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ key: string; order: number }>(
    `SELECT "CampaignId" || ' ' || "Label" AS key, "SortOrder" AS order
       FROM org."CampaignMemberStatus" WHERE "CampaignId" = ANY($1)`,
    [campaigns],
  );
  return new Map(rows.map(({ key, order }) => [key, order]));
}
