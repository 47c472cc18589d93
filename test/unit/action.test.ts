import { describe, expect, it } from 'vitest';
import {
  ACTION_KINDS,
  type ActionKind,
  actionKind,
  impliesSync,
  readAction,
} from '../../src/sync/action.ts';

const PERSON = '01890000-0000-7000-8000-000000000001';
const OTHER = '01890000-0000-7000-8000-000000000002';
const ID = '001000000000001AAA';

const read = (kind: string, parameters: object = {}, personId: string | null = PERSON) =>
  readAction({ kind, personId, parameters: parameters as Record<string, unknown> });

/** The least that each kind needs. */
const LEAST: Record<ActionKind, object> = {
  'Sync Person': {},
  'Delete Person': {},
  'Change Owner': { owner: 'Ada' },
  'Create Task': { subject: 'Ring' },
  'Add to Campaign': { campaign: 'Fair' },
  'Change Status in Campaign': { campaign: 'Fair', status: 'Sent' },
  'Remove from Campaign': { campaign: 'Fair' },
  'Convert Person': {},
  'Merge People': { merge: [OTHER] },
};

describe('requests of actions (I1 to I9)', () => {
  it.each(ACTION_KINDS)('%s: takes the least it needs, and nothing else', (kind) => {
    expect(read(kind, LEAST[kind])).toMatchObject({ action: { kind, personId: PERSON } });
    for (const name of Object.keys(LEAST[kind])) {
      const { [name]: _, ...rest } = LEAST[kind] as Record<string, unknown>;
      expect(read(kind, rest)).toEqual({ problem: expect.stringContaining(`"${name}"`) });
      // Null stands for what is not given.
      expect(read(kind, { ...rest, [name]: null })).toHaveProperty('problem');
    }
    const problem = expect.stringContaining('does not take "colour"');
    expect(read(kind, { ...LEAST[kind], colour: 'red' })).toEqual({ problem });
    expect(read(kind, LEAST[kind], null)).toEqual({
      problem: expect.stringContaining('person_id'),
    });
  });

  it('I4, I7: have the defaults of their kinds', () => {
    expect(read('Create Task', LEAST['Create Task'])).toMatchObject({
      action: { parameters: { due_in_days: 5, owner: null, status: null, priority: null } },
    });
    expect(read('Convert Person')).toMatchObject({
      action: { parameters: { opportunity: true, account: null, contact: null, notify: false } },
    });
    expect(read('Delete Person')).toMatchObject({ action: { parameters: { here: false } } });
  });

  it.each([
    ['Create Task', { subject: ' ' }],
    ['Create Task', { subject: 'x'.repeat(256) }],
    ['Create Task', { subject: 'Ring', due_in_days: -1 }],
    ['Create Task', { subject: 'Ring', due_in_days: 1.5 }],
    ['Create Task', { subject: 'Ring', due_in_days: '5' }],
    ['Delete Person', { here: 'yes' }],
    ['Convert Person', { account: 'Nile' }],
    ['Convert Person', { contact: ID }],
    ['Convert Person', { opportunity: 'Big' }],
    ['Merge People', { merge: [] }],
    ['Merge People', { merge: 'all' }],
    ['Merge People', { merge: [PERSON] }],
    ['Merge People', { merge: ['x'] }],
    ['Fly', {}],
  ])('%s with %j is refused with what is wrong', (kind, parameters) => {
    expect(read(kind, parameters)).toEqual({ problem: expect.stringMatching(/\w+.*\.$/) });
  });

  it('are known by their names, however they are spelt', () => {
    expect(actionKind('sync-person')).toBe('Sync Person');
    expect(actionKind('CHANGE_STATUS in  campaign')).toBe('Change Status in Campaign');
    expect(actionKind('sync')).toBeNull();
  });

  it('I9: all but deleting, removing and merging first make a lead', () => {
    expect(ACTION_KINDS.filter((kind) => !impliesSync(kind))).toEqual([
      'Delete Person',
      'Remove from Campaign',
      'Merge People',
    ]);
  });
});
