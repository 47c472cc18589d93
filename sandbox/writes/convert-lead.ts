import type { PoolClient } from 'pg';
import {
  convertedLead,
  entityIsDeleted,
  insufficientAccess,
  invalidCrossReference,
  malformedId,
  type SalesforceError,
} from '../errors.ts';
import { writeRefusals } from '../sharing.ts';
import { storable } from '../storage.ts';
import { oneByOne, runWhole } from './batch.ts';
import * as failures from './convert-failures.ts';
import { moveActivities, moveMembers } from './convert-moves.ts';
import { type Conversion, toAccount, toContact, toOpportunity } from './convert-targets.ts';
import { idOfRightShape } from './id-shape.ts';
import { lockPeople } from './lock-people.ts';
import { updateDrafts } from './save-drafts.ts';
import { stampOf } from './stamp.ts';
import { lockWholeRow } from './system-changes.ts';
import type { Draft, WriteContext } from './types.ts';

/** Salesforce's LeadConvert; absent and null are the same. */
export interface ConvertRequest {
  leadId: string;
  /** API name or label of a LeadStatus with IsConverted. */
  convertedStatus: string;
  /** An account to convert into; absent: a new one. */
  accountId?: string | null;
  /** A contact of that account. */
  contactId?: string | null;
  opportunityId?: string | null;
  /** Of the new opportunity; absent: the company. */
  opportunityName?: string | null;
  doNotCreateOpportunity?: boolean;
  /** The contact's LeadSource becomes the lead's, empty or not. */
  overwriteLeadSource?: boolean;
  /** Of what is made new; absent: the lead's owner. */
  ownerId?: string | null;
  /** Accepted; this org sends no mail. */
  sendNotificationEmail?: boolean;
}

export interface ConvertResult {
  leadId: string | null;
  accountId: string | null;
  contactId: string | null;
  opportunityId: string | null;
  success: boolean;
  errors: SalesforceError[];
}

const MOST = 100;

/**
 * Converts leads, each in a transaction of its own: accounts, contacts and opportunities are made or
 * filled in, activities and memberships move, and the lead can be changed no more. Results stand in
 * the order of the requests. Throws EXCEEDED_ID_LIMIT for more than 100.
 */
export async function convertLeads(
  context: WriteContext,
  requests: ConvertRequest[],
): Promise<ConvertResult[]> {
  return oneByOne(requests, MOST, (request) => convertLead(context, request));
}

async function convertLead(context: WriteContext, request: ConvertRequest): Promise<ConvertResult> {
  const object = context.org.schema.object('Lead')!;
  const leadId = idOfRightShape(String(request.leadId ?? ''));
  let made: Pick<ConvertResult, 'accountId' | 'contactId' | 'opportunityId'> | undefined;
  const { success, errors } = await runWhole(
    context,
    object,
    () => ({ index: 0, id: leadId, values: new Map(), parents: [], errors: [] }),
    async (client, inner, draft) => {
      made = await convert(client, inner, request, draft);
    },
  );
  const nothing = { accountId: null, contactId: null, opportunityId: null };
  return { leadId, ...(success ? made! : nothing), success, errors };
}

async function convert(
  client: PoolClient,
  context: WriteContext,
  request: ConvertRequest,
  draft: Draft,
) {
  refuseContradictions(context, request);
  const object = context.org.schema.object('Lead')!;
  if (draft.id === null) throw malformedId(String(request.leadId ?? ''));
  await lockPeople(client, context, [
    draft.id,
    request.accountId,
    request.contactId,
    request.opportunityId,
  ]);
  const lead = draft.id.startsWith('00Q')
    ? await lockWholeRow(client, object, draft.id)
    : undefined;
  if (lead === undefined) throw invalidCrossReference();
  if (lead.get('IsDeleted') === 'true') throw entityIsDeleted();
  if (lead.get('IsConverted') === 'true') throw convertedLead();
  const { session, org } = context;
  const unshared = await writeRefusals(client, session, org, object, [draft.id]);
  for (const error of unshared.values()) throw error;
  const status = await statusNamed(client, storable(String(request.convertedStatus ?? '')));
  const conversion: Conversion = {
    client,
    context: { ...context, converting: draft.id },
    lead,
    request,
    ownerId: ownerOf(request, lead),
  };
  const accountId = await toAccount(conversion);
  const contactId = await toContact(conversion, accountId);
  const opportunityId = await toOpportunity(conversion, accountId, contactId);
  await moveActivities(client, context, draft.id, { accountId, contactId, opportunityId });
  await moveMembers(client, context, draft.id, contactId);
  draft.values = new Map(
    Object.entries({
      Status: status,
      IsConverted: 'true',
      ConvertedDate: stampOf(context.org.now()).slice(0, 10),
      ConvertedAccountId: accountId,
      ConvertedContactId: contactId,
      ConvertedOpportunityId: opportunityId,
      IsUnreadByOwner: 'false',
    }),
  );
  await updateDrafts(client, context, object, [draft]);
  return { accountId, contactId, opportunityId };
}

function refuseContradictions({ session }: WriteContext, request: ConvertRequest): void {
  const { access } = session;
  if (!access.has('ConvertLeads') || !access.canEdit('Lead')) throw insufficientAccess();
  if (request.contactId && !request.accountId) throw failures.contactNeedsAccount();
  if (request.overwriteLeadSource && !request.contactId) throw failures.overwriteNeedsContact();
  if (request.opportunityId && request.opportunityName) throw failures.opportunityNamedTwice();
  if (!request.doNotCreateOpportunity) return;
  if (request.opportunityId) throw failures.noOpportunityWanted('opportunityId');
  if (request.opportunityName) throw failures.noOpportunityWanted('opportunityName');
}

async function statusNamed(client: PoolClient, name: string): Promise<string> {
  const { rows } = await client.query<{ status: string }>(
    `SELECT coalesce("ApiName", "MasterLabel") AS status FROM org."LeadStatus"
      WHERE "IsConverted" AND lower($1) IN (lower("ApiName"), lower("MasterLabel"))`,
    [name],
  );
  if (rows[0] === undefined) throw failures.invalidConvertedStatus(name);
  return rows[0].status;
}

function ownerOf({ ownerId }: ConvertRequest, lead: Map<string, string | null>): string {
  const owner = ownerId ? idOfRightShape(ownerId) : (lead.get('OwnerId') ?? '');
  if (owner === null) throw malformedId(ownerId!);
  if (!owner.startsWith('005')) throw failures.ownedByQueue();
  return owner;
}
