import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import * as messages from '../../workflows/messages.ts';
import { failure, fetched, fetchedObject, Gate, scriptedConnections } from './support.ts';

const { begin, running } = scriptedConnections();

const by = { by: 'ada', reason: 'release' };

/** The reason for which the workflow refused an update. */
async function refusalOf(update: Promise<unknown>): Promise<string> {
  const error = await update.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${error}`);
  return error.cause?.message ?? '';
}

describe('pause and resume (A5)', () => {
  it('A5: a pause lets the step in flight finish, then holds before the next, and carries who and why', async () => {
    const [step, later] = [new Gate(), new Gate()];
    const one = await begin('pause-between-steps', {
      fetchChanges: async () => {
        await step.pass();
        return fetched(fetchedObject('Lead', { push: 1 }));
      },
      writeMarketing: async () => {
        await later.pass();
        return { postponed: 0 };
      },
    });
    await step.arrived;
    const status = await one.handle.executeUpdate(messages.pauseUpdate, { args: [by] });
    expect(status).toMatchObject({ state: 'paused', reason: 'paused by ada: release' });
    step.open();
    // The hold is told to the database, which comes after the step and in place of the next.
    await one.called('recordState', 2);
    expect(one.calls.filter(({ step }) => step === 'writeMarketing')).toEqual([]);
    expect(one.calls.at(-1)!.input.state).toMatchObject({
      state: 'paused',
      reason: 'paused by ada: release',
    });
    await one.handle.executeUpdate(messages.resumeUpdate);
    await later.arrived;
    later.open();
    await one.called('writeSalesforce');
    await one.called('endCycle');
  });

  it('A5: what is paused stays paused over runs, and resuming syncs at once', async () => {
    const one = await begin('pause-carried', {}, { waitMs: 200 });
    await one.called('endCycle', 2);
    await one.handle.executeUpdate(messages.pauseUpdate, { args: [by] });
    await one.status(({ state }) => state === 'paused');
    const before = one.calls.filter(({ step }) => step === 'fetchChanges').length;
    await one.called('recordState', 2);
    expect((await one.carried())?.pause).toMatchObject(by);
    await one.handle.executeUpdate(messages.resumeUpdate);
    await one.called('fetchChanges', before + 1);
    expect((await one.status()).reason).toBeNull();
  });

  it('A5: a sync while paused is refused, and says who paused and why', async () => {
    const one = await begin('refuses-sync');
    await one.called('endCycle');
    await one.handle.executeUpdate(messages.pauseUpdate, { args: [by] });
    const refusal = await refusalOf(one.handle.executeUpdate(messages.syncNowUpdate));
    expect(refusal).toContain('paused by ada: release');
  });

  it.each([
    [undefined],
    [{ by: 'ada' }],
    [{ reason: 'release' }],
    [{ by: ' ', reason: 'release' }],
    [{ by: 7, reason: 'release' }],
  ])('A5: a pause that names nobody or no reason is refused: %j', async (request) => {
    const one = running[0]!;
    const update = one.handle.executeUpdate(messages.pauseUpdate, { args: [request as never] });
    expect(await refusalOf(update)).toContain('names who asked and why');
  });

  it.each([
    [undefined],
    [{}],
    [{ pauseMs: 999 }],
    [{ pauseMs: 1_000.5 }],
    [{ pauseMs: '5s' }],
    [{ pauseMs: 86_400_001 }],
  ])('A5: a pause between cycles that is no sound time is refused: %j', async (request) => {
    const update = running[0]!.handle.executeUpdate(messages.setPauseUpdate, {
      args: [request as never],
    });
    expect(await refusalOf(update)).toContain('pauseMs');
  });
});

describe('sync now and the pause between cycles (A1, A5)', () => {
  it('A1: cycles follow each other after the pause, each run one cycle with the state of the last', async () => {
    const one = await begin('loop', {}, { waitMs: 300 });
    await one.called('endCycle', 3);
    expect((await one.carried())?.lastCycle?.cycle).toBeGreaterThanOrEqual(1);
    const runs = new Set(
      one.calls.filter(({ step }) => step === 'fetchChanges').map(({ input }) => input.run),
    );
    expect(runs.size).toBeGreaterThanOrEqual(3);
  });

  it('A5: a sync asked for during a cycle gives one more cycle, however often it is asked', async () => {
    const gate = new Gate();
    let fetches = 0;
    const one = await begin('sync-during-cycle', {
      fetchChanges: async () => {
        fetches += 1;
        if (fetches === 1) await gate.pass();
        return fetched();
      },
    });
    await gate.arrived;
    await one.handle.executeUpdate(messages.syncNowUpdate);
    await one.handle.executeUpdate(messages.syncNowUpdate);
    gate.open();
    await one.called('endCycle', 2);
    await one.status(({ state, lastSync }) => state === 'waiting' && lastSync?.cycle === 2);
    expect(fetches).toBe(2);
  });

  it('A5: a sync asked for while waiting comes at once', async () => {
    const one = await begin('sync-while-waiting');
    await one.called('endCycle');
    await one.status(({ state }) => state === 'waiting');
    await one.handle.executeUpdate(messages.syncNowUpdate);
    await one.called('endCycle', 2);
  });

  it('A5: a shorter pause takes effect on the one that runs', async () => {
    const one = await begin('set-pause');
    await one.called('endCycle');
    await one.status(({ state }) => state === 'waiting');
    const status = await one.handle.executeUpdate(messages.setPauseUpdate, {
      args: [{ pauseMs: 1_000 }],
    });
    expect(status.pauseMs).toBe(1_000);
    await one.called('endCycle', 2);
  });

  it('K1: the status says the org, the last sync and the next', async () => {
    const one = await begin('status');
    await one.called('endCycle');
    const status = await one.status(({ state }) => state === 'waiting');
    expect(status).toMatchObject({
      connection: 'status',
      orgId: '00D000000000001AAA',
      reason: null,
      lastSync: { cycle: 1, status: 'done' },
    });
    const { lastSync, nextSyncAt } = status;
    expect(Date.parse(nextSyncAt!) - Date.parse(lastSync!.endedAt)).toBe(3_600_000);
  });
});

describe('signals of the same names (A5)', () => {
  it('A5: pause, resume, syncNow and setPause work by signal; a wrong one is ignored', async () => {
    const one = await begin('signals');
    await one.called('endCycle');
    await one.status(({ state }) => state === 'waiting');
    await one.handle.signal('pause', { by: 'ada' });
    await one.handle.signal('setPause', { pauseMs: 5 });
    await one.handle.signal('syncNow');
    await one.called('endCycle', 2);
    await one.handle.signal('setPause', { pauseMs: 7_000 });
    await one.status(({ pauseMs }) => pauseMs === 7_000);
    await one.handle.signal('pause', by);
    await one.status(({ state }) => state === 'paused');
    await one.handle.signal('syncNow');
    await one.handle.signal('resume');
    await one.called('endCycle', 3);
  });
});

describe('failures (N3, M1)', () => {
  it('N3: one object’s failure fails no other, and the cycle says what failed', async () => {
    const one = await begin('one-object-fails', {
      fetchChanges: () =>
        fetched(
          fetchedObject('Account', { tier: 1 }),
          fetchedObject('Lead', { tier: 2, push: 1 }),
          fetchedObject('Contact', { tier: 2, push: 1 }),
          fetchedObject('Group', { staged: 0, failure: 'no access' }),
        ),
      writeMarketing: ({ object }) => {
        if (object !== 'Contact')
          throw failure(`${object} is refused`, { scope: 'object', remedy: 'operator' });
        return { postponed: 0 };
      },
    });
    await one.called('endCycle');
    const [end] = one.calls.filter(({ step }) => step === 'endCycle');
    expect(end!.input.failures).toEqual([
      'Group: no access',
      'Account: Account is refused',
      'Lead: Lead is refused',
    ]);
    const written = one.calls.filter(
      ({ step }) => step === 'writeMarketing' || step === 'writeSalesforce',
    );
    expect(written.map(({ step, input }) => `${step} ${input.object}`)).toEqual(
      expect.arrayContaining([
        'writeMarketing Contact',
        'writeSalesforce Contact',
        'writeSalesforce Lead',
      ]),
    );
    expect(await one.status(({ state }) => state === 'waiting')).toMatchObject({
      lastSync: { status: 'failed' },
    });
  });

  it('A6: parents are written before children, and a push comes after all pulls', async () => {
    const one = await begin('tiers', {
      fetchChanges: () =>
        fetched(
          fetchedObject('Contact', { tier: 2, push: 1 }),
          fetchedObject('Account', { tier: 1 }),
          fetchedObject('User', { tier: 0 }),
        ),
    });
    await one.called('endCycle');
    const order = one.calls
      .filter(({ step }) => step.startsWith('write'))
      .map(({ step, input }) => `${step} ${input.object}`);
    expect(order).toEqual([
      'writeMarketing User',
      'writeMarketing Account',
      'writeMarketing Contact',
      'writeSalesforce Contact',
    ]);
  });

  it('M1: at the API limit it waits for the window, says so, and resumes by itself', async () => {
    let tries = 0;
    const one = await begin('limited', {
      fetchChanges: () => {
        tries += 1;
        if (tries > 1) return fetched();
        const resumeAt = Date.now() + 2_000;
        throw failure('calls are used up', { scope: 'connection', remedy: 'window', resumeAt });
      },
    });
    const status = await one.status(({ state }) => state === 'limited');
    expect(status.reason).toBe('calls are used up');
    expect(status.nextSyncAt).not.toBeNull();
    await one.status(({ state }) => state === 'waiting');
    expect(tries).toBe(2);
  });

  it('K1: what only an operator mends stays failed until a resume', async () => {
    let refused = true;
    const one = await begin('needs-operator', {
      prepareConnection: () => {
        if (refused)
          throw failure('the password is wrong', { scope: 'connection', remedy: 'operator' });
        return { orgId: '00D000000000001AAA', load: false };
      },
    });
    const status = await one.status(({ state }) => state === 'failed');
    expect(status).toMatchObject({ reason: 'the password is wrong', nextSyncAt: null });
    refused = false;
    await one.handle.executeUpdate(messages.resumeUpdate);
    await one.called('endCycle');
  });

  it('N3: what may pass is tried again after one pause', async () => {
    let tries = 0;
    const one = await begin('passes', {
      fetchChanges: () => {
        tries += 1;
        if (tries > 1) return fetched();
        throw failure('no answer', { scope: 'connection', remedy: 'retry' });
      },
    });
    await one.status(({ state }) => state === 'waiting');
    expect(tries).toBe(2);
  });

  it('J1, L2: when the schema moved, it is synced before the changes are fetched again', async () => {
    let first = true;
    const one = await begin('schema-moved', {
      fetchChanges: () => {
        const schemaMoved = first;
        first = false;
        return { ...fetched(), schemaMoved };
      },
    });
    await one.called('endCycle');
    const order = one.calls.map(({ step }) => step).filter((step) => /fetch|prepare/.test(step));
    expect(order).toEqual([
      'prepareConnection',
      'fetchChanges',
      'prepareConnection',
      'fetchChanges',
    ]);
  });
});

describe('history (N7)', () => {
  it('A3: an idle cycle has at most 40 events, and continues as new', async () => {
    const one = await begin('idle', {}, { waitMs: 100 });
    await one.called('endCycle', 4);
    // The first run prepares; the last one is still under way.
    const idle = (await one.runLengths()).slice(1, -1);
    expect(idle.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...idle)).toBeLessThanOrEqual(40);
  });
});
