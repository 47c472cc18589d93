import { claimedTasks } from '../../src/ledger/actions.ts';
import { alone } from '../../src/marketing/lock.ts';
import type { Outcome, Row } from '../../src/salesforce/port.ts';
import { hasField } from '../fields.ts';
import { tasksLike } from '../tasks.ts';
import { type ActionContext, type ActionResult, requireDone } from './context.ts';
import { type KnownPerson, requireOwner } from './person.ts';
import { inSalesforce, personResult } from './sync-person.ts';
import { takeOver } from './take-over.ts';

/** What a try is about to make, kept before it: what it made is known again by exactly this. */
interface Planned {
  record: Row;
  /** Salesforce's time before the first try, ISO 8601. */
  since: string;
}

const DAY_MS = 86_400_000;

/**
 * I4, once however often it is tried: by External ID where Task has the field, else by looking for what an
 * earlier try made before making it again. One at a time for each person, since two may be alike.
 */
export async function createTask(context: ActionContext): Promise<ActionResult> {
  const { config, db, salesforce, mappings } = context;
  const person = await inSalesforce(context, 'Create Task');
  const id = await alone(db, `task for ${person.sfdcId}`, async () => {
    const kept = keptTask(context, person);
    const planned = kept ?? (await plan(context, person));
    if (kept === undefined) await context.keep({ task: planned });
    context.goOn();
    const how = { allowDuplicates: false };
    if (hasField('Task', config.externalIdField, mappings)) {
      const record = { ...planned.record, [config.externalIdField]: context.id };
      const [made] = await salesforce.upsert('Task', config.externalIdField, [record], how);
      return requireDone(made!).id;
    }
    const earlier = kept === undefined ? null : await madeBefore(context, kept);
    if (earlier !== null) return earlier;
    context.goOn();
    const [made] = await salesforce.create('Task', [planned.record], how);
    const { id } = requireDone(made as Outcome);
    await context.keep({ made: id });
    return id;
  });
  await takeOver(context, 'Task', [id]);
  return { ...personResult(person), task: id };
}

/** What an earlier try was about to make. It moved with its person, who was converted or merged since. */
function keptTask({ progress }: ActionContext, { sfdcId }: KnownPerson): Planned | undefined {
  const kept = progress.task as Planned | undefined;
  return kept && { ...kept, record: { ...kept.record, WhoId: sfdcId } };
}

async function plan(context: ActionContext, person: KnownPerson): Promise<Planned> {
  const { salesforce, parameters } = context;
  const { subject, description, status, priority, due_in_days } = parameters;
  // A queue's lead has no owner who could do a task: then it is the sync user's.
  const own = person.ownerId?.startsWith('005') ? person.ownerId : null;
  const ownerId = parameters.owner ? (await requireOwner(context, parameters.owner)).id : own;
  const { serverTime } = await salesforce.firstPages([]);
  const due = new Date(serverTime.getTime() + due_in_days * DAY_MS).toISOString().slice(0, 10);
  const record: Row = { WhoId: person.sfdcId, Subject: subject, ActivityDate: due };
  if (description !== null) record.Description = description;
  if (status !== null) record.Status = status;
  if (priority !== null) record.Priority = priority;
  if (ownerId !== null) record.OwnerId = ownerId;
  return { record, since: serverTime.toISOString() };
}

/**
 * The task that an earlier try made, and whose answer was lost: by the sync user, since that try, with
 * exactly its values, and no other action's.
 */
async function madeBefore(
  context: ActionContext,
  { record, since }: Planned,
): Promise<string | null> {
  const { db, salesforce } = context;
  if (typeof context.progress.made === 'string') return context.progress.made;
  const [alike = []] = await tasksLike(salesforce, [record], new Date(since));
  const claimed = await claimedTasks(db, context.id, alike);
  const [found] = alike.filter((id) => !claimed.includes(id));
  if (found === undefined) return null;
  await context.keep({ made: found });
  return found;
}
