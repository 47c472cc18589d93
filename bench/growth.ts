import {
  changeMarketing,
  changeSalesforce,
  drawLeads,
  mustHaveArrived,
  type Way,
} from './cycles.ts';
import { atMost, type Figure, info, median, number, spread } from './figures.ts';
import type { Host } from './host.ts';
import { type Org, startOrg } from './org.ts';
import { type Sync, startSync } from './sync.ts';

const CHANGES = 1_000;
const MEMORY_GROWTH = 1.2;
const TIME_GROWTH = 1.5;

interface Side {
  org: Org;
  sync: Sync;
  /** MB. */
  peak: number;
}

const KINDS: readonly Way[] = ['pull', 'push'];

/**
 * What grows with the number of people: a worker's memory during the first load, and the time of a
 * cycle with as many changes. Both sizes are there at once and take turns, so that whatever else the
 * machine does meets both.
 */
export async function benchGrowth(
  host: Host,
  sizes: { small: number; large: number },
  rounds: number,
): Promise<Figure[]> {
  const open: { stop(): Promise<void> }[] = [];
  try {
    const small = await startSide(host, 'small', sizes.small, open);
    const large = await startSide(host, 'large', sizes.large, open);
    const times = { pull: pairs(), push: pairs() };
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of KINDS) {
        // Whoever goes first finds what the one before has left in the caches: they take turns.
        const order = round % 2 === 0 ? [small, large] : [large, small];
        for (const side of order) {
          const took = await runCycle(side, kind, round);
          times[kind][side === small ? 'small' : 'large'].push(took);
        }
      }
    }
    const [few, many] = [number(sizes.small), number(sizes.large)];
    return [
      info(
        `worker's highest memory, loading ${few} leads and what belongs to them`,
        `${number(small.peak)} MB`,
      ),
      info(`the same, loading ${many} leads and what belongs to them`, `${number(large.peak)} MB`),
      atMost('growth of the memory', large.peak / small.peak, MEMORY_GROWTH),
      ...KINDS.flatMap((kind) => {
        const { small, large } = times[kind];
        const what = `${number(CHANGES)} changes in ${kind === 'pull' ? 'Salesforce' : 'marketing'}`;
        return [
          info(`a cycle with ${what}, of ${few} people, seconds`, spread(small)),
          info(`the same of ${many} people, seconds`, spread(large)),
          atMost('growth of the time', median(large) / median(small), TIME_GROWTH),
        ];
      }),
    ];
  } finally {
    for (const one of open.reverse()) await one.stop();
  }
}

const pairs = () => ({ small: [] as number[], large: [] as number[] });

async function startSide(
  host: Host,
  name: string,
  people: number,
  open: { stop(): Promise<void> }[],
): Promise<Side> {
  const org = await startOrg(host, name, { leads: people });
  open.push(org);
  const sync = await startSync(host, org, name);
  open.push(sync);
  await sync.forgetPeak();
  const load = await sync.load();
  const peak = await sync.peakMemory();
  host.report(
    `  ${number(load.rows)} rows loaded in ${number(load.seconds, 1)} s, worker's peak ${number(peak)} MB`,
  );
  await sync.settle();
  return { org, sync, peak };
}

async function runCycle({ org, sync }: Side, kind: Way, round: number): Promise<number> {
  const leads = await drawLeads(org, CHANGES, 2 * round + KINDS.indexOf(kind));
  const title = `Round ${round}, ${kind}`;
  if (kind === 'pull') await changeSalesforce(org, leads, title);
  else await changeMarketing(sync, leads, title);
  const { seconds } = await sync.cycle();
  await mustHaveArrived(org, sync, kind, title, CHANGES);
  await sync.drain();
  return seconds;
}
