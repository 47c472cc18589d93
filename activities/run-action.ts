import { activityInfo } from '@temporalio/activity';
import {
  type ActionEnd,
  type ActionRow,
  beginAction,
  endAction,
  keepProgress,
  readProgress,
} from '../src/ledger/actions.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { dropCopy } from '../src/marketing/action-person.ts';
import { errorCode, isRowError } from '../src/marketing/errors.ts';
import { alone } from '../src/marketing/lock.ts';
import { SalesforceRejected } from '../src/salesforce/errors.ts';
import { type ActionKind, readAction } from '../src/sync/action.ts';
import { addToCampaign, changeStatus, removeFromCampaign } from './actions/campaign.ts';
import type { ActionContext, ActionResult } from './actions/context.ts';
import { convertPerson, mergePeople } from './actions/convert-and-merge.ts';
import { ActionHeld, ActionRefused } from './actions/errors.ts';
import { changeOwner, deleteFromSalesforce } from './actions/owner-and-delete.ts';
import { syncPerson } from './actions/sync-person.ts';
import { createTask } from './actions/task.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { ConnectionDeps, Deps } from './deps.ts';

export interface ActionInput {
  connection: string;
  /** marketing.salesforce_action.id. */
  action: string;
}

/** What Temporal may know of an action's end: its message is in the row (N7). */
export interface ActionOutcome {
  /** `unknown`: there is no such row, or none any more. */
  status: 'done' | 'failed' | 'unknown';
  code: string | null;
}

const KINDS: Readonly<Record<ActionKind, (context: ActionContext) => Promise<ActionResult>>> = {
  'Sync Person': syncPerson,
  'Delete Person': deleteFromSalesforce,
  'Change Owner': changeOwner,
  'Create Task': createTask,
  'Add to Campaign': addToCampaign,
  'Change Status in Campaign': changeStatus,
  'Remove from Campaign': removeFromCampaign,
  'Convert Person': convertPerson,
  'Merge People': mergePeople,
};

/**
 * Does one action and ends its row (I1 to I9). One attempt at a time: one that was given up may still
 * have a write under way, and only its end tells what it made (N2).
 */
export async function runAction(
  deps: Deps,
  { connection, action }: ActionInput,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const own = deps.connection(connection);
  if (!UUID.test(action)) return { status: 'unknown', code: null };
  return alone(own.db, `action ${action}`, async () => {
    const row = await own.db.syncTransaction((tx) => beginAction(tx, action));
    if (row === null) return { status: 'unknown', code: null };
    if (row.status === 'done' || row.status === 'failed') return { status: row.status, code: null };
    const end = await perform(own, row, signal);
    if (end.status === 'failed') await dropCopy(own.db, action);
    await own.db.syncTransaction((tx) => endAction(tx, action, end));
    await keepUsage(own);
    return { status: end.status, code: end.code };
  });
}

/** Ends an action that cannot be done until an operator acts on the connection; its asker can ask again. */
export async function failAction(
  deps: Deps,
  { connection, action, code, reason }: ActionInput & { code: string; reason: string },
): Promise<ActionOutcome> {
  const { db } = deps.connection(connection);
  await dropCopy(db, action);
  await db.syncTransaction((tx) => endAction(tx, action, failed(code, reason)));
  return { status: 'failed', code };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function perform(
  own: ConnectionDeps,
  row: ActionRow,
  signal: AbortSignal,
): Promise<ActionEnd> {
  const read = readAction(row);
  if ('problem' in read) return failed('WRONG_REQUEST', read.problem);
  const { kind, personId, parameters } = read.action;
  const mappings = await readFieldMap(own.db);
  // Asked for before the first start has prepared the connection: it waits for that.
  if (mappings.length === 0) return held(new ActionHeld('NOT_PREPARED', NOT_PREPARED));
  const context: ActionContext = {
    ...{ config: own.config, settingsProblem: own.settingsProblem, db: own.db },
    ...{ salesforce: own.salesforce, log: own.log, id: row.id, personId, parameters, mappings },
    progress: await readProgress(own.db, row.id),
    keep: (progress) => own.db.syncTransaction((tx) => keepProgress(tx, row.id, progress)),
    goOn() {
      signal.throwIfAborted();
      stayInBudget(own);
    },
  };
  try {
    const result = await KINDS[kind](context);
    return { status: 'done', code: null, reason: null, result };
  } catch (error) {
    if (error instanceof ActionRefused) return failed(error.code, error.message);
    if (error instanceof ActionHeld) return held(error);
    if (error instanceof SalesforceRejected && !error.retryable) {
      return failed(error.code, error.message);
    }
    if (isRowError(error)) {
      const code = errorCode(error) ?? 'DATABASE';
      return failed(code, 'The marketing database refused a row: a rule of its own forbids it.');
    }
    throw error;
  }
}

const NOT_PREPARED = 'The connection has not been prepared yet: start it with `tandem start`.';

/** A quarter of an hour: a lock or load that lasts is told to whoever asked. */
const MOST_HELD = 20;

function held(error: ActionHeld): ActionEnd {
  if (activityInfo().attempt >= MOST_HELD) return failed(error.code, error.said);
  throw error;
}

const failed = (code: string, reason: string): ActionEnd => ({
  ...{ status: 'failed', code, reason, result: {} },
});
