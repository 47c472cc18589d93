import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldMergeInput, mergeField, mergeRecord } from '../../src/sync/merge.ts';
import type { ConflictRule } from '../../src/sync/objects.ts';
import type { Value } from '../../src/sync/value.ts';

const times = { salesforce: '2026-01-01T00:00:10Z', marketing: '2026-01-01T00:00:20Z' };
const field = (over: Partial<FieldMergeInput>): FieldMergeInput => ({
  base: undefined,
  salesforce: 'a',
  marketing: 'a',
  direction: 'both',
  rule: 'salesforce',
  times,
  ...over,
});

describe('C3: one field, three ways', () => {
  const cases: [
    string,
    Partial<FieldMergeInput>,
    Value,
    boolean,
    'salesforce' | 'marketing' | null,
  ][] = [
    ['not edited here: Salesforce stands', { salesforce: 'b' }, 'b', false, null],
    ['not edited here, emptied there', { salesforce: null }, null, false, null],
    ['only marketing changed it', { base: 'a', marketing: 'm' }, 'm', true, null],
    ['only marketing emptied it', { base: 'a', marketing: null }, null, true, null],
    [
      'only Salesforce changed it, the edit here was undone',
      { base: 'a', salesforce: 's' },
      's',
      false,
      null,
    ],
    ['both made the same change', { base: 'x' }, 'a', false, null],
    [
      'both, Salesforce wins',
      { base: 'x', salesforce: 's', marketing: 'm' },
      's',
      false,
      'salesforce',
    ],
    [
      'both, marketing wins',
      { base: 'x', salesforce: 's', marketing: 'm', rule: 'marketing' },
      'm',
      true,
      'marketing',
    ],
    [
      'both, marketing later',
      { base: 'x', salesforce: 's', marketing: 'm', rule: 'latest' },
      'm',
      true,
      'marketing',
    ],
    [
      'both, Salesforce later',
      {
        base: 'x',
        salesforce: 's',
        marketing: 'm',
        rule: 'latest',
        times: { salesforce: times.marketing, marketing: times.salesforce },
      },
      's',
      false,
      'salesforce',
    ],
    [
      'both at once: Salesforce, by the rule latest',
      {
        base: 'x',
        salesforce: 's',
        marketing: 'm',
        rule: 'latest',
        times: { salesforce: times.marketing, marketing: times.marketing },
      },
      's',
      false,
      'salesforce',
    ],
    [
      'filled on both sides from nothing',
      { base: null, salesforce: 's', marketing: 'm' },
      's',
      false,
      'salesforce',
    ],
    [
      'pull only: Salesforce stands without conflict (D1)',
      { salesforce: 's', marketing: 'm', direction: 'pull' },
      's',
      false,
      null,
    ],
    [
      'pull only, edited while it went both ways: the edit is known to have lost (N1)',
      { base: 'x', salesforce: 's', marketing: 'm', direction: 'pull' },
      's',
      false,
      'salesforce',
    ],
    [
      'push only: marketing stands',
      { base: 'x', salesforce: 's', marketing: 'm', direction: 'push' },
      'm',
      true,
      null,
    ],
    [
      'push only, not edited here',
      { salesforce: 's', marketing: 'm', direction: 'push' },
      'm',
      false,
      null,
    ],
    ['off', { base: 'x', salesforce: 's', marketing: 'm', direction: 'off' }, 'm', false, null],
  ];
  it.each(cases)('%s', (_, input, value, push, winner) => {
    const result = mergeField(field(input));
    expect({ value: result.value, push: result.push }).toEqual({ value, push });
    expect(result.conflict?.winner ?? null).toBe(winner);
    if (result.conflict) {
      expect(result.conflict).toMatchObject({ salesforce: 's', marketing: 'm' });
    }
  });
});

const value = fc.constantFrom<Value>(null, 'a', 'b', 'c');
const rule = fc.constantFrom<ConflictRule>('salesforce', 'marketing', 'latest');
const when = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z');
const inputs = fc.record({
  base: value,
  salesforce: value,
  marketing: value,
  direction: fc.constant('both' as const),
  rule,
  times: fc.record({ salesforce: when, marketing: when }),
});

/** Both sides after the merge was written to marketing and, where it says so, to Salesforce. */
function settled(input: FieldMergeInput) {
  const merged = mergeField(input);
  return {
    salesforce: merged.push ? merged.value : input.salesforce,
    marketing: merged.value,
    merged,
  };
}

describe('N1: no change is lost', () => {
  it('both sides end with one value', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { salesforce, marketing } = settled(input);
        expect(salesforce).toBe(marketing);
      }),
    );
  });

  it('a value that one side changed stands, or loses a conflict that holds it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { marketing: end, merged } = settled(input);
        for (const side of ['salesforce', 'marketing'] as const) {
          const changed = input[side] !== input.base;
          const lost = changed && end !== input[side];
          expect(lost).toBe(merged.conflict !== null && merged.conflict.winner !== side);
          if (lost) expect(merged.conflict![side]).toBe(input[side]);
        }
      }),
    );
  });

  it('the end is a value of one of the sides, never one that both left', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { marketing: end } = settled(input);
        expect([input.salesforce, input.marketing]).toContain(end);
      }),
    );
  });
});

