import { type ActionPerson, uniteHere } from '../../src/marketing/action-person.ts';
import type { ConvertRequest } from '../../src/salesforce/port.ts';
import { type ActionContext, type ActionResult, requireDone } from './context.ts';
import { ActionRefused } from './errors.ts';
import { type KnownPerson, requireOwner, requirePerson, requireRecord } from './person.ts';
import { inSalesforce, personResult, pushPending, seenPerson } from './sync-person.ts';
import { takeOver } from './take-over.ts';

type Target = Omit<ConvertRequest, 'leadId' | 'convertedStatus'>;

/** I7. A lead can be converted once: a try whose answer was lost finds it converted. */
export async function convertPerson(context: ActionContext): Promise<ActionResult> {
  const { parameters, progress } = context;
  const tried = typeof progress.converting === 'string' ? progress.converting : null;
  const done = tried === null ? null : await conversionOf(context, tried);
  const owner = parameters.owner === null ? null : await requireOwner(context, parameters.owner);
  if (owner?.isQueue) {
    throw new ActionRefused(
      'OWNER_IS_QUEUE',
      'A contact belongs to a user: queues own leads only.',
    );
  }
  const ids =
    done ??
    (await convert(context, await requireLead(context), {
      ...{ accountId: parameters.account, contactId: parameters.contact },
      ...{ opportunity: parameters.opportunity, opportunityName: parameters.opportunity_name },
      ...{ ownerId: owner?.id ?? null, notify: parameters.notify },
    }));
  const person = await requirePerson(context, context.personId);
  return { person: person.id, ...ids };
}

async function requireLead(context: ActionContext): Promise<KnownPerson> {
  const person = await inSalesforce(context, 'Convert Person');
  if (person.object === 'Lead' && !person.isConverted) return person;
  throw new ActionRefused(
    'ALREADY_CONVERTED',
    `The person is a contact in Salesforce already${person.object === 'Contact' ? ` (${person.sfdcId})` : ''}.`,
  );
}

interface Converted {
  lead: string;
  contact: string;
  account: string | null;
  opportunity: string | null;
}

async function convert(
  context: ActionContext,
  person: KnownPerson,
  target: Target,
): Promise<Converted> {
  const { sfdcId: lead } = person;
  await pushPending(context, person);
  const convertedStatus = await convertedStatusOf(context);
  await context.keep({ converting: lead });
  context.goOn();
  const [outcome] = await context.salesforce.convertLead([
    { leadId: lead, convertedStatus, ...target },
  ]);
  const { contactId: contact, accountId: account, opportunityId } = requireDone(outcome!);
  const ids = { lead, contact, account, opportunity: opportunityId };
  await takeOverConverted(context, ids);
  return ids;
}

/** What a lead was converted to; null while it is a lead. */
async function conversionOf(context: ActionContext, lead: string): Promise<Converted | null> {
  const parts = ['ConvertedContactId', 'ConvertedAccountId', 'ConvertedOpportunityId'];
  context.goOn();
  const [row] = await context.salesforce.retrieve('Lead', [lead], ['IsConverted', ...parts]);
  if (row?.IsConverted !== true) return null;
  const [contact, account, opportunity] = parts.map((part) => row[part] ?? null) as string[];
  const ids = {
    lead,
    contact: contact!,
    account: account ?? null,
    opportunity: opportunity ?? null,
  };
  await takeOverConverted(context, ids);
  return ids;
}

async function takeOverConverted(context: ActionContext, ids: Converted): Promise<void> {
  const { lead, contact, account, opportunity } = ids;
  if (account !== null) await takeOver(context, 'Account', [account]);
  await takeOver(context, 'Contact', [contact]);
  await takeOver(context, 'Lead', [lead]);
  if (opportunity === null) return;
  await takeOver(context, 'Opportunity', [opportunity]);
  const where = [{ field: 'OpportunityId', in: [opportunity] }];
  const roles = await context.salesforce.select('OpportunityContactRole', ['Id'], where);
  await takeOver(
    context,
    'OpportunityContactRole',
    roles.map(({ Id }) => String(Id)),
  );
}

