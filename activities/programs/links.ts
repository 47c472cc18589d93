import { isLockTimeout } from '../../src/marketing/errors.ts';
import {
  completeLink,
  dropCreation,
  endLostLinks,
  keepCreation,
  keepMade,
  otherProgramOf,
  refuseLink,
  type WantedLink,
  wantedLinks,
} from '../../src/marketing/programs/links.ts';
import {
  SalesforceError,
  SalesforceRejected,
  SalesforceUnavailable,
} from '../../src/salesforce/errors.ts';
import { matchStatuses, planStatuses, statusRefusal } from '../../src/sync/program-status.ts';
import {
  firstFailure,
  liveStatuses,
  NO_DUPLICATES,
  type ProgramPush,
  pullBack,
  recorder,
} from './shared.ts';

/** Why a link is not made; kept in the program's row. */
interface Refusal {
  code: string;
  message: string;
  /** The campaign that was just made, where it got as far as that. */
  made?: string;
}

const OBJECT = 'CampaignMemberStatus';
/** Longest name of a campaign. */
const NAME_LENGTH = 80;
/** Salesforce ends a transaction after ten minutes: what is not there by then was not made. */
const OPEN_AT_MOST_MS = 10 * 60_000;

/** Links the programs that ask for it, to an existing campaign or to a new one (E1, E4); ends lost links. */
export async function linkPrograms(push: ProgramPush): Promise<void> {
  const { db } = push;
  const record = recorder(push, 'Campaign', 'link programs');
  await record(db, { failed: await endLostLinks(db) });
  for (const wanted of await wantedLinks(db)) {
    const refusal = await link(push, wanted);
    if (refusal === null) continue;
    const campaignId = refusal.made ?? wanted.campaignId;
    await refuseLink(db, { programId: wanted.programId, campaignId }, refusal);
    await record(db, { failed: 1 });
  }
}

async function link(push: ProgramPush, wanted: WantedLink): Promise<Refusal | null> {
  if (wanted.statuses.length === 0) {
    return {
      code: 'CHANNEL_WITHOUT_STATUSES',
      message: `The channel ${wanted.channel} has no statuses. Give it some in marketing.channel_status.`,
    };
  }
  if (wanted.campaignId !== null) return linkTo(push, wanted, wanted.campaignId);
  const made = await make(push, wanted);
  if (made === null || typeof made === 'object') return made;
  if (!(await keepMade(push.db, wanted.programId, made))) return null;
  const refusal = await linkTo(push, { ...wanted, campaignId: made, made: true }, made);
  return refusal && { ...refusal, made };
}

/** E4: the two sets of statuses have to match exactly; those of a campaign just made are made to. */
async function linkTo(
  push: ProgramPush,
  wanted: WantedLink,
  asked: string,
): Promise<Refusal | null> {
  const { db, salesforce, goOn } = push;
  const { programId, channel } = wanted;
  const campaign = await visibleCampaign(push, asked);
  if (campaign === null) {
    return {
      code: 'CAMPAIGN_NOT_VISIBLE',
      message: `Salesforce shows the sync user no campaign ${asked.slice(0, 18)}. Correct the id, or share the campaign with the sync user.`,
    };
  }
  const other = await otherProgramOf(db, campaign, programId);
  if (other !== null) {
    return {
      code: 'CAMPAIGN_LINKED_ALREADY',
      message: `The campaign ${campaign} is that of the program ${other}. A campaign has one program only.`,
    };
  }
  const read = async () => (await liveStatuses(push, [campaign])).get(campaign) ?? [];
  let statuses = await read();
  if (wanted.made) {
    const { create, update, remove } = planStatuses(wanted.statuses, statuses);
    const updateThose = (responds: boolean) =>
      salesforce.update(
        OBJECT,
        update.flatMap((status) => (status.HasResponded === responds ? [{ ...status }] : [])),
        NO_DUPLICATES,
      );
    // In this order there is a default, and one that counts as a response, at any time: Salesforce insists.
    const writes = [
      () =>
        salesforce.create(
          OBJECT,
          create.map((status) => ({ CampaignId: campaign, ...status })),
          NO_DUPLICATES,
        ),
      () => updateThose(true),
      () => updateThose(false),
      () => salesforce.delete(remove),
    ];
    for (const write of writes) {
      goOn();
      const failure = firstFailure(await write());
      if (failure !== null) return { code: failure.code, message: failure.message };
    }
    statuses = await read();
    await pullBack(push, OBJECT, { field: 'CampaignId', in: [campaign] });
  }
  const names = wanted.statuses.map(({ name }) => name);
  const match = matchStatuses(
    names,
    statuses.map(({ label }) => label),
  );
  const message = statusRefusal(channel, match);
  if (message !== null) return { code: 'STATUSES_DIFFER', message };
  try {
    if (await completeLink(db, { programId, campaignId: campaign, asked, statuses: names })) {
      await recorder(push, 'Campaign', 'link programs')(db, { new: 1 });
    }
    return null;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    return { code: 'PROGRAM_HELD', message: HELD };
  }
}

