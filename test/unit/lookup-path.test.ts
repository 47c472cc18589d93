import { describe, expect, it } from 'vitest';
import { type Lookup, noPath, pathsToPeople } from '../../src/sync/lookup-path.ts';

const LOOKUPS: Record<string, Lookup[]> = {
  Direct__c: [
    { field: 'OwnerId', to: ['User', 'Group'] },
    { field: 'Lead__c', to: ['Lead'] },
    { field: 'Contact__c', to: ['Contact'] },
    { field: 'Deep__c', to: ['Deep__c'] },
  ],
  Deep__c: [{ field: 'A__c', to: ['A__c'] }],
  A__c: [{ field: 'B__c', to: ['B__c'] }],
  B__c: [{ field: 'C__c', to: ['C__c'] }],
  C__c: [{ field: 'D__c', to: ['D__c'] }],
  D__c: [
    { field: 'Back__c', to: ['A__c'] },
    { field: 'Account__c', to: ['Account'] },
  ],
  Ring__c: [{ field: 'Other__c', to: ['Ring2__c'] }],
  Ring2__c: [{ field: 'Other__c', to: ['Ring__c'] }],
};
const lookupsOf = (object: string) => LOOKUPS[object] ?? [];
const fields = (object: string) =>
  pathsToPeople(object, lookupsOf).map((path) => path.map(({ field }) => field).join('.'));

describe('pathsToPeople (G1)', () => {
  it('G1: takes every direct lookup to a lead or contact, and no longer way', () => {
    expect(fields('Direct__c')).toEqual(['Lead__c', 'Contact__c']);
  });

  it('G1: finds a way at depth 5, and goes round no circle', () => {
    expect(fields('Deep__c')).toEqual(['A__c.B__c.C__c.D__c.Account__c']);
    expect(fields('Ring__c')).toEqual([]);
  });

  it('G1: the refusal says which lookups there are', () => {
    expect(noPath('Ring__c', lookupsOf('Ring__c'))).toContain('Its lookups: Other__c → Ring2__c.');
    expect(noPath('Bare__c', [])).toContain('It has no lookups.');
  });
});
