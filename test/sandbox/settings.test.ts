import { expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();

it('settings answer as a whole, change by name, and last over a restart', async () => {
  expect(await control(sandbox, 'GET', '/settings')).toMatchObject({
    multiCurrency: false,
    sessionMinutes: 120,
    sharing: {},
  });
  const changed = await control(sandbox, 'POST', '/settings', {
    sessionMinutes: 15,
    sharing: { lead: 'Private' },
  });
  expect(changed).toMatchObject({ sessionMinutes: 15, sharing: { Lead: 'Private' } });
  await control(sandbox, 'POST', '/settings', { sharing: { Account: 'Public' } });
  expect((await openOrg(sandbox.pool)).settings).toMatchObject({
    sessionMinutes: 15,
    sharing: { Lead: 'Private', Account: 'Public' },
  });
});

it.each([
  [{ wish: true }, /no setting "wish"/],
  [{ multiCurrency: 'yes' }, /true or false/],
  [{ sessionMinutes: 0 }, /a number from 1/],
  [{ sharing: { Wish__c: 'Private' } }, /no object Wish__c/],
  [{ sharing: { Lead: 'Secret' } }, /"Public" or "Private"/],
  [{ corporateCurrency: 'Euro' }, /three letters/],
  [{ trustedIpRanges: ['here'] }, /no address/],
  [[], /an object of names/],
])('%j is refused and changes nothing', async (body, message) => {
  const before = await control(sandbox, 'GET', '/settings');
  await expect(control(sandbox, 'POST', '/settings', body)).rejects.toThrow(message);
  expect(await control(sandbox, 'GET', '/settings')).toEqual(before);
});
