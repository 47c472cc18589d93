import { afterAll, beforeAll } from 'vitest';

/**
 * What `make` gives, from before the first test of a file until `end` after the last. Hooks and
 * tests find it whole; what runs while tests are collected finds an empty object, and may only pass
 * it on.
 */
export function forTests<T extends object>(
  make: () => Promise<T>,
  end?: (made: T) => Promise<void>,
): T {
  const held = {} as T;
  let made = false;
  beforeAll(async () => {
    Object.assign(held, await make());
    made = true;
  });
  if (end) afterAll(() => (made ? end(held) : undefined));
  return held;
}
