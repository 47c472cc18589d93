import { campaignSteps } from '../../src/marketing/programs/members.ts';
import { isSalesforceId } from '../../src/sync/action.ts';
import { isLower } from '../../src/sync/program-status.ts';
import { type ActionContext, type ActionResult, GONE, requireDone } from './context.ts';
import { ActionRefused } from './errors.ts';
import { type KnownPerson, requirePerson, requireRecord } from './person.ts';
import { inSalesforce, personResult } from './sync-person.ts';
import { takeOver } from './take-over.ts';

interface Member {
  id: string;
  status: string | null;
}

/** I5: someone who is a member already is left as is. */
export async function addToCampaign(context: ActionContext): Promise<ActionResult> {
  const campaign = await requireCampaign(context);
  const status = await requireStatus(context, campaign);
  const person = await inSalesforce(context, 'Add to Campaign');
  const member = await memberOf(context, campaign, person);
  const { id } = member ?? (await addMember(context, campaign, person, status));
  await takeOver(context, 'CampaignMember', [id]);
  return { ...personResult(person), campaign, member: id };
}

/** I6: adds first if need be. In a campaign with a program nobody goes back to a lower step (E7). */
export async function changeStatus(context: ActionContext): Promise<ActionResult> {
  const campaign = await requireCampaign(context);
  const status = await requireStatus(context, campaign);
  const person = await inSalesforce(context, 'Change Status in Campaign');
  const found = await memberOf(context, campaign, person);
  const member = found ?? (await addMember(context, campaign, person, status));
  if (member.status !== status) {
    await refuseLowerStep(context, campaign, member.status, status);
    context.goOn();
    const record = { Id: member.id, Status: status };
    const how = { allowDuplicates: false };
    const [outcome] = await context.salesforce.update('CampaignMember', [record], how);
    requireDone(outcome!);
  }
  await takeOver(context, 'CampaignMember', [member.id]);
  return { ...personResult(person), campaign, member: member.id };
}

/** I6: someone who is no member is what was wanted. */
export async function removeFromCampaign(context: ActionContext): Promise<ActionResult> {
  const campaign = await requireCampaign(context);
  const person = requireRecord(await requirePerson(context, context.personId));
  const member = await memberOf(context, campaign, person);
  const kept = typeof context.progress.member === 'string' ? context.progress.member : null;
  if (member !== null) {
    await context.keep({ member: member.id });
    context.goOn();
    const [outcome] = await context.salesforce.delete([member.id]);
    if (outcome!.ok || !GONE.has(outcome!.code)) requireDone(outcome!);
  }
  const removed = member?.id ?? kept;
  if (removed !== null) await takeOver(context, 'CampaignMember', [removed]);
  return { ...personResult(person), campaign, member: removed };
}

/** @throws ActionRefused */
async function refuseLowerStep(
  { db }: ActionContext,
  campaign: string,
  from: string | null,
  to: string | null,
): Promise<void> {
  if (from === null || to === null) return;
  if (!isLower(await campaignSteps(db, campaign), from, to)) return;
  throw new ActionRefused(
    'LOWER_STEP',
    `The member has reached "${from}", and "${to}" is a lower step of the program's channel: only Salesforce sets that.`,
  );
}

/** @throws ActionRefused */
async function requireCampaign({ salesforce, parameters, goOn }: ActionContext): Promise<string> {
  const { campaign } = parameters;
  goOn();
  const byId = isSalesforceId(campaign) && campaign.startsWith('701');
  const where = { field: byId ? 'Id' : 'Name', in: [campaign] };
  const rows = await salesforce.select('Campaign', ['Id'], [where]);
  if (rows.length === 1) return String(rows[0]!.Id);
  const [code, message] =
    rows.length === 0
      ? ['NO_SUCH_CAMPAIGN', `The sync user sees no campaign "${campaign}".`]
      : ['CAMPAIGN_AMBIGUOUS', `Several campaigns are called "${campaign}": give the id of one.`];
  throw new ActionRefused(code!, message!);
}

/** The campaign's own spelling of the status; null when none was given. Salesforce would take its default. */
async function requireStatus(context: ActionContext, campaign: string): Promise<string | null> {
  const wanted = context.parameters.status;
  if (wanted === null) return null;
  const rows = await context.salesforce.select(
    'CampaignMemberStatus',
    ['Label'],
    [{ field: 'CampaignId', in: [campaign] }],
  );
  const labels = rows.map(({ Label }) => String(Label));
  const found = labels.find((label) => label.toLowerCase() === wanted.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new ActionRefused(
    'NO_SUCH_STATUS',
    `The campaign has no status "${wanted}"; it has ${labels.join(', ')}.`,
  );
}

async function memberOf(
  context: ActionContext,
  campaign: string,
  { object, sfdcId }: KnownPerson,
): Promise<Member | null> {
  context.goOn();
  const rows = await context.salesforce.select(
    'CampaignMember',
    ['Id', 'Status'],
    [
      { field: 'CampaignId', in: [campaign] },
      { field: `${object}Id`, in: [sfdcId] },
    ],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { id: String(row.Id), status: row.Status === null ? null : String(row.Status) };
}

/** Salesforce lets a person be a member of a campaign once: a try whose answer was lost is told so (N2). */
async function addMember(
  context: ActionContext,
  campaign: string,
  person: KnownPerson,
  status: string | null,
): Promise<Member> {
  const record = {
    CampaignId: campaign,
    [`${person.object}Id`]: person.sfdcId,
    ...(status !== null && { Status: status }),
  };
  context.goOn();
  const how = { allowDuplicates: false };
  const [outcome] = await context.salesforce.create('CampaignMember', [record], how);
  if (!outcome!.ok && outcome!.code === 'DUPLICATE_VALUE') {
    const member = await memberOf(context, campaign, person);
    if (member !== null) return member;
  }
  return { id: requireDone(outcome!).id, status };
}
