import { expect, it } from 'vitest';
import { lowerBound } from '../../src/sync/watermark.ts';

const noon = new Date('2026-03-01T12:00:00Z');

it('trap 11: without a watermark everything is read', () => {
  expect(lowerBound(null, 600_000)).toBeNull();
});

it('N5: a pull begins the overlap before the watermark', () => {
  expect(lowerBound(noon, 600_000)).toBe('2026-03-01T11:50:00.000Z');
});

it('trap 3: and never at the watermark itself, whose second may not be over', () => {
  expect(lowerBound(noon, 0)).toBe('2026-03-01T11:59:59.000Z');
});
