import { expect, it } from 'vitest';
import { scopeOf } from '../../src/sync/scope.ts';

it('C12: config’s condition limits the catalogue’s', () => {
  const queues = "Type = 'Queue'";
  expect(scopeOf(null, null)).toEqual({ inside: null, own: null, limited: false });
  expect(scopeOf(queues, null)).toEqual({ inside: queues, own: queues, limited: false });
  expect(scopeOf(null, "Country = 'DE' OR City = 'Wien'")).toEqual({
    inside: "Country = 'DE' OR City = 'Wien'",
    own: null,
    limited: true,
  });
  expect(scopeOf('WhoId != null', 'IsClosed = true OR IsArchived = true')).toEqual({
    inside: '(WhoId != null) AND (IsClosed = true OR IsArchived = true)',
    own: 'WhoId != null',
    limited: true,
  });
});
