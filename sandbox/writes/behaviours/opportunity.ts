import type { PoolClient } from 'pg';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { countCampaigns, lockCampaigns } from './campaign-figures.ts';
import { distinct, setValue } from './rows-of.ts';

interface Stage {
  MasterLabel: string;
  IsClosed: boolean;
  IsWon: boolean;
  DefaultProbability: string | null;
  ForecastCategory: string;
  ForecastCategoryName: string;
}

/** API names of the forecast categories whose label differs. */
const CATEGORIES: Record<string, string> = {
  'Best Case': 'BestCase',
  'Most Likely': 'MostLikely',
  Commit: 'Forecast',
};

export const opportunity: Behaviour = {
  reads: ['StageName', 'CampaignId', 'CloseDate', 'PushCount'],
  async beforeSave(client, context, save) {
    await lockCampaigns(client, context, campaignsOf(save));
    const stages = await stagesOf(client, context);
    for (const draft of save.drafts) {
      followStage(context, save, draft, stages);
      countPush(save, draft);
    }
  },
  async afterSave(client, context, save) {
    if (save.kind === 'insert') await addPrimaryRoles(client, context, save);
    const counted = save.drafts.some(({ values }) =>
      ['CampaignId', 'Amount', 'StageName'].some((name) => values.has(name)),
    );
    if (counted) await countCampaigns(client, context, campaignsOf(save));
  },
  afterDelete: countCampaignsOf,
  afterUndelete: countCampaignsOf,
};

const campaignsOf = ({ drafts, before }: Save) =>
  distinct(
    drafts.flatMap(({ id, values }) => [values.get('CampaignId'), before.get(id!)?.CampaignId]),
  );

async function countCampaignsOf(client: PoolClient, context: WriteContext, ids: string[]) {
  const { rows } = await client.query<{ CampaignId: string | null }>(
    'SELECT DISTINCT "CampaignId" FROM org."Opportunity" WHERE "Id" = ANY($1)',
    [ids],
  );
  await countCampaigns(client, context, distinct(rows.map((row) => row.CampaignId)));
}

async function stagesOf(client: PoolClient, { org }: WriteContext): Promise<Map<string, Stage>> {
  if (org.schema.object('OpportunityStage') === undefined) return new Map();
  const { rows } = await client.query<Stage>(
    `SELECT "MasterLabel", "IsClosed", "IsWon", "DefaultProbability"::text AS "DefaultProbability",
            "ForecastCategory", "ForecastCategoryName" FROM org."OpportunityStage"`,
  );
  return new Map(rows.map((row) => [row.MasterLabel.toLowerCase(), row]));
}

/** What a stage brings along holds until the stage changes, unless the request says otherwise. */
function followStage({ org }: WriteContext, save: Save, draft: Draft, stages: Map<string, Stage>) {
  const { values } = draft;
  const category = values.get('ForecastCategoryName') ?? null;
  if (category !== null)
    setValue(save.object, draft, 'ForecastCategory', CATEGORIES[category] ?? category);
  const name = values.get('StageName') ?? null;
  const old = save.before.get(draft.id!)?.StageName ?? null;
  if (name === null || name.toLowerCase() === old?.toLowerCase()) return;
  // A stage that is on no list is an open one.
  const stage = stages.get(name.toLowerCase());
  values.set('StageName', stage?.MasterLabel ?? name);
  const set = (field: string, value: string) => setValue(save.object, draft, field, value);
  set('IsClosed', String(stage?.IsClosed ?? false));
  set('IsWon', String(stage?.IsWon ?? false));
  if ((values.get('Probability') ?? null) === null)
    set('Probability', stage?.DefaultProbability ?? '0');
  if (category === null) {
    set('ForecastCategory', stage?.ForecastCategory ?? 'Pipeline');
    set('ForecastCategoryName', stage?.ForecastCategoryName ?? 'Pipeline');
  }
  if (save.kind === 'update') set('LastStageChangeDate', stampOf(org.now()));
}

/** Counts how often the close date was moved into a later month. */
function countPush(save: Save, draft: Draft): void {
  const old = save.before.get(draft.id!);
  const date = draft.values.get('CloseDate') ?? null;
  if (date === null || !old?.CloseDate) return;
  if (date.slice(0, 7) > old.CloseDate.slice(0, 7))
    setValue(save.object, draft, 'PushCount', String(Number(old.PushCount ?? 0) + 1));
}

/** The contact an opportunity is made with becomes its primary contact role. */
async function addPrimaryRoles(client: PoolClient, { org, session }: WriteContext, save: Save) {
  const drafts = save.drafts.filter(({ values }) => (values.get('ContactId') ?? null) !== null);
  if (drafts.length === 0 || org.schema.object('OpportunityContactRole') === undefined) return;
  await client.query(
    `INSERT INTO org."OpportunityContactRole" ("OpportunityId", "ContactId", "IsPrimary", "CreatedDate",
            "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
     SELECT opportunity, contact, true, $3, $4, $3, $4, $3
       FROM unnest($1::text[], $2::text[]) AS role(opportunity, contact)`,
    [
      drafts.map(({ id }) => id),
      drafts.map(({ values }) => values.get('ContactId')),
      stampOf(org.now()),
      session.userId,
    ],
  );
}
