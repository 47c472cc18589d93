import { beforeAll, vi } from 'vitest';
import { forTests } from './for-tests.ts';
import { type System, type SystemOptions, startSystem } from './system.ts';

/** A system for the tests of a file, which has made its first sync when they begin. */
export function systemForTests(options?: SystemOptions): System {
  // Several cycles a test, on machines that may do much else.
  vi.setConfig({ testTimeout: 120_000 });
  const system = forTests(
    () => startSystem(options),
    ({ remove }) => remove(),
  );
  beforeAll(async () => {
    await system.statusWhen(({ lastSync }) => lastSync !== null);
  });
  return system;
}
