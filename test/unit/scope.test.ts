import { expect, it } from 'vitest';
import { scopeOf } from '../../src/sync/scope.ts';

it('C12: config’s condition limits the catalogue’s; what it leaves out is the rest of that', () => {
  expect(scopeOf(null, null)).toEqual({ inside: null, outside: null });
  expect(scopeOf("Type = 'Queue'", null)).toEqual({ inside: "Type = 'Queue'", outside: null });
  expect(scopeOf(null, "Country = 'DE'")).toEqual({
    inside: "(Country = 'DE')",
    outside: "(NOT (Country = 'DE'))",
  });
  expect(scopeOf('WhoId != null', 'IsClosed = true OR IsArchived = true')).toEqual({
    inside: '(WhoId != null) AND (IsClosed = true OR IsArchived = true)',
    outside: '(WhoId != null) AND (NOT (IsClosed = true OR IsArchived = true))',
  });
});
