import type { PoolClient } from 'pg';
import { convertedLead, requiredFieldsMissing } from '../../errors.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { countCampaigns, lockCampaigns } from './campaign-figures.ts';
import { alreadyMember } from './failures.ts';
import { addMembers } from './member-additions.ts';
import { copyToMembers } from './member-person.ts';
import { distinct, rowsById, setValue, valueAfter } from './rows-of.ts';

/** What the figures of a campaign are counted by. */
const COUNTED = ['CampaignId', 'LeadId', 'ContactId', 'Status', 'HasResponded'];

export const campaignMember: Behaviour = {
  reads: ['CampaignId', 'LeadId', 'ContactId', 'Status', 'FirstRespondedDate'],
  async beforeSave(client, context, save) {
    const campaigns = distinct(save.drafts.map((draft) => after(save, draft, 'CampaignId')));
    // Held before anything is looked at: nobody else adds the same person or counts meanwhile.
    await lockCampaigns(client, context, campaigns);
    if (save.kind === 'insert') {
      for (const draft of save.drafts) choosePerson(draft);
      const sound = save.drafts.filter(({ errors }) => errors.length === 0);
      await refuseConverted(client, context, sound);
      await refuseMembers(client, sound, campaigns);
    }
    await readStatuses(client, context, save, campaigns);
  },
  async afterSave(client, context, save) {
    const ids = save.drafts.map(({ id }) => id!);
    const isShown = ({ values }: Draft) => values.has('LeadId') || values.has('ContactId');
    if (save.kind === 'insert' || save.drafts.some(isShown))
      await copyToMembers(client, context.org, ids);
    const counts = ({ values }: Draft) => COUNTED.some((name) => values.has(name));
    if (save.kind === 'insert') await addMembers(client, context, save);
    else if (save.drafts.some(counts)) await countCampaignsOf(client, context, ids);
  },
  afterDelete: countCampaignsOf,
  afterUndelete: countCampaignsOf,
};

const after = (save: Save, draft: Draft, name: string) =>
  valueAfter(draft, save.before.get(draft.id!), name);

/** Counts the campaigns of these members again, whether they are live or not. */
async function countCampaignsOf(client: PoolClient, context: WriteContext, ids: string[]) {
  const { rows } = await client.query<{ CampaignId: string }>(
    'SELECT DISTINCT "CampaignId" FROM org."CampaignMember" WHERE "Id" = ANY($1)',
    [ids],
  );
  await countCampaigns(client, context, distinct(rows.map((row) => row.CampaignId)));
}

/** A contact goes before a lead given along with it. */
function choosePerson(draft: Draft): void {
  const [lead, contact] = ['LeadId', 'ContactId'].map((name) => draft.values.get(name) ?? null);
  if (lead === null && contact === null)
    draft.errors.push(requiredFieldsMissing(['LeadId', 'ContactId']));
  if (contact !== null) draft.values.set('LeadId', null);
}

async function refuseConverted(client: PoolClient, { org }: WriteContext, drafts: Draft[]) {
  const leads = await rowsById(
    client,
    org,
    'Lead',
    distinct(drafts.map(({ values }) => values.get('LeadId'))),
    ['IsConverted'],
  );
  for (const draft of drafts)
    if (leads.get(draft.values.get('LeadId') ?? '')?.IsConverted === 'true')
      draft.errors.push(convertedLead());
}

async function refuseMembers(client: PoolClient, drafts: Draft[], campaigns: string[]) {
  const person = ({ values }: Draft) => values.get('ContactId') ?? values.get('LeadId')!;
  const { rows } = await client.query<{ key: string }>(
    `SELECT "CampaignId" || person AS key
       FROM org."CampaignMember" CROSS JOIN LATERAL (VALUES ("LeadId"), ("ContactId")) one(person)
      WHERE "CampaignId" = ANY($1) AND ("LeadId" = ANY($2) OR "ContactId" = ANY($2))
        AND NOT "IsDeleted" AND person IS NOT NULL`,
    [campaigns, drafts.map(person)],
  );
  const members = new Set(rows.map((row) => row.key));
  for (const draft of drafts.filter(({ errors }) => errors.length === 0)) {
    const key = `${draft.values.get('CampaignId')}${person(draft)}`;
    if (members.has(key)) draft.errors.push(alreadyMember());
    members.add(key);
  }
}

interface Status {
  CampaignId: string;
  Label: string;
  IsDefault: boolean;
  HasResponded: boolean;
}

/** A status that the campaign does not know, or none, becomes its default one. */
async function readStatuses(
  client: PoolClient,
  { org }: WriteContext,
  save: Save,
  campaigns: string[],
) {
  const drafts = save.drafts.filter(({ values }) => save.kind === 'insert' || values.has('Status'));
  if (drafts.length === 0) return;
  const { rows } = await client.query<Status>(
    `SELECT "CampaignId", "Label", "IsDefault", "HasResponded" FROM org."CampaignMemberStatus"
      WHERE "CampaignId" = ANY($1) AND NOT "IsDeleted" ORDER BY "SortOrder"`,
    [campaigns],
  );
  const byCampaign = Map.groupBy(rows, (row) => row.CampaignId);
  const today = stampOf(org.now()).slice(0, 10);
  for (const draft of drafts) {
    const statuses = byCampaign.get(after(save, draft, 'CampaignId') ?? '') ?? [];
    const given = draft.values.get('Status')?.toLowerCase();
    const status =
      statuses.find(({ Label }) => Label.toLowerCase() === given) ??
      statuses.find(({ IsDefault }) => IsDefault) ??
      statuses[0];
    if (status === undefined) continue;
    draft.values.set('Status', status.Label);
    setValue(save.object, draft, 'HasResponded', String(status.HasResponded));
    const first = save.before.get(draft.id!)?.FirstRespondedDate ?? null;
    if (status.HasResponded && first === null)
      setValue(save.object, draft, 'FirstRespondedDate', today);
  }
}
