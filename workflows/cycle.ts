import { patched, workflowInfo } from '@temporalio/workflow';
import type { FetchedPage } from '../activities/bulk-pull.ts';
import type { FetchedObject } from '../activities/fetch-changes.ts';
import { prepare, step } from './steps.ts';
import { failureOf, stopsConnection } from './stop.ts';

export interface CycleContext {
  connection: string;
  /** Resolves when no pause holds: asked between steps, so that the one in flight finishes (A5). */
  unpaused(): Promise<void>;
  /** Has these objects filled while cycles go on (A7). */
  fillInBackground(objects: string[]): Promise<void>;
  /** Has the ids of these objects compared while cycles go on (N8). */
  compareInBackground(objects: string[]): Promise<void>;
}

/**
 * One pass over all objects (A3): fetch, resolve, write marketing, write Salesforce, by tiers (A6).
 * Returns what failed: one object's failure fails no other (N3); what concerns the whole connection is thrown.
 */
export async function runCycle(context: CycleContext): Promise<string[]> {
  const { connection, unpaused } = context;
  const run = { connection, run: workflowInfo().runId };
  const failures: string[] = [];
  const guarded = async (object: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await unpaused();
      await work();
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null || stopsConnection(failure)) throw error;
      failures.push(`${object}: ${failure.message}`);
    }
  };

  let fetched = await step('Fetch changes of all objects').fetchChanges(run);
  if (fetched.schemaMoved) {
    await prepare.prepareConnection({ connection });
    fetched = await step('Fetch changes again, with the new schema').fetchChanges(run);
  }
  await context.fillInBackground(fetched.background ?? []);
  await context.compareInBackground(fetched.compare ?? []);
  for (const { object, failure } of fetched.objects) {
    if (failure !== null) failures.push(`${object}: ${failure}`);
  }
  // What a merge left of local edits may be due only since: the record was undeleted (C8).
  const merged = new Set<string>();
  for (const tier of tiersOf(fetched.objects)) {
    await Promise.all(
      tier.map((object) =>
        guarded(object.object, async () => {
          if ((await pull(run, object, unpaused)).merged > 0) merged.add(object.object);
        }),
      ),
    );
  }
  const pushes = fetched.objects.filter(({ object, push }) => push > 0 || merged.has(object));
  await Promise.all(
    pushes.map(({ object }) => {
      const write = step(`${object}: write to Salesforce`);
      return guarded(object, () => write.writeSalesforce({ ...run, object }));
    }),
  );
  if (fetched.programs && patched('programs')) {
    const programs = step('Programs: link, and write to Salesforce');
    await guarded('Programs', () => programs.pushPrograms(run));
  }
  if (fetched.activities) {
    const tasks = step('Activities: write to Salesforce');
    await guarded('Task', () => tasks.pushActivities(run));
  }
  return failures;
}

interface Run {
  connection: string;
  run: string;
}

/** What one object's fetch staged, or what its Bulk job gives page by page, goes to marketing. */
async function pull(
  run: Run,
  fetched: FetchedObject,
  unpaused: CycleContext['unpaused'],
): Promise<{ merged: number }> {
  const { object, serverTime } = fetched;
  let merged = 0;
  let postponed = 0;
  const write = async (
    { resolve, batch }: { resolve: boolean; batch: string },
    serverTime: string | null,
  ): Promise<void> => {
    const input = { ...run, object, batch };
    if (resolve) {
      merged += (await step(`${object}: resolve conflicts`).resolveConflicts(input)).merged;
    }
    const write = step(`${object}: write to marketing`);
    postponed += (await write.writeMarketing({ ...input, serverTime })).postponed;
  };
  if (!fetched.bulk) {
    await write(fetched, serverTime);
    return { merged };
  }
  const by = step(`${object}: fetch a page by Bulk API`);
  const job = await by.startBulkPull({ ...run, object });
  for (let locator: string | null = null, more = true; more; more = locator !== null) {
    await unpaused();
    const page: FetchedPage = await by.fetchPage({ ...run, object, job, locator });
    locator = page.locator;
    // The watermark covers the job as a whole: its rows come in no order (trap 5). It stays when rows
    // of any page were held by others, so that they come again (N1).
    await write(page, locator === null && postponed === 0 ? serverTime : null);
  }
  return { merged };
}

function tiersOf(objects: FetchedObject[]): FetchedObject[][] {
  const work = objects.filter(({ staged, bulk }) => bulk || staged > 0);
  const tiers = [...new Set(work.map(({ tier }) => tier))].sort((a, b) => a - b);
  return tiers.map((tier) => work.filter((object) => object.tier === tier));
}
