import { callsOf, changeMarketing, drawLeads, mustHaveArrived } from './cycles.ts';
import { atLeast, atMost, type Figure, info, number, seconds } from './figures.ts';
import type { Host } from './host.ts';
import { type Org, startOrg } from './org.ts';
import { type Sync, startSync } from './sync.ts';

/** More people than any push has: so that all of them go by collections. */
const NEVER = 100_000_000;

const PUSHED_A_CALL = 195;

interface Pushed {
  size: number;
  calls: number;
  /** Calls among them that write a collection of up to 200 records. */
  updates: number;
  byKind: string;
  seconds: number;
}

/**
 * The same people pushed by Bulk API and by collections, all of them and at the sizes around the
 * default threshold; what chooses it is where Bulk begins to need fewer calls.
 */
export async function benchPushes(host: Host, people: number): Promise<Figure[]> {
  const org = await startOrg(host, 'pushes', { leads: people });
  try {
    const sizes = [...new Set([1_000, 2_000, 4_000, people])].filter((size) => size <= people);
    const bulk = await by(host, org, 'bulk', 1, sizes);
    const collections = await by(host, org, 'collections', NEVER, sizes);
    const figures = sizes.flatMap((size, index) => [
      figure(`${number(size)} changed people by Bulk API`, bulk[index]!),
      figure(`the same by collections`, collections[index]!),
    ]);
    const [most, least] = [bulk.at(-1)!, collections.at(-1)!];
    return [
      ...figures,
      atLeast(
        'records a call that writes a collection',
        least.size / least.updates,
        PUSHED_A_CALL,
        1,
      ),
      atMost('calls by Bulk API of those by collections', most.calls / least.calls, 0.5),
    ];
  } finally {
    await org.stop();
  }
}

const figure = (what: string, { calls, byKind, seconds: took }: Pushed) =>
  info(what, `${seconds(took)}, ${number(calls)} API calls (${byKind})`);

async function by(
  host: Host,
  org: Org,
  name: string,
  writeThreshold: number,
  sizes: number[],
): Promise<Pushed[]> {
  const sync = await startSync(host, org, name, { bulk: { writeThreshold } });
  try {
    await sync.load();
    await sync.settle();
    const results: Pushed[] = [];
    for (const [index, size] of sizes.entries())
      results.push(await push(org, sync, name, size, index));
    return results;
  } finally {
    await sync.stop();
  }
}

async function push(
  org: Org,
  sync: Sync,
  name: string,
  size: number,
  seed: number,
): Promise<Pushed> {
  const title = `By ${name} ${size}`;
  await changeMarketing(sync, await drawLeads(org, size, seed), title);
  // Retrieves go to /composite/sobjects/Lead.
  const updates = await org.countCalls(/\/composite\/sobjects(\?|$)/);
  const { cycle, calls, byKind } = await callsOf(org, sync);
  await mustHaveArrived(org, sync, 'push', title, size);
  await sync.drain();
  return { size, calls, updates: await updates(), byKind, seconds: cycle.seconds };
}
