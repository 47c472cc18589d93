import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { LoadObject } from '../activities/load-page.ts';
import { listenForHold } from './hold.ts';
import { load } from './steps.ts';
import { failureOf, stopsConnection } from './stop.ts';

export interface InitialLoadInput {
  connection: string;
  /** Carried from run to run. */
  held?: boolean;
  /** Pages before it continues as new; the default keeps histories short, tests lower it. */
  pagesPerRun?: number;
}

/** Result pages at once: more would fight over two writers' worth of disk and Salesforce's patience. */
const OBJECTS_AT_ONCE = 2;
const PAGES_PER_RUN = 500;

/**
 * The first copy of everything (A2). The true cursor is in the database, committed with the rows: so
 * this workflow only walks on, and can be started again at any time. One object's failure keeps no
 * other from being loaded (N3); it is in tandem.load, and the object is taken up again by the next load.
 */
export async function initialLoad(input: InitialLoadInput): Promise<void> {
  const { connection } = input;
  const hold = listenForHold(input.held ?? false);

  const pagesPerRun = input.pagesPerRun ?? PAGES_PER_RUN;
  let pages = 0;
  const { objects } = await load('Count the rows of each object').prepareLoad({ connection });
  const shown = new Map(objects.map((object) => [object.object, object]));
  const failed = new Set<string>();
  const show = () => setCurrentDetails(details([...shown.values()]));
  const spent = () => pages >= pagesPerRun || workflowInfo().continueAsNewSuggested;
  show();

  const loadObject = async ({ object }: LoadObject): Promise<void> => {
    while (!shown.get(object)!.finished && !spent()) {
      await hold.released();
      pages += 1;
      shown.set(object, await load(`${object}: load a page`).loadPage({ connection, object }));
      show();
    }
  };
  const guarded = async (object: LoadObject): Promise<void> => {
    try {
      await loadObject(object);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null || stopsConnection(failure)) throw error;
      failed.add(object.object);
    }
  };
  for (const tier of [...new Set(objects.map(({ tier }) => tier))].sort((a, b) => a - b)) {
    const waiting = objects.filter((object) => object.tier === tier);
    const workers = Array.from({ length: OBJECTS_AT_ONCE }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await guarded(next);
    });
    await Promise.all(workers);
  }
  if ([...shown.values()].some(({ object, finished }) => !finished && !failed.has(object))) {
    await continueAsNew<typeof initialLoad>({ connection, held: hold.held(), pagesPerRun });
  }
}

function details(objects: LoadObject[]): string {
  const rows = objects.map(
    ({ object, done, expected, finished }) =>
      `| ${object} | ${done} | ${expected} | ${finished ? 'done' : 'loading'} |`,
  );
  return ['| object | rows | expected | |', '|---|---|---|---|', ...rows].join('\n');
}
