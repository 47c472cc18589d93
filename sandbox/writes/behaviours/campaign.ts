import type { PoolClient } from 'pg';
import { cannotInsert, insufficientAccess } from '../../errors.ts';
import { MEMBER_STATUSES } from '../../objects/statuses.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import {
  countCampaigns,
  FIGURES,
  HIERARCHY_FIGURES,
  lockCampaigns,
  SUMMED_FIELDS,
} from './campaign-figures.ts';
import { hierarchyLoop } from './failures.ts';
import { isMarketingUser } from './marketing-user.ts';
import { distinct, setValue } from './rows-of.ts';

export const campaign: Behaviour = {
  reads: ['ParentId'],
  async beforeSave(client, context, save) {
    await keepToMarketingUsers(client, context, save);
    for (const draft of save.kind === 'insert' ? save.drafts : [])
      for (const name of [...FIGURES, ...HIERARCHY_FIGURES])
        setValue(save.object, draft, name, '0');
    await refuseLoops(client, save);
  },
  async afterSave(client, context, save) {
    if (save.kind === 'insert') await addFirstStatuses(client, context, save);
    await recountMoved(client, context, save);
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

/** Locks the lines above old and new parents first, so that two writers cannot close a loop. */
async function refuseLoops(client: PoolClient, { drafts, kind, object }: Save) {
  const moved = drafts.filter(({ values }) => (values.get('ParentId') ?? null) !== null);
  if (kind === 'insert' || moved.length === 0) return;
  await lockCampaigns(
    client,
    distinct(moved.flatMap(({ id, values }) => [id, values.get('ParentId')])),
  );
  const { rows } = await client.query<{ id: string }>(
    `WITH RECURSIVE wanted AS (
       SELECT id COLLATE "C" AS id, parent COLLATE "C" AS parent
         FROM unnest($1::text[], $2::text[]) AS one(id, parent)
     ), line AS (
       SELECT id AS start, parent AS id FROM wanted
        UNION SELECT line.start, coalesce(wanted.parent, above."ParentId")
                FROM line JOIN org."Campaign" above ON above."Id" = line.id
                LEFT JOIN wanted ON wanted.id = line.id
     ) SELECT DISTINCT start AS id FROM line WHERE id = start`,
    [moved.map(({ id }) => id), moved.map(({ values }) => values.get('ParentId'))],
  );
  const looping = new Set(rows.map(({ id }) => id));
  const label = object.fields.find(({ name }) => name === 'ParentId')!.label;
  for (const draft of moved)
    if (looping.has(draft.id!)) draft.errors.push(hierarchyLoop(label, 'ParentId'));
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
