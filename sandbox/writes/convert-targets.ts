import type { PoolClient } from 'pg';
import {
  cannotInsert,
  entityIsDeleted,
  insufficientAccess,
  invalidCrossReference,
  malformedId,
} from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import * as failures from './convert-failures.ts';
import type { ConvertRequest } from './convert-lead.ts';
import { primaryRole } from './convert-roles.ts';
import { findField } from './fields.ts';
import { idOfRightShape } from './id-shape.ts';
import { mappedValues, take } from './lead-mapping.ts';
import { completeNew } from './read-record.ts';
import { insertDrafts, updateDrafts } from './save-drafts.ts';
import { stampOf } from './stamp.ts';
import { lockWholeRow } from './system-changes.ts';
import type { Draft, WriteContext } from './types.ts';

/** One lead on its way to become something else. */
export interface Conversion {
  client: PoolClient;
  context: WriteContext;
  /** The lead's row as it was. */
  lead: Map<string, string | null>;
  request: ConvertRequest;
  /** Of what is made new; a user. */
  ownerId: string;
}

type Row = Map<string, string | null>;

/** The account that the lead becomes a part of; its id. */
export async function toAccount(conversion: Conversion): Promise<string> {
  const { request } = conversion;
  if (!request.accountId) return makeNew(conversion, 'Account', {});
  const [id, row] = await existing(conversion, 'Account', request.accountId);
  await fillIn(conversion, 'Account', id, row, {});
  return id;
}

export async function toContact(conversion: Conversion, accountId: string): Promise<string> {
  const { request, lead } = conversion;
  if (!request.contactId) return makeNew(conversion, 'Contact', { AccountId: accountId });
  const [id, row] = await existing(conversion, 'Contact', request.contactId);
  if (row.get('AccountId') !== accountId) throw failures.contactOfOtherAccount();
  const source = request.overwriteLeadSource ? { LeadSource: lead.get('LeadSource') ?? null } : {};
  await fillIn(conversion, 'Contact', id, row, source);
  return id;
}

/** An opportunity with the contact in a role; null when none is wanted. */
export async function toOpportunity(
  conversion: Conversion,
  accountId: string,
  contactId: string,
): Promise<string | null> {
  const { client, context, request } = conversion;
  if (context.org.schema.object('Opportunity') === undefined) return null;
  let opportunityId: string;
  if (request.opportunityId) {
    const [id, row] = await existing(conversion, 'Opportunity', request.opportunityId);
    await fillIn(conversion, 'Opportunity', id, row, {});
    opportunityId = id;
  } else if (request.doNotCreateOpportunity) {
    return null;
  } else {
    opportunityId = await makeNew(conversion, 'Opportunity', {
      AccountId: accountId,
      ...(await opportunityDefaults(conversion)),
    });
  }
  await primaryRole(client, context, opportunityId, contactId);
  return opportunityId;
}

const LONGEST_DEFAULT_NAME = 120;

async function opportunityDefaults({ client, context, lead, request }: Conversion) {
  const { rows } = await client.query<{ stage: string | null; campaign: string | null }>(
    `SELECT (SELECT coalesce("ApiName", "MasterLabel") FROM org."OpportunityStage"
              WHERE "IsActive" AND NOT "IsClosed" ORDER BY "SortOrder" LIMIT 1) AS stage,
            (SELECT "CampaignId" FROM org."CampaignMember"
              WHERE "LeadId" = $1 AND NOT "IsDeleted" ORDER BY "CreatedDate" DESC, "Id" DESC LIMIT 1) AS campaign`,
    [lead.get('Id')],
  );
  const name = request.opportunityName?.trim();
  return {
    Name: name || (lead.get('Company') ?? '').slice(0, LONGEST_DEFAULT_NAME).trim(),
    StageName: rows[0]!.stage,
    CampaignId: rows[0]!.campaign,
    CloseDate: endOfQuarter(context.org.now()),
  };
}

/** The last day of the fiscal quarter; a fiscal year begins in January. */
function endOfQuarter(now: Date): string {
  const quarter = Math.floor(now.getUTCMonth() / 3);
  return stampOf(new Date(Date.UTC(now.getUTCFullYear(), 3 * quarter + 3, 0))).slice(0, 10);
}

async function existing(
  { client, context }: Conversion,
  name: string,
  text: string,
): Promise<[string, Row]> {
  const object = context.org.schema.object(name)!;
  const id = idOfRightShape(text);
  if (id === null) throw malformedId(text);
  const row = id.startsWith(object.keyPrefix!) ? await lockWholeRow(client, object, id) : undefined;
  if (row === undefined) throw invalidCrossReference();
  if (row.get('IsDeleted') === 'true') throw entityIsDeleted(400);
  if (!context.session.access.canEdit(name)) throw insufficientAccess();
  return [id, row];
}

/** Only what is empty is filled; of checkboxes nothing is. */
async function fillIn(
  { client, context, lead }: Conversion,
  name: string,
  id: string,
  row: Row,
  fixed: Record<string, string | null>,
): Promise<void> {
  const object = context.org.schema.object(name)!;
  const mapped = await mappedValues(client, lead, object);
  const empty = new Map(
    [...mapped].filter(
      ([field]) => (row.get(field.name) ?? null) === null && !isPartOfFull(field, object, row),
    ),
  );
  const draft = newDraft(id, fixed);
  take(draft, empty);
  await updateDrafts(client, context, object, [draft]);
  throwFirst(draft);
}

/** An address is filled as a whole: a street of one town with another's code would be nobody's. */
function isPartOfFull(field: Field, object: SObject, row: Row): boolean {
  if (!/Address$/.test(field.compoundFieldName ?? '')) return false;
  return object.fields.some(
    (part) =>
      part.compoundFieldName === field.compoundFieldName && (row.get(part.name) ?? null) !== null,
  );
}

async function makeNew(
  { client, context, lead, ownerId }: Conversion,
  name: string,
  fixed: Record<string, string | null>,
): Promise<string> {
  const object = context.org.schema.object(name)!;
  if (!context.session.access.canCreate(name)) throw cannotInsert(object.label);
  const draft = newDraft(null, { OwnerId: ownerId });
  take(draft, await mappedValues(client, lead, object));
  take(draft, fieldsOf(object, fixed));
  completeNew(object, draft);
  // An assignment rule is for what people create.
  const headers = context.headers && { ...context.headers, autoAssign: false };
  await insertDrafts(client, { ...context, headers }, object, [draft]);
  throwFirst(draft);
  return draft.id!;
}

function fieldsOf(object: SObject, values: Record<string, string | null>): Map<Field, string> {
  const named = Object.entries(values).map(([name, value]) => [findField(object, name), value]);
  return new Map(
    named.filter(([field, value]) => field !== undefined && value !== null) as [Field, string][],
  );
}

const newDraft = (id: string | null, values: Record<string, string | null>): Draft => ({
  index: 0,
  id,
  values: new Map(Object.entries(values)),
  parents: [],
  errors: [],
});

function throwFirst({ errors }: Draft): void {
  if (errors[0] !== undefined) throw errors[0];
}
