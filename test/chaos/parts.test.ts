import { describe, expect, it } from 'vitest';
import { Chance } from '../support/chance.ts';
import { differences } from '../support/converge.ts';
import { startSystem } from '../support/system.ts';
import { systemForTests } from '../support/system-for-tests.ts';
import { Workload } from '../support/workload/workload.ts';
import {
  chaosSeed,
  endpointsNow,
  isAlive,
  type Part,
  quiet,
  sidesOf,
  someMoment,
  strike,
  until,
  worldOf,
} from './support.ts';

const CONFIG = `
people:
  createInSalesforce: always
bulk:
  queryThreshold: 15
  pageSize: 1000
`;

const system = systemForTests({ people: 300, pause: '1s', config: CONFIG });

async function agree(workload: Workload): Promise<void> {
  await quiet(system);
  expect(await differences(sidesOf(system))).toEqual([]);
  expect(await workload.problems()).toEqual([]);
}

describe('parts that die while both sides change (N6)', () => {
  it.each<[Part, NodeJS.Signals]>([
    ['postgres', 'SIGKILL'],
    ['postgres', 'SIGTERM'],
    ['temporal', 'SIGKILL'],
    ['sandbox', 'SIGKILL'],
    ['worker', 'SIGTERM'],
  ])(
    'N6: %s ended by %s in mid-cycle is started again, and both sides converge',
    async (part, signal) => {
      const chance = new Chance(chaosSeed());
      const workload = new Workload(worldOf(system), chance);
      await workload.choose(20);
      const changes = workload.steps(30);
      await someMoment(system, chance, 8);
      await strike(system, part, signal);
      await changes;
      await agree(workload);
    },
    120_000,
  );

  it('N6: a pause outlives the death of Temporal and of the worker (A5)', async () => {
    await system.tandem(['pause', '--reason', 'release', '--by', 'ada']);
    await strike(system, 'temporal');
    await strike(system, 'worker');
    const status = await system.statusWhen(
      ({ state, mirroredAt }) => state === 'paused' && !mirroredAt,
    );
    expect(status.reason).toBe('paused by ada: release');
    const { code, stderr } = await system.tandem(['resume']);
    expect([code, stderr]).toEqual([0, '']);
  }, 90_000);
});

it('N6: a starter killed outright leaves nothing behind, and goes on where it was', async () => {
  const chance = new Chance(chaosSeed());
  const workload = new Workload(worldOf(system), chance);
  await workload.choose(20);
  await workload.steps(15);
  await someMoment(system, chance, 4);
  const { pids } = await endpointsNow(system);
  process.kill(pids.main, 'SIGKILL');
  const parts = [pids.worker, pids.postgres, pids.temporal, pids.sandbox].flat() as number[];
  await until('every part ends', async () => (parts.some(isAlive) ? null : true), 60_000);
  const { dataDir } = system;
  await system.stop();
  Object.assign(system, await startSystem({ dataDir, people: 300, pause: '1s' }));
  workload.goOnWith(worldOf(system));
  await workload.steps(15);
  await agree(workload);
}, 150_000);
