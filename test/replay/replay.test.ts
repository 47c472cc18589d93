import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/temporal/bundle.ts';

const folder = join(import.meta.dirname, 'histories');
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort();

interface Recorded {
  workflowId: string;
  history: { events: { eventType: string }[] };
}
const read = (name: string): Recorded => JSON.parse(readFileSync(join(folder, name), 'utf8'));

let bundle: Awaited<ReturnType<typeof workflowBundle>>;
beforeAll(async () => {
  const logger = new DefaultLogger('ERROR', () => undefined);
  Runtime.install({ logger });
  bundle = await workflowBundle(logger);
});

describe('histories of real runs (test/replay/record.ts)', () => {
  it('are there for each phase of a connection’s life', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'action.json',
        'busy.json',
        'first-run.json',
        'idle.json',
        'initial-load-continued.json',
        'initial-load-last.json',
        'initial-load.json',
        'paused.json',
        'resumed.json',
      ]),
    );
  });

  it.each(names)('%s replays on today’s code', async (name) => {
    const { workflowId, history } = read(name);
    await Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJSON(history), workflowId);
  });

  it('are what their names say', () => {
    const has = (name: string, type: string) =>
      read(name).history.events.some(({ eventType }) => eventType === type);
    expect(
      has('initial-load-continued.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW'),
    ).toBe(true);
    expect(has('initial-load-last.json', 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED')).toBe(true);
    expect(has('initial-load.json', 'EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED')).toBe(true);
    for (const name of ['paused.json', 'resumed.json']) {
      expect(has(name, 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED')).toBe(true);
    }
    expect(read('busy.json').history.events.length).toBeGreaterThan(
      read('idle.json').history.events.length,
    );
  });

  it('a history that today’s code would not have made is refused, so that a replay can fail', async () => {
    const { workflowId, history } = read('busy.json');
    const text = JSON.stringify(history).replaceAll('"fetchChanges"', '"fetchOtherChanges"');
    await expect(
      Worker.runReplayHistory(
        { workflowBundle: bundle },
        historyFromJSON(JSON.parse(text)),
        workflowId,
      ),
    ).rejects.toThrow();
  });
});