describe('the merge treats both sides alike', () => {
  it('sides and rule swapped: the same end', () => {
    const opposite = {
      salesforce: 'marketing',
      marketing: 'salesforce',
      latest: 'latest',
    } as const;
    fc.assert(
      fc.property(inputs, (input) => {
        fc.pre(input.rule !== 'latest' || input.times.salesforce !== input.times.marketing);
        const swapped = {
          ...input,
          salesforce: input.marketing,
          marketing: input.salesforce,
          rule: opposite[input.rule],
          times: { salesforce: input.times.marketing, marketing: input.times.salesforce },
        };
        expect(settled(swapped).marketing).toBe(settled(input).marketing);
      }),
    );
  });

  it('N6: done again, before or after the push, it changes nothing more', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const first = settled(input);
        const pushed = { ...input, ...first, base: input.salesforce };
        expect(mergeField(pushed)).toEqual({ value: first.marketing, push: false, conflict: null });
        const unpushed = {
          ...input,
          marketing: first.marketing,
          base: first.merged.push ? input.salesforce : undefined,
        };
        expect(mergeField(unpushed)).toEqual({
          value: first.marketing,
          push: first.merged.push,
          conflict: null,
        });
      }),
    );
  });
});

describe('a record', () => {
  const recordTimes = {
    salesforce: times.salesforce,
    marketing: { a: times.marketing, b: times.marketing, c: times.marketing },
  };
  const fields = ['a', 'b', 'c'].map((column) => ({
    field: column.toUpperCase(),
    column,
    direction: 'both' as const,
    conflict: 'marketing' as const,
  }));

  it('C3: changes of two fields, one on each side, both survive without a conflict', () => {
    expect(
      mergeRecord({
        fields,
        base: { a: '1' },
        salesforce: { a: '1', b: 'theirs', c: 'same' },
        marketing: { a: 'ours', b: '2', c: 'same' },
        times: recordTimes,
      }),
    ).toEqual({
      write: { b: 'theirs' },
      push: { a: 'ours' },
      rebase: { a: '1' },
      settled: [],
      conflicts: [],
    });
  });

  it('C3: a conflict names field and column, and the new base is what Salesforce has now', () => {
    const merged = mergeRecord({
      fields,
      base: { a: '1', b: '2' },
      salesforce: { a: 'theirs', b: '2' },
      marketing: { a: 'ours', b: '2' },
      times: recordTimes,
    });
    expect(merged.conflicts).toEqual([
      {
        field: 'A',
        column: 'a',
        base: '1',
        salesforce: 'theirs',
        marketing: 'ours',
        winner: 'marketing',
      },
    ]);
    expect(merged.push).toEqual({ a: 'ours' });
    expect(merged.rebase).toEqual({ a: 'theirs' });
    expect(merged.settled).toEqual(['b']);
  });

  it('B1, C3: with the rule latest it is the field’s own edit that counts, not a later one of another field', () => {
    const merged = mergeRecord({
      fields: fields.map((field) => ({ ...field, conflict: 'latest' })),
      base: { a: '1', b: '1' },
      salesforce: { a: 'theirs', b: 'theirs' },
      marketing: { a: 'ours', b: 'ours' },
      times: {
        salesforce: '2026-01-01T00:00:20Z',
        marketing: { a: '2026-01-01T00:00:10Z', b: '2026-01-01T00:00:30Z' },
      },
    });
    expect(merged.conflicts.map(({ column, winner }) => [column, winner])).toEqual([
      ['a', 'salesforce'],
      ['b', 'marketing'],
    ]);
  });

  it('a column that was not read is left alone, its pending change too', () => {
    const merged = mergeRecord({
      fields,
      base: { a: '1' },
      salesforce: {},
      marketing: { a: '2' },
      times: recordTimes,
    });
    expect(merged).toEqual({ write: {}, push: {}, rebase: {}, settled: [], conflicts: [] });
  });

  it('N1: every column with a pending change is either pushed or settled', () => {
    const row = fc.record({ a: value, b: value, c: value });
    const base = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(row, row, base, (salesforce, marketing, pending) => {
        const merged = mergeRecord({
          fields,
          base: pending,
          salesforce,
          marketing,
          times: recordTimes,
        });
        const handled = [...Object.keys(merged.push), ...merged.settled].sort();
        expect(handled).toEqual(Object.keys(pending).sort());
        expect({ ...marketing, ...merged.write }).toEqual({ ...salesforce, ...merged.push });
      }),
    );
  });
});
