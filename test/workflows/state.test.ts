import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  begin,
  type Event,
  isResting,
  type Phase,
  reduce,
  type State,
  shownReason,
  shownState,
} from '../../workflows/state.ts';

const PHASES: Phase[] = ['starting', 'initial-load', 'syncing', 'waiting', 'limited', 'failed'];
const cycle = { cycle: 7, startedAt: 1_000, endedAt: 5_000, status: 'done' } as const;
const EVENTS = {
  'ready to load': { type: 'ready', orgId: '00D', load: true, at: 1 },
  ready: { type: 'ready', orgId: '00D', load: false, at: 1 },
  loaded: { type: 'loaded' },
  'cycle-ended': { type: 'cycle-ended', cycle, waitMs: 5_000, reason: null },
  limited: { type: 'stopped', phase: 'limited', reason: 'limit', until: 9_000 },
  failed: { type: 'stopped', phase: 'failed', reason: 'rejected', until: null },
  due: { type: 'due', at: 2 },
} satisfies Record<string, Event>;

/** Where each event leads from each phase; a dot: it stays. */
const TABLE: Record<Phase, Record<keyof typeof EVENTS, Phase | '.'>> = {
  starting: {
    'ready to load': 'initial-load',
    ready: 'syncing',
    loaded: '.',
    'cycle-ended': '.',
    limited: 'limited',
    failed: 'failed',
    due: '.',
  },
  'initial-load': {
    'ready to load': '.',
    ready: '.',
    loaded: 'syncing',
    'cycle-ended': '.',
    limited: 'limited',
    failed: 'failed',
    due: '.',
  },
  syncing: {
    'ready to load': '.',
    ready: '.',
    loaded: '.',
    'cycle-ended': 'waiting',
    limited: 'limited',
    failed: 'failed',
    due: '.',
  },
  waiting: {
    'ready to load': '.',
    ready: '.',
    loaded: '.',
    'cycle-ended': '.',
    limited: '.',
    failed: '.',
    due: 'syncing',
  },
  limited: {
    'ready to load': '.',
    ready: '.',
    loaded: '.',
    'cycle-ended': '.',
    limited: '.',
    failed: '.',
    due: 'starting',
  },
  failed: {
    'ready to load': '.',
    ready: '.',
    loaded: '.',
    'cycle-ended': '.',
    limited: '.',
    failed: '.',
    due: 'starting',
  },
};

const at = (phase: Phase): State => ({
  ...begin(5_000),
  phase,
  preparedAt: 1,
});
const pause = { by: 'ada', reason: 'release', at: 1 };

describe('the state of a connection', () => {
  for (const phase of PHASES) {
    for (const [name, event] of Object.entries(EVENTS)) {
      const wanted = TABLE[phase][name as keyof typeof EVENTS];
      it(`K1: ${name} from ${phase} leads to ${wanted === '.' ? 'no change' : wanted}`, () => {
        const before = at(phase);
        const after = reduce(before, event);
        if (wanted === '.') expect(after).toEqual(before);
        else expect(after.phase).toBe(wanted);
      });
    }
  }

  it('A1: the pause counts from the end of the cycle', () => {
    expect(reduce(at('syncing'), EVENTS['cycle-ended']).until).toBe(10_000);
  });

  it('A5: a new pause length moves the next sync at once', () => {
    const waiting = reduce(at('syncing'), EVENTS['cycle-ended']);
    expect(reduce(waiting, { type: 'set-pause', pauseMs: 60_000 }).until).toBe(65_000);
  });

  it('A5: a sync asked for during a cycle outlives it, and is answered by the next', () => {
    const asked = reduce(at('syncing'), { type: 'sync-now' });
    const waiting = reduce(asked, EVENTS['cycle-ended']);
    expect(waiting.syncWanted).toBe(true);
    expect(reduce(waiting, EVENTS.due).syncWanted).toBe(false);
  });

  it('A5: a pause holds a sync that was asked for, and says who and why', () => {
    const paused = reduce(reduce(at('waiting'), { type: 'sync-now' }), { type: 'pause', pause });
    expect(paused.syncWanted).toBe(false);
    expect(reduce(paused, { type: 'sync-now' }).syncWanted).toBe(false);
    expect([shownState(paused), shownReason(paused)]).toEqual(['paused', 'paused by ada: release']);
  });

  it('A5: resuming syncs at once, and lifts a failure that waits for an operator', () => {
    const held = reduce(at('waiting'), { type: 'pause', pause });
    expect(reduce(held, { type: 'resume' })).toMatchObject({ pause: null, syncWanted: true });
    const failed = reduce(at('starting'), EVENTS.failed);
    expect(reduce(failed, { type: 'resume' }).syncWanted).toBe(true);
  });

  it('J1: the schema is synced again after an hour, and after a resume', () => {
    const waiting = reduce(at('syncing'), EVENTS['cycle-ended']);
    expect(reduce(waiting, { type: 'due', at: 3_600_000 }).phase).toBe('syncing');
    expect(reduce(waiting, { type: 'due', at: 3_600_001 }).phase).toBe('starting');
    expect(reduce(reduce(waiting, { type: 'resume' }), EVENTS.due).phase).toBe('starting');
  });

  it('A5: no sequence of events loses a pause but a resume', () => {
    const event = fc.constantFrom<Event>(
      ...Object.values(EVENTS),
      { type: 'sync-now' },
      { type: 'set-pause', pauseMs: 1_000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...PHASES), fc.array(event), (phase, events) => {
        const paused = reduce(at(phase), { type: 'pause', pause });
        expect(events.reduce(reduce, paused).pause).toEqual(pause);
      }),
    );
  });

  it('A1: what rests always has a time or a person to wait for, and what works has none', () => {
    const event = fc.constantFrom<Event>(...Object.values(EVENTS), { type: 'resume' });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const state = events.reduce(reduce, begin(1_000));
        if (!isResting(state)) expect(state.until).toBeNull();
        if (isResting(state) && state.until === null) expect(state.reason).not.toBeNull();
      }),
    );
  });
});
