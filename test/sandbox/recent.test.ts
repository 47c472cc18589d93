import { describe, expect, it } from 'vitest';
import { recordClient, recordsForTests } from './record-client.ts';

const { sandbox, client: sync } = recordsForTests();

const MRU = { 'Sforce-Mru': 'updateMru=true' };
const names = (items: { Name: string }[]) => items.map(({ Name }) => Name);

describe('recently used records', () => {
  it('are those written or read with Sforce-Mru, latest first', async () => {
    const create = async (Name: string, headers = {}) =>
      (await sync.call('POST', '/sobjects/Account', { Name }, headers)).body.id as string;
    const first = await create('First', MRU);
    await create('Unnoticed');
    const second = await create('Second', MRU);
    const recent = async (path = '/recent') => (await sync.call('GET', path)).body;
    expect(names(await recent())).toEqual(['Second', 'First']);
    expect((await recent())[0]).toEqual({
      attributes: { type: 'Account', url: `/services/data/v59.0/sobjects/Account/${second}` },
      Id: second,
      Name: 'Second',
    });
    await sync.call('GET', `/sobjects/Account/${first}`, undefined, MRU);
    expect(names(await recent('/recent?limit=1'))).toEqual(['First']);
    await sync.call('PATCH', `/sobjects/Account/${second}`, { Site: 'x' }, MRU);
    const { recentItems } = await recent('/sobjects/Account');
    expect(names(recentItems)).toEqual(['Second', 'First']);
    expect((await recent('/sobjects/Lead')).recentItems).toEqual([]);
    await sync.call('DELETE', `/sobjects/Account/${second}`);
    expect(names(await recent())).toEqual(['First']);
  });

  it('a limit is a positive number', async () => {
    for (const limit of ['0', 'x', '-1', ''])
      expect((await sync.call('GET', `/recent?limit=${limit}`)).status).toBe(400);
  });

  it('are each user’s own', async () => {
    const admin = await recordClient(sandbox, sandbox.admin);
    expect((await admin.call('GET', '/recent')).body).toEqual([]);
  });
});
