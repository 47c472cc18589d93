import { deletePerson, readPerson, settleOwner } from '../../src/marketing/action-person.ts';
import { columnOf } from '../../src/sync/field-map.ts';
import { type ActionContext, type ActionResult, GONE, requireDone } from './context.ts';
import { ActionRefused } from './errors.ts';
import { requireOwner, requireRecord } from './person.ts';
import { inSalesforce, personResult, secondLead } from './sync-person.ts';
import { takeOver } from './take-over.ts';

/** I3: to a user, or to a queue, which a contact can only get as a second lead. Repeated, it changes nothing. */
export async function changeOwner(context: ActionContext): Promise<ActionResult> {
  const { db, salesforce, mappings } = context;
  const owner = await requireOwner(context, context.parameters.owner!);
  const person = await inSalesforce(context, 'Change Owner');
  const { object, sfdcId, id } = person;
  if (owner.isQueue && object === 'Contact') return secondLead(context, person, owner);
  context.goOn();
  const record = { Id: sfdcId, OwnerId: owner.id };
  const [outcome] = await salesforce.update(object, [record], { allowDuplicates: false });
  requireDone(outcome!);
  const column = columnOf(mappings, object, 'OwnerId');
  if (column !== undefined) await settleOwner(db, { personId: id, column, ownerId: owner.id });
  await takeOver(context, object, [sfdcId]);
  return { ...personResult(person), owner: owner.id };
}

/** I2: in Salesforce, and here when that is asked for. A record that is gone already is what was wanted. */
export async function deleteFromSalesforce(context: ActionContext): Promise<ActionResult> {
  const { db, salesforce, personId, parameters, progress } = context;
  const person = await readPerson(db, personId);
  // Deleted here by an earlier try of this action.
  if (person === null && progress.deleted) return progress.deleted as ActionResult;
  if (person === null) {
    throw new ActionRefused(
      'NO_SUCH_PERSON',
      `There is no person ${personId} in marketing.person.`,
    );
  }
  const isThere = person.sfdcId !== null && !person.isDeleted;
  if (!isThere && !parameters.here && !progress.deleted) requireRecord(person);
  const result: ActionResult = { person: person.id };
  if (isThere) {
    const { sfdcId, object } = requireRecord(person);
    result[object === 'Lead' ? 'lead' : 'contact'] = sfdcId;
    await context.keep({ deleted: result });
    context.goOn();
    const [outcome] = await salesforce.delete([sfdcId]);
    if (outcome!.ok || !GONE.has(outcome!.code)) requireDone(outcome!);
    await takeOver(context, object, [sfdcId]);
  }
  const deleted = (progress.deleted as ActionResult | undefined) ?? result;
  if (parameters.here) {
    await context.keep({ deleted });
    await deletePerson(db, person.id);
  }
  return deleted;
}
