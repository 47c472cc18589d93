import { isInIngest } from '../../src/ledger/ingest-jobs.ts';
import {
  type ActionPerson,
  copyPerson,
  creationTried,
  detachPerson,
  readPerson,
} from '../../src/marketing/action-person.ts';
import { settleCreates, takeCreates } from '../../src/marketing/create.ts';
import { DatabaseBusy } from '../../src/marketing/errors.ts';
import { preparePush, settlePush, takePush } from '../../src/marketing/push.ts';
import { impliesSync } from '../../src/sync/action.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { hasField, readFields } from '../fields.ts';
import { turn } from '../push/push.ts';
import { type ActionContext, type ActionResult, requireDone } from './context.ts';
import { ActionRefused } from './errors.ts';
import {
  type KnownPerson,
  type Owner,
  requireOwner,
  requirePerson,
  requireRecord,
} from './person.ts';
import { takeOver } from './take-over.ts';

/** I1: creates the lead, or pushes what is pending now. A contact for a queue becomes a second lead. */
export async function syncPerson(context: ActionContext): Promise<ActionResult> {
  const { parameters } = context;
  const owner = parameters.owner === null ? null : await requireOwner(context, parameters.owner);
  const person = await seenPerson(context, context.personId);
  if (person.sfdcId === null || person.isDeleted) {
    return personResult(await createLead(context, person, owner));
  }
  const known = requireRecord(person);
  if (owner?.isQueue && known.object === 'Contact') return secondLead(context, known, owner);
  await pushPerson(context, known, owner);
  return personResult(known);
}

/** The person in Salesforce: who is not there yet is made a lead first, where the kind implies it (I9). */
export async function inSalesforce(context: ActionContext, kind: ActionKindName) {
  const person = await seenPerson(context, context.personId);
  if (person.sfdcId === null && impliesSync(kind)) return createLead(context, person, null);
  return requireRecord(person);
}

type ActionKindName = Parameters<typeof impliesSync>[0];

export function personResult({ id, sfdcId, object }: KnownPerson): ActionResult {
  return { person: id, [object === 'Lead' ? 'lead' : 'contact']: sfdcId };
}

/** The person, with what Salesforce says right now of a record that is gone or was converted (C8, C10). */
export async function seenPerson(context: ActionContext, id: string): Promise<ActionPerson> {
  const person = await requirePerson(context, id);
  if (person.sfdcId === null || person.object === null || person.isDeleted) return person;
  const fields = person.object === 'Lead' ? ['Id', 'IsConverted'] : ['Id'];
  context.goOn();
  const [row] = await context.salesforce.retrieve(person.object, [person.sfdcId], fields);
  if (row != null && row.IsConverted !== true) return person;
  await takeOver(context, person.object, [person.sfdcId]);
  if (row?.IsConverted !== true) return requirePerson(context, id);
  // Its contact may not be here yet: the two become one when it is.
  const [lead] = await context.salesforce.retrieve('Lead', [person.sfdcId], ['ConvertedContactId']);
  if (lead?.ConvertedContactId)
    await takeOver(context, 'Contact', [String(lead.ConvertedContactId)]);
  return requirePerson(context, id);
}

/** By External ID, so that a try whose answer was lost finds its own record again (N2, trap 18). */
async function createLead(
  context: ActionContext,
  person: ActionPerson,
  owner: Owner | null,
): Promise<KnownPerson> {
  const { config, db, salesforce, mappings } = context;
  const { externalIdField } = config;
  const spec = objectSpec('Lead');
  if (person.outOfScope) requireRecord(person);
  if (!hasField('Lead', externalIdField, mappings)) {
    throw new ActionRefused(
      'EXTERNAL_ID_MISSING',
      `People are not created in Salesforce: Lead has no field ${externalIdField} that the sync user sees. ` +
        'Make it there (text, 36 characters, unique, External ID), and grant access to it.',
    );
  }
  if (person.isDeleted) await detachPerson(db, person.id);
  let isFound = false;
  await turn({ db, object: 'Lead' }, async () => {
    await requireNoJob(context, 'Lead', person.id);
    // Made by a try before this one, it is not written again: rules and people have seen it since.
    isFound = (await creationTried(db, person.id)) && (await takeOverMade(context, person));
    if (isFound) return;
    const { defaults } = config.people;
    const taken = { spec, mappings, condition: null, defaults, externalIdField, limit: 1 };
    const [creation] = await takeCreates(db, { ...taken, only: person.id });
    if (creation === undefined) return;
    const record = { ...creation.record };
    delete record.OwnerId;
    if (owner !== null) record.OwnerId = owner.id;
    context.goOn();
    const how = { allowDuplicates: false, assign: owner === null };
    const [outcome] = await salesforce.upsert('Lead', externalIdField, [record], how);
    const results = [{ personId: person.id, outcome: outcome! }];
    await settleCreates(db, { spec, mappings, results });
    await takeOver(context, 'Lead', [requireDone(outcome!).id]);
  });
  const known = requireRecord(await requirePerson(context, person.id));
  // Edited since that try; or a cycle was quicker, and knew of no owner.
  const lacksOwner = owner !== null && known.ownerId !== owner.id;
  if (isFound || lacksOwner) await pushPerson(context, known, lacksOwner ? owner : null);
  return known;
}