const HELD =
  'Another session holds the program or its members in a transaction that does not end. Look for it in pg_stat_activity; the link is tried again.';

/** The campaign's id in 18 characters; null when Salesforce shows none. */
async function visibleCampaign(
  { salesforce, goOn }: ProgramPush,
  asked: string,
): Promise<string | null> {
  if (!/^701[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(asked)) return null;
  goOn();
  const [row] = await salesforce.retrieve('Campaign', [asked], ['Id']);
  return row ? String(row.Id) : null;
}

/**
 * Create New, once: a campaign has no External ID by which a second try would find the first one's. So a
 * marker is kept before the first try, and the campaign carries the program's id in its description; before
 * any further try it is looked for (N2, trap 18). Null: not known yet, look again in the next cycle.
 */
async function make(push: ProgramPush, wanted: WantedLink): Promise<string | Refusal | null> {
  const { db, salesforce, goOn, mappings } = push;
  const { programId, channel, tried } = wanted;
  if (tried !== null) {
    const found = await findMade(push, programId, tried);
    if (found !== null) return found;
    if (Date.now() - tried.at.getTime() < OPEN_AT_MOST_MS) return null;
  }
  goOn();
  const name = (tried?.name ?? wanted.name).trim().slice(0, NAME_LENGTH).trim();
  const since = tried?.since ?? (await salesforce.firstPages([])).serverTime;
  await keepCreation(db, { programId, name, since });
  const marked = isMarked(mappings);
  const row = {
    ...{ Name: name, Type: channel, IsActive: true },
    ...(marked && { Description: marker(programId) }),
  };
  const [outcome] = await salesforce
    .create('Campaign', [row], NO_DUPLICATES)
    .catch(async (error: unknown) => {
      if (refusesTheCall(error)) await dropCreation(db, programId);
      throw error;
    });
  if (!outcome!.ok) {
    await dropCreation(db, programId);
    return { code: outcome!.code, message: outcome!.message };
  }
  // It is there: whatever fails from here on, the next try finds it.
  await recorder(push, 'Campaign', 'push new')(db, { new: 1 });
  await pullBack(push, 'Campaign', { field: 'Id', in: [outcome!.id] });
  return outcome!.id;
}

/** Does the answer say that nothing was made? One that was lost, or makes no sense, leaves it open. */
const refusesTheCall = (error: unknown): boolean =>
  error instanceof SalesforceError &&
  !(error instanceof SalesforceUnavailable) &&
  !(error instanceof SalesforceRejected && error.code === 'UNEXPECTED_ANSWER');

/** May the sync user write the description, by which a campaign is known again? */
const isMarked = (mappings: ProgramPush['mappings']): boolean =>
  mappings.some(
    ({ object, field, createable }) =>
      object === 'Campaign' && field === 'Description' && createable,
  );

const marker = (programId: string): string => `Made for the marketing program ${programId}.`;

async function findMade(
  { db, salesforce, goOn, mappings, userId }: ProgramPush,
  programId: string,
  { name, since }: { name: string; since: Date },
): Promise<string | null> {
  const marked = isMarked(mappings);
  goOn();
  const rows = await salesforce.select(
    'Campaign',
    ['Id', ...(marked ? ['Description'] : [])],
    [
      { field: 'Name', in: [name] },
      { field: 'CreatedById', in: [userId] },
      { field: 'CreatedDate', since },
    ],
  );
  for (const { Id, Description } of rows) {
    if (marked && !String(Description ?? '').includes(marker(programId))) continue;
    if ((await otherProgramOf(db, String(Id), programId)) === null) return String(Id);
  }
  return null;
}