/** The one asked for, or the first of the org's statuses that mean converted. */
async function convertedStatusOf({ salesforce, parameters, goOn }: ActionContext): Promise<string> {
  if (parameters.converted_status !== null) return parameters.converted_status;
  goOn();
  const rows = await salesforce.select(
    'LeadStatus',
    ['MasterLabel', 'IsConverted', 'SortOrder'],
    [],
  );
  const [first] = rows
    .filter(({ IsConverted }) => IsConverted === true)
    .sort((one, other) => Number(one.SortOrder) - Number(other.SortOrder));
  if (first !== undefined) return String(first.MasterLabel);
  throw new ActionRefused(
    'NO_CONVERTED_STATUS',
    'The org has no lead status that means converted, or the sync user sees none: give converted_status.',
  );
}

/** I8, C11: one after the other; those who are one already are left so. */
export async function mergePeople(context: ActionContext): Promise<ActionResult> {
  const merged: string[] = [];
  for (const other of context.parameters.merge) {
    // What an earlier try merged there is one here now.
    const winner = await seenPerson(context, context.personId);
    const loser = await seenPerson(context, other);
    const keep = await requirePerson(context, winner.id);
    if (loser.id !== keep.id) await mergeTwo(context, keep, loser);
    merged.push(other);
  }
  const person = await requirePerson(context, context.personId);
  const ids = person.sfdcId === null ? { person: person.id } : personResult(person as KnownPerson);
  return { ...ids, merged };
}

/** In Salesforce when both have a record there; else here alone, with the record that there is. */
async function mergeTwo(
  context: ActionContext,
  winner: ActionPerson,
  loser: ActionPerson,
): Promise<void> {
  const { db, mappings } = context;
  const [stays, goes] = [winner, loser].map(
    ({ sfdcId, isDeleted }) => sfdcId !== null && !isDeleted,
  );
  if (stays && goes) {
    await mergeThere(context, requireRecord(winner), requireRecord(loser));
    return;
  }
  const record = goes ? loser.id : winner.id;
  await uniteHere(db, { keep: winner.id, goes: loser.id, record, mappings });
}

async function mergeThere(
  context: ActionContext,
  winner: KnownPerson,
  loser: KnownPerson,
): Promise<void> {
  const { salesforce } = context;
  if (winner.object === 'Contact' && loser.object === 'Lead') {
    await mergeIntoContact(context, winner, loser);
    return;
  }
  if (winner.object !== loser.object) {
    throw new ActionRefused(
      'CONTACT_INTO_LEAD',
      'Salesforce makes no lead of a contact: ask for it the other way round, with the contact as the person.',
    );
  }
  const { object } = winner;
  context.goOn();
  const request = { object, winnerId: winner.sfdcId, loserIds: [loser.sfdcId] };
  const [outcome] = await salesforce.mergeRecords([request]);
  requireDone(outcome!);
  // The loser first: with the winner's row both are one here.
  await takeOver(context, object, [loser.sfdcId]);
  await takeOver(context, object, [winner.sfdcId]);
}

/** A lead goes into a contact by being converted to it. */
async function mergeIntoContact(
  context: ActionContext,
  contact: KnownPerson,
  lead: KnownPerson,
): Promise<void> {
  const [row] = await context.salesforce.retrieve('Contact', [contact.sfdcId], ['AccountId']);
  if (!row?.AccountId) {
    throw new ActionRefused(
      'NO_ACCOUNT',
      'Salesforce takes a lead into a contact that has an account: give the contact one.',
    );
  }
  await convert(context, lead, {
    ...{ accountId: String(row.AccountId), contactId: contact.sfdcId },
    ...{ opportunity: false, opportunityName: null, ownerId: null, notify: false },
  });
}
