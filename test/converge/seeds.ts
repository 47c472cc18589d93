import { afterAll, it } from 'vitest';
import { startPair } from '../activities/support.ts';
import { Programs } from '../support/programs.ts';
import { type Ground, runSeed } from './seed.ts';
import { SYNC_VERSION } from './storm.ts';
import { watchFaxes } from './watch.ts';

/** `npm run converge` sets these. */
const SEEDS = Number(process.env.TANDEM_CONVERGE_SEEDS ?? 50);
const FROM = Number(process.env.TANDEM_CONVERGE_FROM ?? 1);

/** One pair serves many seeds, each with records of its own, until one leaves it in disorder. */
async function startedGround(): Promise<Ground> {
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
  const programs = new Programs(pair);
  await programs.channel('Webinar', ['Invited', 1], ['Registered', 2], ['Attended', 3, true]);
  const campaign = await programs.campaign('All seeds', 'Invited', 'Registered', 'Attended');
  const id = await programs.create({ name: 'All seeds', channel: 'Webinar', campaign });
  // The campaign comes with the first, the link with the second.
  for (const number of [1, 2]) await pair.cycle(`link-${number}`);
  return { pair, program: { id, campaign } };
}

/** A test for each seed of one half, so that two cores have work: the odd ones (1) or the even ones (0). */
export function testSeeds(half: 0 | 1): void {
  let ground: Ground | null = null;
  afterAll(() => ground?.pair.stop());
  const all = Array.from({ length: SEEDS }, (_, index) => FROM + index);
  const seeds = all.filter((seed) => seed % 2 === half);
  if (seeds.length === 0) it.skip('no seed of this half was asked for', () => undefined);

  it.each(seeds)(
    'N1, N2, N3, N4, N6, A6, C3, C8, C9, C10, E3: both sides agree after edits, unions, faults and crashes of seed %i',
    async (seed) => {
      const running = ground ?? (await startedGround());
      ground = null;
      try {
        await runSeed(running, seed);
        ground = running;
      } finally {
        if (ground === null) await running.pair.stop();
      }
    },
    60_000,
  );
}
