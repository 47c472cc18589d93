import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { publicMessage } from '../src/log.ts';
import { backfillPage } from './backfill.ts';
import { fetchPage, startBulkPull } from './bulk-pull.ts';
import { comparePage } from './compare.ts';
import type { Deps } from './deps.ts';
import { toFailure } from './failures.ts';
import { fetchChanges } from './fetch-changes.ts';
import { loadPage, prepareLoad } from './load-page.ts';
import { stayWithOrg } from './pinned-org.ts';
import { pushActivities } from './push-activities.ts';
import { pushPrograms } from './push-programs.ts';
import { endCycle, recordState } from './record-status.ts';
import { resolveConflicts } from './resolve-conflicts.ts';
import { failAction, runAction } from './run-action.ts';
import { prepareConnection } from './sync-schema.ts';
import { writeMarketing } from './write-marketing.ts';
import { writeSalesforce } from './write-salesforce.ts';

const STEPS = {
  prepareConnection,
  prepareLoad,
  loadPage,
  backfillPage,
  comparePage,
  fetchChanges,
  startBulkPull,
  fetchPage,
  resolveConflicts,
  writeMarketing,
  writeSalesforce,
  pushPrograms,
  pushActivities,
  endCycle,
  recordState,
  runAction,
  failAction,
};

/** The signal aborts when the attempt is given up: on a lost heartbeat, a cancellation, a worker that stops. */
type Step<Input, Output> = (deps: Deps, input: Input, signal: AbortSignal) => Promise<Output>;
/** Steps that go on when the org is another: those that say so. */
const WITHOUT_SALESFORCE = new Set(['prepareConnection', 'recordState', 'endCycle', 'failAction']);

type Bound<S> =
  S extends Step<infer Input, infer Output> ? (input: Input) => Promise<Output> : never;

export type Activities = { [Name in keyof typeof STEPS]: Bound<(typeof STEPS)[Name]> };

/** Well under the heartbeat timeout of workflows/activity-options.ts. */
const HEARTBEAT_MS = 3_000;

/** The activities, bound to both sides of every connection, beating while they run. */
export function createActivities(deps: Deps): Activities {
  const bound = Object.entries(STEPS).map(([name, step]) => [
    name,
    (input: { connection: string }) => run(deps, step as Step<unknown, unknown>, input),
  ]);
  return Object.fromEntries(bound) as Activities;
}

async function run(
  deps: Deps,
  step: Step<unknown, unknown>,
  input: { connection: string; object?: string },
): Promise<unknown> {
  const { activityType, attempt } = activityInfo();
  const beat = setInterval(heartbeat, HEARTBEAT_MS);
  const began = performance.now();
  const where = { step: activityType, object: input.object, attempt };
  try {
    const own = deps.connection(input.connection);
    const { log } = own;
    try {
      if (!WITHOUT_SALESFORCE.has(activityType)) await stayWithOrg(own);
      const result = await step(deps, input, cancellationSignal());
      log.info({ ...where, ms: Math.round(performance.now() - began), result }, 'step done');
      return result;
    } catch (error) {
      const ms = Math.round(performance.now() - began);
      log.warn({ ...where, ms, failure: publicMessage(error) }, 'step failed');
      throw toFailure(error, own.config.api.lookAgainMs);
    }
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearInterval(beat);
  }
}
