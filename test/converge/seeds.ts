import { afterAll, it } from 'vitest';
import { type Pair, startPair } from '../activities/support.ts';
import { runSeed } from './seed.ts';
import { SYNC_VERSION } from './storm.ts';
import { watchFaxes } from './watch.ts';

/** `npm run converge` sets these. */
const SEEDS = Number(process.env.TANDEM_CONVERGE_SEEDS ?? 50);
const FROM = Number(process.env.TANDEM_CONVERGE_FROM ?? 1);

/** One pair serves many seeds, each with records of its own, until one leaves it in disorder. */
async function startedPair(): Promise<Pair> {
  const pair = await startPair(
    {
      salesforce: { apiVersion: SYNC_VERSION },
      overlap: 5_000,
      people: { createInSalesforce: 'always', onDelete: 'delete' },
      bulk: { pageSize: 1_000 },
      objects: { Subscription__c: {}, Usage__c: {} },
    },
    { people: 20 },
  );
  await pair.load();
  await watchFaxes(pair);
  return pair;
}

/** A test for each seed of one half, so that two cores have work: the odd ones (1) or the even ones (0). */
export function testSeeds(half: 0 | 1): void {
  let pair: Pair | null = null;
  afterAll(() => pair?.stop());
  const all = Array.from({ length: SEEDS }, (_, index) => FROM + index);
  const seeds = all.filter((seed) => seed % 2 === half);
  if (seeds.length === 0) it.skip('no seed of this half was asked for', () => undefined);

  it.each(seeds)(
    'N1, N2, N3, N4, N6, A6, C3, C8, C9, C10: both sides agree after edits, unions, faults and crashes of seed %i',
    async (seed) => {
      const running = pair ?? (await startedPair());
      pair = null;
      try {
        await runSeed(running, seed);
        pair = running;
      } finally {
        if (pair === null) await running.stop();
      }
    },
    60_000,
  );
}
