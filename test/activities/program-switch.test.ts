import { beforeAll, expect, it } from 'vitest';
import { checkMarketingUser } from '../../src/operations/check.ts';
import { Programs } from '../support/programs.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests({ bulk: { pageSize: 1_000 } });
const programs = new Programs(pair);
let program: string;
let runs = 0;
beforeAll(async () => {
  await pair.load();
  await pair.cycle('switch-0');
  await programs.channel('List', ['On list', 1]);
  program = await programs.create({ name: 'Switched', channel: 'List', createNew: true });
}, 60_000);

const fetch = (config = pair.own.config) => {
  runs += 1;
  return pair.run('fetchChanges', { run: `switch-${runs}` }, { config });
};
const setMarketingUser = async (may: boolean) => {
  const { userId } = await pair.own.salesforce.identity();
  await pair.sandbox.pool.query(
    'UPDATE org."User" SET "UserPermissionsMarketingUser" = $2 WHERE "Id" = $1',
    [userId, may],
  );
};
const findings = async (config = pair.own.config) => {
  const { salesforce } = pair.own;
  return checkMarketingUser(config, salesforce, (await salesforce.identity()).userId);
};
const off = (name: string) => {
  const { config } = pair.own;
  const objects = { ...config.objects, [name]: { ...config.objects[name]!, enabled: false } };
  return { ...config, objects };
};

it.each(['Campaign', 'CampaignMember'])(
  'E6: with %s switched off nothing of programs is done, and no check asks for a marketing user',
  async (name) => {
    expect((await fetch(off(name))).programs).toBeUndefined();
    await pair.run('pushPrograms', { run: 'off' }, { config: off(name) });
    expect(await programs.read(program)).toMatchObject({ linked_at: null, link_error: null });
    await setMarketingUser(false);
    expect(await findings(off(name))).toEqual([]);
    await setMarketingUser(true);
  },
);

it('E6: a sync user who is no marketing user is named, by a sync error and a finding, and nothing else stops', async () => {
  expect(await findings()).toEqual([]);
  await setMarketingUser(false);
  const [lead] = await programs.leads(1);
  await pair.sql('update marketing.person set phone = $2 where id = $1', [lead!.id, '+1 555']);
  await pair.cycle('no-marketing-user');
  expect(await programs.openErrors()).toEqual([
    { object: 'Campaign', operation: 'link programs', code: 'MARKETING_USER_REQUIRED' },
  ]);
  expect((await pair.crm.read('Lead', lead!.sfdcId, ['Phone'])).Phone).toBe('+1 555');
  expect(await findings()).toMatchObject([{ severity: 'warning', object: 'Campaign' }]);
  // It waits for its next try: an idle cycle has no further step (M2).
  await pair.cycle('idle');
  expect((await fetch()).programs).toBeUndefined();
});

it('E6: once the user is a marketing user the next try links the program', async () => {
  await setMarketingUser(true);
  await pair.sql('update tandem.sync_error set next_try = null');
  await pair.cycle('marketing-user');
  expect((await programs.read(program)).linked_at).not.toBeNull();
  expect(await programs.openErrors()).toEqual([]);
  await pair.cycle('quiet');
  expect((await fetch()).programs).toBeUndefined();
});

it('E6: switched off while linked, what changes meanwhile is done once it is on again', async () => {
  const [lead] = await programs.leads(1);
  await programs.add(program, lead!.id);
  await pair.run('pushPrograms', { run: 'off again' }, { config: off('Campaign') });
  const { salesforce_campaign_id: campaign } = await programs.read(program);
  expect(await programs.membersThere(campaign)).toEqual({});
  await pair.cycle('on again');
  expect(await programs.membersThere(campaign)).toEqual({ [lead!.sfdcId]: 'On list' });
});
