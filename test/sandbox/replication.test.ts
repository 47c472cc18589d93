import { beforeEach, describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: sync, create } = recordsForTests();

const lead = (fields: object = {}) => ({ LastName: 'Okafor', Company: 'Lagos Ltd', ...fields });

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

describe('The span of getUpdated and getDeleted', () => {
  const MINUTE = 60_000;
  const iso = (offset: number, zone = 'Z') =>
    encodeURIComponent(new Date(Date.now() + offset).toISOString().slice(0, 19) + zone);
  const ask = (what: string, start: string, end: string, object = 'Lead') =>
    sync.call('GET', `/sobjects/${object}/${what}?start=${start}&end=${end}`);
  const refused = { status: 400, body: [{ errorCode: 'INVALID_REPLICATION_DATE' }] };
  const DAY = 24 * 60 * MINUTE;

  it('is cut to minutes: one that ends in the minute it begins in is empty', async () => {
    const minute = '2026-01-02T03:04';
    expect(await ask('updated', `${minute}:01Z`, `${minute}:59Z`)).toMatchObject(refused);
  });

  it('reaches back 30 days for updates and 15 for deletes', async () => {
    expect((await ask('updated', iso(-29 * DAY), iso(0))).status).toBe(200);
    expect(await ask('updated', iso(-31 * DAY), iso(0))).toMatchObject(refused);
    expect((await ask('deleted', iso(-14 * DAY), iso(0))).status).toBe(200);
    expect(await ask('deleted', iso(-16 * DAY), iso(0))).toMatchObject(refused);
  });

  it('takes any offset, encoded or not, and nothing that is no date with a time', async () => {
    for (const zone of ['Z', '+00:00', '+0000', '-01:00'])
      expect((await ask('updated', iso(-5 * MINUTE, zone), iso(300 * MINUTE, zone))).status).toBe(
        200,
      );
    const raw = (offset: number) => decodeURIComponent(iso(offset, '+00:00'));
    expect((await ask('updated', raw(-5 * MINUTE), raw(0))).status).toBe(200);
    for (const bad of ['1', 'yesterday', '2026-01-02', '2026-13-02T03:04:05Z'])
      expect(await ask('updated', bad, iso(0))).toMatchObject(refused);
    expect((await sync.call('GET', '/sobjects/Lead/updated')).status).toBe(400);
  });

  it('an end in the future is covered only up to now', async () => {
    const { body } = await ask('updated', iso(-5 * MINUTE), iso(60 * MINUTE));
    expect(Date.parse(body.latestDateCovered)).toBeLessThanOrEqual(Date.now());
  });

  it('an undeleted row is among the updated, no longer among the deleted', async () => {
    const id = await create('Lead', lead());
    await sync.call('DELETE', `/sobjects/Lead/${id}`);
    const answer = await fetch(`${sandbox.url}/services/Soap/u/59.0`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', soapaction: '""' },
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>${sync.connection.accessToken}</sessionId></SessionHeader></e:Header><e:Body><undelete><ids>${id}</ids></undelete></e:Body></e:Envelope>`,
    });
    expect(await answer.text()).toContain('<success>true</success>');
    const span = [iso(-5 * MINUTE), iso(2 * MINUTE)] as const;
    expect((await ask('updated', ...span)).body.ids).toContain(id);
    const { deletedRecords } = (await ask('deleted', ...span)).body;
    expect(deletedRecords.map((row: { id: string }) => row.id)).not.toContain(id);
  });
});
