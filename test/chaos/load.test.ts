import { expect, it } from 'vitest';
import { Chance } from '../support/chance.ts';
import { differences } from '../support/converge.ts';
import { forTests } from '../support/for-tests.ts';
import { startSystem } from '../support/system.ts';
import { convert } from '../support/workload/unions.ts';
import { Workload } from '../support/workload/workload.ts';
import {
  chaosSeed,
  insistSql,
  quiet,
  sidesOf,
  someMoment,
  strike,
  until,
  worldOf,
} from './support.ts';

const PEOPLE = 10_000;
const CONFIG = `
people:
  createInSalesforce: always
bulk:
  pageSize: 1000
`;

// Each page takes its time, so that the load can be struck while it goes on.
const faults = [{ kind: 'latency', path: 'jobs/query/\\w+/results', ms: 1_500 }];
const system = forTests(
  () => startSystem({ people: PEOPLE, pause: '1s', config: CONFIG, faults }),
  ({ remove }) => remove(),
);

interface Load {
  object: string;
  state: string;
  pages: number;
  done: number;
  expected: number;
  job: string | null;
}
const loads = () =>
  insistSql(
    system,
    `select object, state, pages, done::int, expected::int, job_id as job from tandem.load
     order by object`,
  ) as unknown as Promise<Load[]>;

/** Before its first step there are no rows yet. */
const isOver = (rows: Load[]) => rows.length > 0 && rows.every(({ state }) => state === 'done');

it('A2, N6: a load that is struck at random moments resumes where it was, and loses and doubles no row', async () => {
  const chance = new Chance(chaosSeed());
  const workload = new Workload(worldOf(system), chance, { without: [convert] });
  // A lead that was converted before it was copied stays a person of its own (C10).
  await workload.choose(40);
  const jobs = new Map<string, Set<string>>();
  const note = async () => {
    const rows = await loads();
    for (const { object, job } of rows) {
      if (job !== null) jobs.set(object, (jobs.get(object) ?? new Set()).add(job));
    }
    return rows;
  };
  const strikes = [
    ['worker', 'SIGKILL'],
    ['postgres', 'SIGKILL'],
    ['worker', 'SIGKILL'],
    ['postgres', 'SIGTERM'],
  ] as const;
  let struck = 0;
  for (const [part, signal] of strikes) {
    const changes = workload.steps(6);
    await someMoment(system, chance, 3);
    const over = isOver(await note());
    await strike(system, part, signal);
    if (!over) struck += 1;
    await changes;
  }
  // Else the load was over before it could be struck, and this proves nothing.
  expect(struck).toBeGreaterThanOrEqual(3);
  await until('the load ends', async () => {
    return isOver(await note()) ? true : null;
  });
  await quiet(system);

  const people = (await loads()).filter(({ object }) => ['Lead', 'Contact'].includes(object));
  for (const load of people) {
    // Each page counts once: so what was done is just what the job held.
    expect(load.pages).toBe(Math.ceil(load.done / 1_000));
    expect(Math.abs(load.done - PEOPLE / 2)).toBeLessThan(30);
    // A part that died made nobody begin from the start.
    expect([load.object, jobs.get(load.object)?.size]).toEqual([load.object, 1]);
  }
  expect(await differences(sidesOf(system))).toEqual([]);
  expect(await workload.problems()).toEqual([]);
}, 240_000);
