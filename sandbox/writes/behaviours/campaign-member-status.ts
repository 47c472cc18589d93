import type { PoolClient } from 'pg';
import { cannotInsert, insufficientAccess, type SalesforceError } from '../../errors.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { lockCampaigns } from './campaign-figures.ts';
import {
  statusLabelTaken,
  statusNeedsDefault,
  statusNeedsResponded,
  undeletable,
} from './failures.ts';
import { isMarketingUser } from './marketing-user.ts';
import { refreshResponses } from './member-responses.ts';
import { distinct, valueAfter } from './rows-of.ts';

interface Status {
  Id: string;
  CampaignId: string;
  Label: string;
  SortOrder: number | null;
  IsDefault: boolean;
  HasResponded: boolean;
}

export const campaignMemberStatus: Behaviour = {
  reads: ['CampaignId', 'Label', 'IsDefault', 'HasResponded'],
  async beforeSave(client, context, save) {
    if (!(await isMarketingUser(client, context)))
      for (const draft of save.drafts)
        draft.errors.push(
          save.kind === 'insert' ? cannotInsert(save.object.label) : insufficientAccess(),
        );
    const campaigns = distinct(save.drafts.map((draft) => campaignOf(save, draft)));
    await lockCampaigns(client, context, campaigns);
    const statuses = await statusesOf(client, campaigns);
    for (const draft of save.drafts)
      admit(save, draft, statuses.get(campaignOf(save, draft)!) ?? []);
  },
  async afterSave(client, context, save) {
    await unsetOtherDefaults(client, context, save);
    if (save.kind === 'update') await followStatuses(client, context, save);
  },
  async beforeDelete(client, _context, ids) {
    return refuseUsed(client, ids);
  },
};

const campaignOf = (save: Save, draft: Draft) =>
  valueAfter(draft, save.before.get(draft.id!), 'CampaignId');

async function statusesOf(client: PoolClient, campaigns: string[]): Promise<Map<string, Status[]>> {
  const { rows } = await client.query<Status>(
    `SELECT "Id", "CampaignId", "Label", "SortOrder", "IsDefault", "HasResponded"
       FROM org."CampaignMemberStatus" WHERE "CampaignId" = ANY($1) AND NOT "IsDeleted"`,
    [campaigns],
  );
  return Map.groupBy(rows, (row) => row.CampaignId);
}

/** Holds one draft against its campaign's statuses, which then count it among them. */
function admit({ kind }: Save, draft: Draft, statuses: Status[]): void {
  const same = (label: string) => (one: Status) =>
    one.Id !== draft.id && one.Label.toLowerCase() === label.toLowerCase();
  const label = draft.values.get('Label') ?? null;
  if (label !== null && statuses.some(same(label))) draft.errors.push(statusLabelTaken(label));
  const own = statuses.find(({ Id }) => Id === draft.id);
  if (kind === 'update' && own?.IsDefault && draft.values.get('IsDefault') === 'false')
    draft.errors.push(statusNeedsDefault());
  const othersRespond = statuses.some((one) => one.Id !== draft.id && one.HasResponded);
  if (own?.HasResponded && draft.values.get('HasResponded') === 'false' && !othersRespond)
    draft.errors.push(statusNeedsResponded());
  if (draft.errors.length > 0) return;
  if (kind === 'insert') addTo(statuses, draft);
  else if (own !== undefined) {
    own.Label = label ?? own.Label;
    if (draft.values.has('HasResponded'))
      own.HasResponded = draft.values.get('HasResponded') === 'true';
  }
}

function addTo(statuses: Status[], draft: Draft): void {
  const last = Math.max(0, ...statuses.map(({ SortOrder }) => SortOrder ?? 0));
  if ((draft.values.get('SortOrder') ?? null) === null)
    draft.values.set('SortOrder', String(last + 1));
  statuses.push({
    Id: draft.id!,
    CampaignId: draft.values.get('CampaignId')!,
    Label: draft.values.get('Label') ?? '',
    SortOrder: Number(draft.values.get('SortOrder')),
    IsDefault: draft.values.get('IsDefault') === 'true',
    HasResponded: draft.values.get('HasResponded') === 'true',
  });
}

/** The newest default of a campaign takes the place of the one before. */
async function unsetOtherDefaults(client: PoolClient, context: WriteContext, save: Save) {
  const newest = new Map<string, string>();
  for (const draft of save.drafts)
    if (draft.values.get('IsDefault') === 'true') newest.set(campaignOf(save, draft)!, draft.id!);
  if (newest.size === 0) return;
  await client.query(
    `UPDATE org."CampaignMemberStatus" AS status
        SET "IsDefault" = false, "LastModifiedDate" = $3, "LastModifiedById" = $4, "SystemModstamp" = $3
       FROM unnest($1::text[], $2::text[]) AS newest(campaign, id)
      WHERE status."CampaignId" = newest.campaign AND status."Id" <> newest.id
        AND status."IsDefault" AND NOT status."IsDeleted"`,
    [[...newest.keys()], [...newest.values()], stampOf(context.org.now()), context.session.userId],
  );
}

/** Members keep up with a status that is given another label or begins to count as a response. */
async function followStatuses(client: PoolClient, context: WriteContext, save: Save) {
  const renamed = save.drafts.filter(({ values }) => values.has('Label'));
  if (renamed.length > 0)
    await client.query(
      `UPDATE org."CampaignMember" AS member SET "Status" = renamed.new_label, "SystemModstamp" = $4
         FROM unnest($1::text[], $2::text[], $3::text[]) AS renamed(campaign, old_label, new_label)
        WHERE member."CampaignId" = renamed.campaign AND member."Status" = renamed.old_label
          AND renamed.old_label <> renamed.new_label`,
      [
        renamed.map((draft) => campaignOf(save, draft)),
        renamed.map(({ id }) => save.before.get(id!)?.Label),
        renamed.map(({ values }) => values.get('Label')),
        stampOf(context.org.now()),
      ],
    );
  const counted = save.drafts.filter(({ values }) => values.has('HasResponded'));
  await refreshResponses(
    client,
    context,
    distinct(counted.map((draft) => campaignOf(save, draft))),
  );
}

/** The default, one that members have, and the last that counts as a response stay. */
async function refuseUsed(
  client: PoolClient,
  ids: string[],
): Promise<Map<string, SalesforceError>> {
  const { rows } = await client.query<{
    id: string;
    is_default: boolean;
    used: boolean;
    last: boolean;
  }>(
    `SELECT status."Id" AS id, status."IsDefault" AS is_default,
            EXISTS (SELECT FROM org."CampaignMember" member
                     WHERE member."CampaignId" = status."CampaignId" AND member."Status" = status."Label"
                       AND NOT member."IsDeleted") AS used,
            status."HasResponded" AND NOT EXISTS (
              SELECT FROM org."CampaignMemberStatus" other
               WHERE other."CampaignId" = status."CampaignId" AND other."Id" <> ALL($1)
                 AND other."HasResponded" AND NOT other."IsDeleted") AS last
       FROM org."CampaignMemberStatus" status WHERE status."Id" = ANY($1)`,
    [ids],
  );
  const refused = new Map<string, SalesforceError>();
  for (const { id, is_default, used, last } of rows) {
    if (is_default) refused.set(id, undeletable('You cannot delete the default member status.'));
    else if (used)
      refused.set(id, undeletable('You cannot delete a member status that is in use.'));
    else if (last) refused.set(id, statusNeedsResponded());
  }
  return refused;
}
