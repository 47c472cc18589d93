import { expect, it, vi } from 'vitest';
import * as messages from '../../workflows/messages.ts';
import { failure, fetched, Gate, type Scripted, scriptedConnections } from './support.ts';

const { begin, client } = scriptedConnections();

const by = { by: 'ada', reason: 'release' };
const handleOf = (name: string, object: string) =>
  client().workflow.getHandle(messages.backfillWorkflowId(name, object));
const pages = ({ calls }: Scripted) => calls.filter(({ step }) => step === 'backfillPage').length;

/** An object of so many pages, as the database would keep it. */
function lacking(object: string, expected: number, each: () => Promise<void> = async () => {}) {
  let done = 0;
  return {
    fetchChanges: () => ({ ...fetched(), background: done < expected ? [object] : [] }),
    backfillPage: async () => {
      await each();
      done += 1;
      return { object, tier: 0, done, expected, finished: done >= expected };
    },
  };
}

it('A7: an object is filled in the background to its end, while cycles go on', async () => {
  const gate = new Gate();
  const script = lacking('Opportunity', 2, () => gate.pass());
  const one = await begin('backfill-beside-cycles', script, { waitMs: 100 });
  await gate.arrived;
  await one.called('endCycle', 3);
  expect(pages(one)).toBe(1);
  gate.open();
  await handleOf(one.name, 'Opportunity').result();
  expect(pages(one)).toBe(2);
});

it('A5, A7: a pause holds the background too, and its end lets it go on', async () => {
  const gate = new Gate();
  const one = await begin(
    'backfill-paused',
    lacking('Lead', 3, () => gate.pass()),
  );
  await gate.arrived;
  await one.called('endCycle');
  await one.handle.executeUpdate(messages.pauseUpdate, { args: [by] });
  gate.open();
  const child = handleOf(one.name, 'Lead');
  // It takes in the hold and the page in flight, then waits.
  await vi.waitUntil(async () => {
    const { events = [] } = await child.fetchHistory();
    return (
      events?.some(({ workflowExecutionSignaledEventAttributes: signal }) => signal) &&
      events?.some(({ activityTaskCompletedEventAttributes: done }) => done)
    );
  });
  expect((await child.describe()).status.name).toBe('RUNNING');
  expect(pages(one)).toBe(1);
  await one.handle.executeUpdate(messages.resumeUpdate);
  await child.result();
  expect(pages(one)).toBe(3);
});

it('A5, A7: a pause that comes while they are being started holds each of them', async () => {
  const objects = Array.from({ length: 30 }, (_, index) => `Object_${index}__c`);
  const gate = new Gate();
  const one = await begin('backfill-paused-early', {
    fetchChanges: () => ({ ...fetched(), background: objects }),
    backfillPage: async ({ object }) => {
      await gate.pass();
      return { object, tier: 0, done: 1, expected: 2, finished: false };
    },
  });
  await gate.arrived;
  await one.handle.executeUpdate(messages.pauseUpdate, { args: [by] });
  await one.called('endCycle');
  const events = await Promise.all(
    objects.map(async (object) => (await handleOf(one.name, object).fetchHistory()).events ?? []),
  );
  const heldFromStart = events.filter(([started]) => {
    const [input] = started!.workflowExecutionStartedEventAttributes!.input!.payloads!;
    return JSON.parse(Buffer.from(input!.data!).toString()).held;
  });
  const told = events.filter((all) =>
    all.some(({ workflowExecutionSignaledEventAttributes: signal }) => signal),
  );
  expect(heldFromStart.length).toBeLessThan(objects.length);
  expect(new Set([...heldFromStart, ...told]).size).toBe(objects.length);
  gate.open();
});

it('A7: one that failed is started again by the next cycle', async () => {
  let broken = true;
  const script = lacking('Task', 1, async () => {
    if (!broken) return;
    broken = false;
    throw failure('Salesforce refused', { scope: 'object', remedy: 'operator' });
  });
  const one = await begin('backfill-again', script, { waitMs: 100 });
  await one.called('backfillPage', 2);
  await handleOf(one.name, 'Task').result();
});

it('a connection that is cancelled takes what runs in the background with it', async () => {
  const gate = new Gate();
  const one = await begin(
    'backfill-cancelled',
    lacking('Event', 2, () => gate.pass()),
  );
  await gate.arrived;
  await one.called('endCycle');
  await one.handle.cancel();
  await expect(handleOf(one.name, 'Event').result()).rejects.toThrow(/cancel/i);
  gate.open();
});
