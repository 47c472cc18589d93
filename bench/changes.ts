import {
  callsOf,
  changeMarketing,
  changeSalesforce,
  drawLeads,
  mustHaveArrived,
} from './cycles.ts';
import { atMost, type Figure, info, number, seconds } from './figures.ts';
import type { Host } from './host.ts';
import { type Org, startOrg } from './org.ts';
import { type Sync, startSync } from './sync.ts';

/** Changes on each side for the history's length at another size; a cycle's history must not depend on it. */
const FEW = 100;
const MOST_EVENTS = 150;
/** By collections alone 10,000 changes would need 50 to write and 5 to read. */
const MOST_CALLS = 30;

/** As many changes on each side, of different people, in one cycle. */
export async function benchChanges(host: Host, people: number, count: number): Promise<Figure[]> {
  const org = await startOrg(host, 'changes', { leads: people });
  try {
    const sync = await startSync(host, org, 'changes');
    try {
      await sync.load();
      await sync.settle();
      const few = await runChanges(org, sync, FEW, 1);
      await sync.drain();
      const many = await runChanges(org, sync, count, 2);
      const writesBefore = await sync.marketingWrites();
      const echo = await callsOf(org, sync);
      const writes = (await sync.marketingWrites()) - writesBefore;
      const events = {
        few: await sync.historyEvents(few.cycle.cycle),
        many: await sync.historyEvents(many.cycle.cycle),
      };
      const both = `${number(count)} changes on each side`;
      return [
        info(`${both} in one cycle`, seconds(many.cycle.seconds)),
        info('changes a second', number((2 * count) / many.cycle.seconds)),
        atMost('API calls of that cycle', many.calls, MOST_CALLS),
        info('they are', many.byKind),
        atMost('history events of that cycle', events.many, MOST_EVENTS),
        {
          ...info(`history events with ${FEW} changes on each side`, number(events.few)),
          ...{ bound: `the same: ${events.many}`, met: events.few === events.many },
        },
        atMost(
          'rows written to marketing by the next cycle, which reads the pushed ones',
          writes,
          0,
        ),
        info('that next cycle', `${seconds(echo.cycle.seconds)}, ${echo.calls} API calls`),
      ];
    } finally {
      await sync.stop();
    }
  } finally {
    await org.stop();
  }
}

async function runChanges(org: Org, sync: Sync, count: number, seed: number) {
  const leads = await drawLeads(org, 2 * count, seed);
  const [there, here] = [`Changed there ${seed}`, `Changed here ${seed}`];
  await changeSalesforce(org, leads.slice(0, count), there);
  await changeMarketing(sync, leads.slice(count), here);
  const measured = await callsOf(org, sync);
  await mustHaveArrived(org, sync, 'pull', there, count);
  await mustHaveArrived(org, sync, 'push', here, count);
  return measured;
}
