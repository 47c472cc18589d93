import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { listenForHold } from './hold.ts';
import { load } from './steps.ts';

export interface BackfillInput {
  connection: string;
  object: string;
  /** True while the connection is paused; carried from run to run. */
  held: boolean;
  /** Pages before it continues as new; the default keeps histories short, tests lower it. */
  pagesPerRun?: number;
}

const PAGES_PER_RUN = 500;

/**
 * Fills one object in the background, while cycles go on: its rows when it was switched on later, the
 * old values of fields that came later (A7, J1, J2, J3). The true cursor is in the database; a failure
 * is told there as well, and the next cycle starts it again.
 */
export async function backfill(input: BackfillInput): Promise<void> {
  const { connection, object, pagesPerRun = PAGES_PER_RUN } = input;
  const hold = listenForHold(input.held);
  for (let pages = 0; pages < pagesPerRun; pages += 1) {
    if (workflowInfo().continueAsNewSuggested) break;
    await hold.released();
    const page = await load(`${object}: fill a page in the background`).backfillPage({
      connection,
      object,
    });
    setCurrentDetails(`${object}: ${page.done} of ${page.expected} rows`);
    if (page.finished) return;
  }
  await continueAsNew<typeof backfill>({ connection, object, held: hold.held(), pagesPerRun });
}