/**
 * The record that an earlier try made, and whose answer was lost, goes the way of a pull: so that what was
 * edited here since is told from what was sent (N1, N2). False when there is none.
 */
async function takeOverMade(context: ActionContext, person: ActionPerson): Promise<boolean> {
  const { config, salesforce } = context;
  context.goOn();
  const [made] = await salesforce.select(
    'Lead',
    ['Id'],
    [{ field: config.externalIdField, in: [person.id] }],
  );
  if (made !== undefined) await takeOver(context, 'Lead', [String(made.Id)]);
  return made !== undefined;
}

/** What is pending goes now, and the owner with it when one is named. */
async function pushPerson(
  context: ActionContext,
  { id, sfdcId, object }: KnownPerson,
  owner: Owner | null,
): Promise<void> {
  const { config, db, salesforce, mappings } = context;
  const spec = objectSpec(object);
  await turn({ db, object }, async () => {
    await requireNoJob(context, object, id);
    const window = await takePush(db, { spec, mappings, after: null, limit: 1, only: id });
    const fields = readFields(object, mappings, config.externalIdField);
    context.goOn();
    const rows = await salesforce.retrieve(object, [sfdcId], [...fields, ...window.fields]);
    if (rows[0] == null) throw new ActionRefused('NOT_VISIBLE', NOT_VISIBLE);
    const { pushes } = await preparePush(db, { spec, mappings, rows, fields: window.fields });
    const push = pushes[0] ?? null;
    // Edits that are left without a push: whoever holds the person's row would change them.
    if (push === null && window.candidates.length > 0 && (await isEdited(context, id))) {
      throw new DatabaseBusy('Another session holds this person; it is tried again.');
    }
    const record = { ...push?.record, Id: sfdcId, ...(owner && { OwnerId: owner.id }) };
    if (Object.keys(record).length === 1) return;
    context.goOn();
    const [outcome] = await salesforce.update(object, [record], { allowDuplicates: false });
    if (push !== null) await settlePush(db, { object, results: [{ ...push, outcome: outcome! }] });
    requireDone(outcome!);
  });
  await takeOver(context, object, [sfdcId]);
}

/** What a Bulk job holds of the person is older than what an action would write, and may be written later (N1). */
async function requireNoJob({ db }: ActionContext, object: string, personId: string) {
  if (!(await isInIngest(db, object, personId))) return;
  throw new DatabaseBusy('The person is in a Bulk job that is under way; it is tried again.');
}

const NOT_VISIBLE =
  'Salesforce does not show this record to the sync user: it is deleted for good, or sharing hides it. What was edited here waits; share the record with the sync user.';

/** What was edited here goes before the record takes no more edits (I7, N1). */
export async function pushPending(context: ActionContext, person: KnownPerson): Promise<void> {
  if (await isEdited(context, person.id)) await pushPerson(context, person, null);
}

async function isEdited({ db }: ActionContext, personId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'select from tandem.pending_change where person_id = $1 limit 1',
    [personId],
  );
  return rowCount > 0;
}

/**
 * I1, I3: queues own no contacts, so the contact's person gets a second one, which is a lead. Its id is
 * the action's, and so is its External ID: however often this is tried, there is one (N2). An action that
 * fails leaves none (run-action.ts).
 */
export async function secondLead(
  context: ActionContext,
  contact: KnownPerson,
  owner: Owner,
): Promise<ActionResult> {
  const { db, id, mappings } = context;
  await copyPerson(db, { from: contact.id, to: id, mappings });
  const copy = await readPerson(db, id);
  if (copy === null) throw new ActionRefused('NO_SUCH_PERSON', 'The second person is gone.');
  const lead = copy.sfdcId === null ? await createLead(context, copy, owner) : requireRecord(copy);
  return { ...personResult(lead), contact: contact.sfdcId };
}
