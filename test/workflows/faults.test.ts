/** What becomes of a connection when something fails at an awkward place. */
import { describe, expect, it } from 'vitest';
import { initialLoadWorkflowId, resumeUpdate } from '../../workflows/messages.ts';
import { failure, fetched, fetchedObject, scriptedConnections } from './support.ts';

const { begin, client } = scriptedConnections();

describe('a connection over failing steps', () => {
  it('K1: a database that refuses everything shows as failed, and the workflow lives on', async () => {
    let broken = true;
    const refuse = () => {
      if (broken) throw failure('no access', { scope: 'connection', remedy: 'operator' });
    };
    const system = await begin('refusing-database', {
      prepareConnection: () => refuse() ?? { orgId: '00D', load: false },
      recordState: refuse,
    });
    await system.called('recordState');
    await system.called('prepareConnection');
    broken = false;
    await system.handle.executeUpdate(resumeUpdate);
    await system.called('endCycle');
    await system.status(({ orgId }) => orgId === '00D');
    await system.stop();
  });

  it('A1, A2: a load that somebody cancels is taken up again', async () => {
    let loads = 0;
    const object = { object: 'Lead', tier: 2, done: 0, expected: 1 };
    const system = await begin('cancelled-load', {
      prepareConnection: () => ({ orgId: '00D', load: loads < 2 }),
      prepareLoad: () => ({ objects: [{ ...object, finished: false }] }),
      loadPage: async () => {
        loads += 1;
        if (loads === 1) await new Promise((done) => setTimeout(done, 2_000));
        return { ...object, done: 1, finished: true };
      },
    });
    await system.called('loadPage');
    await client().workflow.getHandle(initialLoadWorkflowId('cancelled-load')).cancel();
    await system.called('loadPage', 2);
    await system.called('endCycle');
    await system.stop();
  });

  it('A4: started again while an old load still ends, it waits for that and goes on', async () => {
    // A load of that name which nobody serves any more: it cannot hear that it should end.
    const workflowId = initialLoadWorkflowId('old-load');
    const old = await client().workflow.start('initialLoad', {
      ...{ workflowId, taskQueue: 'nobody', args: [{ connection: 'old-load' }] },
    });
    const system = await begin('old-load', {
      prepareConnection: () => ({ orgId: '00D', load: true }),
    });
    await system.called('recordState', 2);
    await old.terminate();
    await system.called('endCycle');
    await system.stop();
  });

  it('N3: one object that cannot be loaded keeps no other from it, nor the cycles', async () => {
    const page = (object: string) => ({ object, tier: 0, done: 0, expected: 1, finished: false });
    const loaded: string[] = [];
    const system = await begin('partial-load', {
      prepareConnection: () => ({ orgId: '00D', load: true }),
      prepareLoad: () => ({ objects: [page('Group'), { ...page('Lead'), tier: 2 }] }),
      loadPage: ({ object }) => {
        if (object === 'Group') throw failure('no access', { scope: 'object', remedy: 'operator' });
        loaded.push(object);
        return { ...page(object), finished: true };
      },
    });
    await system.called('endCycle');
    expect(loaded).toEqual(['Lead']);
    await system.stop();
  });

  it('N1, N5: the watermark stays when a row of any page was locked', async () => {
    let first = true;
    const system = await begin('postponed', {
      fetchChanges: () => fetched(fetchedObject('Lead', { bulk: true })),
      startBulkPull: () => '750',
      fetchPage: ({ locator }: { locator: string | null }) => ({
        staged: 1,
        resolve: false,
        locator: locator === null ? 'next' : null,
      }),
      writeMarketing: () => {
        const postponed = first ? 1 : 0;
        first = false;
        return { postponed };
      },
    });
    await system.called('endCycle');
    const times = system.calls
      .filter(({ step }) => step === 'writeMarketing')
      .map(({ input }) => input.serverTime);
    expect(times).toEqual([null, null]);
    await system.stop();
  });
});
