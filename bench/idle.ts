import { callsOf } from './cycles.ts';
import { atMost, type Figure, info, median, number, seconds } from './figures.ts';
import type { Host } from './host.ts';
import { startOrg } from './org.ts';
import { startSync } from './sync.ts';

const CYCLES = 5;

/** Cycles in which neither side has changed. */
export async function benchIdle(host: Host, people: number): Promise<Figure[]> {
  const org = await startOrg(host, 'idle', { leads: people });
  try {
    const sync = await startSync(host, org, 'idle');
    try {
      const { objects } = await sync.load();
      await sync.settle();
      const before = await sync.marketingWrites();
      const calls: number[] = [];
      const took: number[] = [];
      let first = 0;
      for (let n = 0; n < CYCLES; n += 1) {
        const { cycle, calls: made } = await callsOf(org, sync);
        calls.push(made);
        took.push(cycle.seconds);
        if (n === 0) first = cycle.cycle;
      }
      const writes = (await sync.marketingWrites()) - before;
      const events: number[] = [];
      for (let n = 0; n < CYCLES - 1; n += 1) events.push(await sync.historyEvents(first + n));
      return [
        info('objects that are synced', number(objects.length)),
        atMost(`API calls of an idle cycle (the most of ${CYCLES})`, Math.max(...calls), 4),
        atMost(
          'history events of its workflow run, the request to sync included (the most)',
          Math.max(...events),
          40,
        ),
        atMost(`rows written to schema marketing by ${CYCLES} idle cycles`, writes, 0),
        info('an idle cycle takes', seconds(median(took))),
      ];
    } finally {
      await sync.stop();
    }
  } finally {
    await org.stop();
  }
}
