import { expect, it } from 'vitest';
import * as messages from '../../workflows/messages.ts';
import { Gate, type Scripted, scriptedConnections } from './support.ts';

const { begin, client } = scriptedConnections();

interface Progress {
  object: string;
  tier: number;
  done: number;
  expected: number;
  finished: boolean;
}

/** Loads of so many pages each, as the database would keep them. */
function loads(pages: Record<string, number>, tierOf: (object: string) => number = () => 0) {
  const state = new Map<string, Progress>(
    Object.entries(pages).map(([object, expected]) => [
      object,
      { object, tier: tierOf(object), done: 0, expected, finished: expected === 0 },
    ]),
  );
  const unfinished = () => [...state.values()].filter(({ finished }) => !finished);
  return {
    prepareConnection: () => ({ orgId: '00D000000000001AAA', load: unfinished().length > 0 }),
    prepareLoad: () => ({ objects: unfinished() }),
    take(object: string): Progress {
      const { done, ...load } = state.get(object)!;
      const next = { ...load, done: done + 1, finished: done + 1 >= load.expected };
      state.set(object, next);
      return next;
    },
  };
}

const pagesOf = ({ calls }: Scripted) =>
  calls.filter(({ step }) => step === 'loadPage').map(({ input }) => String(input.object));

it('A2, A6: at most two objects load at once, parents before children, each to its end', async () => {
  const { take, ...script } = loads(
    { User: 2, Group: 3, Account: 2, Lead: 3, Contact: 1 },
    (object) => (['User', 'Group'].includes(object) ? 0 : object === 'Account' ? 1 : 2),
  );
  let [now, most] = [0, 0];
  const one = await begin('load-order', {
    ...script,
    loadPage: async ({ object }) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return take(object);
    },
  });
  await one.called('endCycle');
  const pages = pagesOf(one);
  expect([...pages].sort()).toEqual([
    'Account',
    'Account',
    'Contact',
    'Group',
    'Group',
    'Group',
    'Lead',
    'Lead',
    'Lead',
    'User',
    'User',
  ]);
  expect(pages.slice(0, 5).sort()).toEqual(['Group', 'Group', 'Group', 'User', 'User']);
  expect(pages.slice(5, 7)).toEqual(['Account', 'Account']);
  expect(most).toBeLessThanOrEqual(2);
});

it('A2: the fan-out is bounded, however many objects there are', async () => {
  const objects = Array.from({ length: 6 }, (_, index) => `Object${index}`);
  const { take, ...script } = loads(Object.fromEntries(objects.map((object) => [object, 1])));
  const gate = new Gate();
  let at = 0;
  const one = await begin('bounded', {
    ...script,
    loadPage: async ({ object }) => {
      at += 1;
      await gate.opened;
      return take(object);
    },
  });
  await one.called('loadPage', 2);
  // A query is answered after what the workflow had to do before: a third would have begun.
  await one.status(({ state }) => state === 'initial-load');
  expect(at).toBe(2);
  gate.open();
  await one.called('endCycle');
  expect(pagesOf(one)).toHaveLength(6);
});

it('A5: a pause holds the load between pages, and a resume lets it go on', async () => {
  const { take, ...script } = loads({ Lead: 4 });
  const gate = new Gate();
  let pages = 0;
  const one = await begin('held', {
    ...script,
    loadPage: async ({ object }) => {
      pages += 1;
      if (pages === 2) await gate.pass();
      return take(object);
    },
  });
  await gate.arrived;
  await one.handle.executeUpdate(messages.pauseUpdate, {
    args: [{ by: 'ada', reason: 'release' }],
  });
  gate.open();
  // The child has heard of both by the time it answers.
  const child = client().workflow.getHandle(messages.initialLoadWorkflowId('held'));
  await child.query('__stack_trace');
  expect(await one.status()).toMatchObject({ state: 'paused' });
  expect(pages).toBe(2);
  await one.handle.executeUpdate(messages.resumeUpdate);
  await one.called('endCycle');
  expect(pages).toBe(4);
});

it('A2: a load continues as new after its pages, held or not, and goes on where it was', async () => {
  const name = 'continued';
  const { take, ...script } = loads({ Lead: 7 });
  const one = await begin(name, { ...script, loadPage: ({ object }) => take(object) });
  await one.called('endCycle');
  await one.handle.terminate();

  const again = loads({ Lead: 7 });
  const direct = await begin('continued-direct', {
    prepareLoad: again.prepareLoad,
    loadPage: ({ object }) => again.take(object),
  });
  const workflowId = messages.initialLoadWorkflowId('continued-direct');
  const handle = await client().workflow.start('initialLoad', {
    ...{ workflowId, taskQueue: 'continued-direct' },
    args: [{ connection: 'continued-direct', pagesPerRun: 3 }],
  });
  await handle.result();
  expect(pagesOf(direct)).toHaveLength(7);
  const runs = direct.calls.filter(({ step }) => step === 'prepareLoad');
  expect(runs).toHaveLength(3);
  await one.stop();
});
