/** The API budget and the comparison of ids, with everything real (M1, N8). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';

const system = systemForTests({ people: 40 });

/** The worker takes a change of tandem.yaml up by itself. */
const configure = (text: string) => writeFile(join(system.dataDir, 'tandem.yaml'), text);
const leads = async () =>
  (await system.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id')).map(
    ({ Id }) => Id!,
  );
const calls = async () => (await system.control('GET', 'calls')).total as number;
const cityThere = async (lead: string) => (await system.crm.read('Lead', lead, ['City'])).City;
const edit = (lead: string, city: string) =>
  system.sql('update marketing.person set city = $2 where sfdc_id = $1', [lead, city]);

it('M1: with its share used the connection waits, says until when, and goes on by itself', async () => {
  const [lead] = await leads();
  await configure('api: {budgetShare: 0.000001, lookAgain: 2s}\n');
  await edit(lead!, 'Over budget');
  await system.tandem(['sync']);
  const limited = await system.statusWhen(({ state }) => state === 'limited');
  expect(limited.reason).toMatch(/API calls of the budget/);
  expect(Date.parse(limited.nextSyncAt)).toBeGreaterThan(Date.now() - 5_000);
  // A look costs little, however often it comes.
  const before = await calls();
  const first = limited.nextSyncAt;
  await system.statusWhen(({ state, nextSyncAt }) => state === 'limited' && nextSyncAt !== first);
  expect((await calls()) - before).toBeLessThan(12);
  expect(await cityThere(lead!)).not.toBe('Over budget');

  await configure('api: {budgetShare: 0.8, lookAgain: 2s}\n');
  await system.statusWhen(({ state, reason }) => state === 'waiting' && reason === null);
  expect(await cityThere(lead!)).toBe('Over budget');
});

it('M1: at the org’s own limit it waits, and goes on by itself when calls are free again', async () => {
  const [lead] = await leads();
  const { id } = await system.control('POST', 'faults', { kind: 'limit' });
  await edit(lead!, 'Over the limit');
  await system.tandem(['sync']);
  const limited = await system.statusWhen(({ state }) => state === 'limited');
  expect(limited.reason).toMatch(/daily API calls are used up/);
  await system.control('DELETE', `faults/${id}`);
  await system.statusWhen(({ state, reason }) => state === 'waiting' && reason === null);
  expect(await cityThere(lead!)).toBe('Over the limit');
});

it('M1: close to its share cycles slow down, and say so', async () => {
  await system.tandem(['set-pause', '10m']);
  const { api } = (await system.tandem(['status'])).json;
  await configure(`api: {budgetShare: ${((api.used + 4) * 1.07) / api.limit}, lookAgain: 2s}\n`);
  await system.tandem(['sync']);
  const slow = await system.statusWhen(({ reason }) => /slowed down/.test(reason ?? ''));
  expect(slow.state).toBe('waiting');
  const rest = Date.parse(slow.nextSyncAt) - Date.parse(slow.lastSync.endedAt);
  expect(rest).toBeGreaterThan(600_000 * 1.5);
  await configure('');
  await system.tandem(['set-pause', '1h']);
  await system.synced();
});

it('N8: `tandem compare` finds what was purged or missed, repairs it, and tells', async () => {
  const [, purged, missed] = await leads();
  await system.tandem(['pause', '--by', 'ops', '--reason', 'an outage']);
  await system.crm.delete('Lead', purged!);
  await system.control('POST', 'purge');
  await system.sql(
    `set tandem.origin = 'sync'; delete from marketing.person where sfdc_id = '${missed}'; reset tandem.origin`,
  );
  const refused = await system.tandem(['compare', '--wait']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/an outage.*resume/) });
  // Its modstamp must lie behind what the overlap reads again.
  await system.sql(
    `update tandem.watermark set modstamp = modstamp + interval '1 hour' where object = 'Lead'`,
  );
  await system.tandem(['resume']);
  await system.synced();
  const { code, json } = await system.tandem(['compare', '--object', 'Lead', '--wait']);
  expect({ code, json }).toMatchObject({
    code: 0,
    json: { objects: [{ object: 'Lead', missing: 1, gone: 1, left: 0, reason: null }] },
  });
  const rows = await system.sql(
    'select sfdc_id, sfdc_is_deleted from marketing.person where sfdc_id = any($1)',
    [[purged, missed]],
  );
  expect(Object.fromEntries(rows.map((row) => Object.values(row)))).toEqual({
    [purged!]: true,
    [missed!]: false,
  });
  const wrong = await system.tandem(['compare', '--object', 'Nothing']);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Lead') });
  await system.sql(
    `update tandem.watermark set modstamp = modstamp - interval '1 hour' where object = 'Lead'`,
  );
});

it('N8, A5: ids are compared by themselves when their time has come, and not while paused', async () => {
  await configure('compare: {every: 2s}\n');
  await system.tandem(['set-pause', '1s']);
  const ended = async () =>
    (await system.sql(`select min(ended_at) as at, count(*)::int as n from tandem.comparison`))[0]!;
  await vi.waitFor(async () => expect((await ended()).n).toBeGreaterThan(10), 60_000);
  const before = (await ended()).at as Date;
  await vi.waitFor(async () => expect((await ended()).at).not.toEqual(before), 60_000);
  await system.tandem(['pause', '--by', 'ops', '--reason', 'holds']);
  await system.statusWhen(({ state }) => state === 'paused');
  // What was in flight finishes; nothing begins after it.
  await vi.waitFor(async () => {
    const [one, other] = [await calls(), await system.sql('select pg_sleep(3)').then(calls)];
    expect(other).toBe(one);
  }, 40_000);
  await system.tandem(['resume']);
  const paused = (await ended()).at as Date;
  await vi.waitFor(async () => expect((await ended()).at).not.toEqual(paused), 60_000);
});
