import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { listenForHold } from './hold.ts';
import { load } from './steps.ts';

export interface CompareInput {
  connection: string;
  /** True while the connection is paused; carried from run to run. */
  held: boolean;
  /** Steps before it continues as new; the default keeps histories short, tests lower it. */
  stepsPerRun?: number;
}

const STEPS_PER_RUN = 500;

/**
 * Compares the ids on both sides, object by object, and repairs what was missed, while cycles go on (N8).
 * What is due and how far it is stands in the database, so it may end at any time and be started again.
 */
export async function compare(input: CompareInput): Promise<void> {
  const { connection, stepsPerRun = STEPS_PER_RUN } = input;
  const hold = listenForHold(input.held);
  for (let steps = 0; steps < stepsPerRun; steps += 1) {
    if (workflowInfo().continueAsNewSuggested) break;
    await hold.released();
    const { object, rows, finished } = await load('Compare ids').comparePage({ connection });
    if (object !== null) setCurrentDetails(`${object}: ${rows} ids in Salesforce`);
    if (finished) return;
  }
  await continueAsNew<typeof compare>({ connection, held: hold.held(), stepsPerRun });
}
