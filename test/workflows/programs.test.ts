import { expect, it } from 'vitest';
import { failure, fetched, fetchedObject, scriptedConnections } from './support.ts';

const { begin } = scriptedConnections();

it('E3: programs come after the people’s own pushes, and only when there is work for them', async () => {
  let cycles = 0;
  const system = await begin('programs', {
    fetchChanges: () => {
      cycles += 1;
      if (cycles > 1) return fetched();
      return { ...fetched(fetchedObject('Lead', { push: 1 })), programs: true };
    },
    pushPrograms: () => undefined,
  });
  await system.called('endCycle');
  expect(system.calls.map(({ step }) => step).filter((step) => step !== 'recordState')).toEqual([
    ...['prepareConnection', 'fetchChanges', 'writeMarketing'],
    ...['writeSalesforce', 'pushPrograms', 'endCycle'],
  ]);
  await system.stop();
});

it('N3: programs that fail are what failed of their cycle, and the loop goes on', async () => {
  const system = await begin('failing-programs', {
    fetchChanges: () => ({ ...fetched(), programs: true }),
    pushPrograms: () => {
      throw failure('no campaigns today', { scope: 'object', remedy: 'operator' });
    },
  });
  await system.called('endCycle');
  expect(system.calls.find(({ step }) => step === 'endCycle')?.input.failures).toEqual([
    'Programs: no campaigns today',
  ]);
  await system.stop();
});
