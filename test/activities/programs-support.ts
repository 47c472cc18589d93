import { beforeAll, expect } from 'vitest';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { Programs } from '../support/programs.ts';
import { pairForTests } from './support.ts';

/** A loaded pair with the channel Webinar, and cycles over its programs, for the tests of a file. */
export function programsForTests() {
  const pair = pairForTests({ bulk: { pageSize: 1_000 } });
  const programs = new Programs(pair);
  let runs = 0;
  const nextRun = () => `programs-${++runs}`;
  const cycle = () => pair.cycle(nextRun());
  const written = async () => [await programs.written(), await programs.orgVersion()];
  beforeAll(async () => {
    await pair.load();
    await cycle();
    await programs.channel('Webinar', ['Invited', 1], ['Registered', 2], ['Attended', 3, true]);
  }, 60_000);
  return {
    pair,
    programs,
    cycle,
    /** Runs a cycle, after which another one writes nothing on either side (N4). */
    async settled(): Promise<void> {
      await cycle();
      const before = await written();
      await cycle();
      expect(await written()).toEqual(before);
    },
    /** The step by itself; `over` replaces parts of Salesforce. */
    push: (over: Partial<Salesforce> = {}) =>
      pair.run(
        'pushPrograms',
        { run: nextRun() },
        { salesforce: { ...pair.own.salesforce, ...over } },
      ),
  };
}
