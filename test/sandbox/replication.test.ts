import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RecordClient, recordClient } from './record-client.ts';
import { type RunningSandbox, startSandbox } from './support.ts';

let sandbox: RunningSandbox;
let sync: RecordClient;

beforeAll(async () => {
  sandbox = await startSandbox();
  sync = await recordClient(sandbox);
});
afterAll(() => sandbox?.stop());

const lead = (fields: object = {}) => ({ LastName: 'Okafor', Company: 'Lagos Ltd', ...fields });

async function create(object: string, fields: object): Promise<string> {
  const { body } = await sync.call('POST', `/sobjects/${object}`, fields);
  expect(body).toMatchObject({ success: true });
  return body.id;
}

describe('getUpdated and getDeleted', () => {
  const at = (minutes: number) =>
    new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z$/, '%2B00:00');
  let path: (what: string) => string;

  beforeEach(() => {
    path = (what) => `/sobjects/Lead/${what}/?start=${at(-5)}&end=${at(2)}`;
  });

  it('list the ids written and those deleted; trap 6: the log outlives a purge', async () => {
    const [kept, gone] = [await create('Lead', lead()), await create('Lead', lead())];
    await sync.call('DELETE', `/sobjects/Lead/${gone}`);
    const updated = (await sync.call('GET', path('updated'))).body;
    expect(updated.ids).toContain(kept);
    expect(updated.ids).not.toContain(gone);
    expect(updated.latestDateCovered).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);
    await fetch(`${sandbox.controlUrl}/purge`, { method: 'POST' });
    const deleted = (await sync.call('GET', path('deleted'))).body;
    expect(deleted.deletedRecords).toContainEqual({
      id: gone,
      deletedDate: expect.stringMatching(/\.000\+0000$/),
    });
    expect(deleted).toHaveProperty('earliestDateAvailable');
    expect(deleted).toHaveProperty('latestDateCovered');
  });

  it('trap 2: latestDateCovered is no later than the start of the oldest open transaction', async () => {
    const holder = await sandbox.pool.connect();
    try {
      await holder.query('BEGIN');
      const { rows } = await holder.query('SELECT pg_current_xact_id(), now() AS began');
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const { body } = await sync.call('GET', path('updated'));
      expect(Date.parse(body.latestDateCovered)).toBeLessThanOrEqual(rows[0].began.getTime());
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  });

  it('refuse a span that ends before it begins, or begins too long ago', async () => {
    for (const [start, end] of [
      [at(0), at(-5)],
      [at(-60 * 24 * 40), at(0)],
    ]) {
      const { status, body } = await sync.call(
        'GET',
        `/sobjects/Lead/updated?start=${start}&end=${end}`,
      );
      expect({ status, code: body[0].errorCode }).toEqual({
        status: 400,
        code: 'INVALID_REPLICATION_DATE',
      });
    }
  });

  it('answer jsforce', async () => {
    const id = await create('Lead', lead());
    const { ids } = await sync.connection
      .sobject('Lead')
      .updated(new Date(Date.now() - 300_000), new Date(Date.now() + 120_000));
    expect(ids).toContain(id);
  });
});
