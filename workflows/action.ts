import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { ActionInput, ActionOutcome } from '../activities/run-action.ts';
import { runAction } from './steps.ts';
import { remedyOf } from './stop.ts';

/** An action that the next cycle could do better is tried again after this. */
const LATER_MS = 60_000;

/**
 * One action that marketing asked for, at once and beside the cycles, also while the connection is paused
 * (I1 to I9). Tried until Salesforce has done or refused it; what only an operator mends ends it as failed.
 */
export async function action(input: ActionInput): Promise<ActionOutcome> {
  while (!workflowInfo().continueAsNewSuggested) {
    try {
      const outcome = await runAction.runAction(input);
      setCurrentDetails(
        outcome.code === null ? outcome.status : `${outcome.status}: ${outcome.code}`,
      );
      return outcome;
    } catch (error) {
      const { remedy, resumeAt, code, reason } = remedyOf(error);
      if (remedy === 'operator') return runAction.failAction({ ...input, code, reason });
      setCurrentDetails(`It waits: ${reason}`);
      const wait = remedy === 'window' && resumeAt !== null ? resumeAt - Date.now() : LATER_MS;
      await sleep(Math.max(wait, 1_000), { summary: 'Until it is tried again' });
    }
  }
  return continueAsNew<typeof action>(input);
}
