import type { PoolClient } from 'pg';
import { cannotInsert, insufficientAccess } from '../../errors.ts';
import { MEMBER_STATUSES } from '../../objects/statuses.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import { countCampaigns, FIGURES, HIERARCHY_FIGURES, SUMMED_FIELDS } from './campaign-figures.ts';
import { refuseLoops } from './hierarchy.ts';
import { isMarketingUser } from './marketing-user.ts';
import { distinct, setValue } from './rows-of.ts';

export const campaign: Behaviour = {
  reads: ['ParentId'],
  async beforeSave(client, context, save) {
    await keepToMarketingUsers(client, context, save);
    for (const draft of save.kind === 'insert' ? save.drafts : [])
      for (const name of [...FIGURES, ...HIERARCHY_FIGURES])
        setValue(save.object, draft, name, '0');
    await refuseLoops(client, save, 'ParentId');
  },
  async afterSave(client, context, save) {
    if (save.kind === 'insert') await addFirstStatuses(client, context, save);
    await recountMoved(client, context, save);
  },
  async beforeDelete(client, context, ids) {
    if (await isMarketingUser(client, context)) return new Map();
    return new Map(ids.map((id) => [id, insufficientAccess()]));
  },
  async afterDelete(client, context, ids) {
    await countCampaigns(client, context, await parentsOf(client, ids));
  },
  async afterUndelete(client, context, ids) {
    await countCampaigns(client, context, ids);
  },
};

async function keepToMarketingUsers(client: PoolClient, context: WriteContext, save: Save) {
  if (await isMarketingUser(client, context)) return;
  for (const draft of save.drafts)
    draft.errors.push(
      save.kind === 'insert' ? cannotInsert(save.object.label) : insufficientAccess(),
    );
}

async function parentsOf(client: PoolClient, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ ParentId: string | null }>(
    'SELECT DISTINCT "ParentId" FROM org."Campaign" WHERE "Id" = ANY($1)',
    [ids],
  );
  return distinct(rows.map((row) => row.ParentId));
}

async function addFirstStatuses(client: PoolClient, { org, session }: WriteContext, save: Save) {
  if (org.schema.object('CampaignMemberStatus') === undefined) return;
  await client.query(
    `INSERT INTO org."CampaignMemberStatus" ("CampaignId", "Label", "SortOrder", "IsDefault", "HasResponded",
            "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
     SELECT campaign, label, sort_order, is_default, responded, $6, $7, $6, $7, $6
       FROM unnest($1::text[]) AS campaign
      CROSS JOIN unnest($2::text[], $3::int[], $4::boolean[], $5::boolean[])
              AS first(label, sort_order, is_default, responded)`,
    [
      save.drafts.map(({ id }) => id),
      MEMBER_STATUSES.map(({ Label }) => Label),
      MEMBER_STATUSES.map(({ SortOrder }) => SortOrder),
      MEMBER_STATUSES.map(({ IsDefault }) => IsDefault),
      MEMBER_STATUSES.map(({ HasResponded }) => HasResponded),
      stampOf(org.now()),
      session.userId,
    ],
  );
}

/** The hierarchies that a campaign left, joined or brought other sums to. */
async function recountMoved(client: PoolClient, context: WriteContext, save: Save) {
  const named = save.drafts.filter(({ values }) =>
    ['ParentId', ...SUMMED_FIELDS].some(
      (name) => (values.get(name) ?? null) !== null || (save.kind === 'update' && values.has(name)),
    ),
  );
  const ids = named.flatMap(({ id }) => [id, save.before.get(id!)?.ParentId]);
  await countCampaigns(client, context, distinct(ids));
}
