import { expect, it } from 'vitest';
import { Chance } from '../support/chance.ts';
import { differences } from '../support/converge.ts';
import { systemForTests } from '../support/system-for-tests.ts';
import { Workload } from '../support/workload/workload.ts';
import { chaosSeed, quiet, sidesOf, someMoment, strike, worldOf } from './support.ts';

const CONFIG = `
people:
  createInSalesforce: always
bulk:
  queryThreshold: 15
  pageSize: 1000
objects:
  Subscription__c: {}
  Usage__c: {}
`;

const system = systemForTests({ people: 300, pause: '1s', config: CONFIG });

it('N6, N1, N2: a worker killed at random moments of cycles loses nothing and doubles nothing', async () => {
  const chance = new Chance(chaosSeed());
  const workload = new Workload(worldOf(system), chance);
  await workload.choose(40);
  for (let round = 0; round < 5; round += 1) {
    const changes = workload.steps(30);
    await someMoment(system, chance);
    await strike(system, 'worker');
    await changes;
  }
  await quiet(system);
  expect(await differences(sidesOf(system))).toEqual([]);
  expect(await workload.problems()).toEqual([]);
}, 240_000);
