import { describe, expect, it } from 'vitest';
import { OBJECTS, objectSpec } from '../../src/sync/objects.ts';

describe('the catalogue', () => {
  it('A6: parents come before children', () => {
    const tiers = OBJECTS.map(({ tier }) => tier);
    expect(tiers).toEqual([...tiers].sort());
    expect(objectSpec('User').tier).toBeLessThan(objectSpec('Account').tier);
    expect(objectSpec('Account').tier).toBeLessThan(objectSpec('Contact').tier);
  });

  it('an object that is not known is told with those that are', () => {
    expect(() => objectSpec('Widget')).toThrow(/Widget; it knows User, Group/);
  });
});
