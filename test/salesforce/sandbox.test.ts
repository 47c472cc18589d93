import { describe, expect, it } from 'vitest';
import type { SalesforceCredentials } from '../../src/salesforce/credentials.ts';
import { CredentialsRejected, SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import { preflight } from '../../src/salesforce/preflight.ts';
import { OBJECTS } from '../../src/sync/objects.ts';
import { sandboxForTests } from '../sandbox/sandbox-for-tests.ts';
import { enterSandbox, type Way, ways } from './sandbox-ways.ts';
import { failure } from './support.ts';

const sandbox = sandboxForTests({ people: 40 });

const enter = (way: Way = 'password', more: Partial<SalesforceCredentials> = {}) =>
  enterSandbox(sandbox, way, more);

async function control(method: 'POST' | 'DELETE', path: string, body?: object): Promise<void> {
  const answer = await fetch(`${sandbox.controlUrl}${path}`, {
    method,
    ...(body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
  });
  expect(answer.status).toBeLessThan(300);
}

const fault = async (what: object, act: () => Promise<void>) => {
  await control('POST', '/faults', what);
  try {
    await act();
  } finally {
    await control('DELETE', '/faults');
  }
};

const plain = { allowDuplicates: false };

describe.each(ways)('L1: entered by %s', (way) => {
  it('every method of the port works', async () => {
    const salesforce = enter(way);
    const identity = await salesforce.identity();
    expect(identity).toMatchObject({ username: sandbox.username, instanceUrl: sandbox.url });
    expect(identity.orgId).toMatch(/^00D\w{15}$/);
    expect(identity.userId).toMatch(/^005\w{15}$/);

    expect(await salesforce.visibleObjects()).toEqual(expect.arrayContaining(['Lead', 'Contact']));
    const [lead, nothing] = await Promise.all([
      salesforce.describe('Lead'),
      salesforce.describe('Nothing__c'),
    ]);
    expect(lead!.fields.find(({ name }) => name === 'Email')).toMatchObject({ type: 'email' });
    expect(nothing).toBeNull();
    expect(salesforce.usage()!.used).toBeGreaterThan(0);

    const total = await salesforce.count('Lead', null);
    expect(total).toBe(await salesforce.count('Lead', "Id != '' OR LastName = 'O\\'Hara)'"));
    const { pages, serverTime } = await salesforce.firstPages([
      'SELECT Id,SystemModstamp,LastName FROM Lead WHERE IsDeleted = false ORDER BY SystemModstamp,Id',
      'SELECT Nonsense FROM Lead',
      "SELECT Id,Name FROM Group WHERE Type = 'Queue'",
    ]);
    expect(Math.abs(Date.now() - serverTime.getTime())).toBeLessThan(60_000);
    expect(pages[0]).toMatchObject({ totalSize: total });
    expect(pages[1]).toMatchObject({ error: { code: 'INVALID_FIELD' } });
    expect(pages[2]).toMatchObject({ next: null });
  });

  it('writes and reads back what it wrote', async () => {
    const salesforce = enter(way);
    const key = crypto.randomUUID();
    const row = { Tandem_Id__c: key, LastName: 'Nobody', Company: 'Acme' };
    const [made] = await salesforce.upsert('Lead', 'Tandem_Id__c', [row], plain);
    expect(made).toMatchObject({ ok: true, created: true });
    const [again] = await salesforce.upsert('Lead', 'Tandem_Id__c', [row], plain);
    expect(again).toEqual({ ...made, created: false });

    const id = made!.id!;
    const outcomes = await salesforce.update(
      'Lead',
      [
        { Id: id, City: 'Rome' },
        { Id: '00Q000000zzzzzzAAA', City: 'Rome' },
        { Id: id, Email: 'no address' },
      ],
      plain,
    );
    expect(outcomes.map((one) => (one.ok ? 'ok' : one.code))).toEqual([
      'ok',
      'INVALID_CROSS_REFERENCE_KEY',
      'INVALID_EMAIL_ADDRESS',
    ]);
    const unknown = '00Q000000zzzzzzAAA';
    expect(await salesforce.retrieve('Lead', [unknown, id], ['City', 'Tandem_Id__c'])).toEqual([
      null,
      { Id: id, City: 'Rome', Tandem_Id__c: key },
    ]);
    expect(await salesforce.delete([id])).toMatchObject([{ ok: true, id }]);
    expect(await salesforce.retrieve('Lead', [id], ['City'])).toEqual([null]);
    const { pages } = await salesforce.firstPages([
      `SELECT Id,IsDeleted FROM Lead WHERE Tandem_Id__c = '${key}'`,
    ]);
    expect(pages).toMatchObject([{ rows: [{ Id: id, IsDeleted: true }] }]);
  });
});

describe('against the sandbox org', () => {
  it('reads on by pages until there is none', async () => {
    const salesforce = enter();
    await control('POST', '/purge');
    const rows = Array.from({ length: 200 }, (_, index) => ({
      Tandem_Id__c: crypto.randomUUID(),
      LastName: `Page ${index}`,
      Company: 'Pages',
    }));
    for (let times = 0; times < 11; times++) {
      const fresh = rows.map((row) => ({ ...row, Tandem_Id__c: crypto.randomUUID() }));
      const made = await salesforce.upsert('Lead', 'Tandem_Id__c', fresh, {
        allowDuplicates: true,
      });
      expect(made.every(({ ok }) => ok)).toBe(true);
    }
    const { pages } = await salesforce.firstPages(["SELECT Id FROM Lead WHERE Company = 'Pages'"]);
    const [page] = pages;
    if (!page || 'error' in page || page.next === null) throw new Error('expected a second page');
    expect(page).toMatchObject({ totalSize: 2200 });
    const rest = await salesforce.nextPage(page.next);
    expect(rest.next).toBeNull();
    expect(new Set([...page.rows, ...rest.rows].map(({ Id }) => Id)).size).toBe(2200);
  });

  it.each<[Way, Partial<SalesforceCredentials>]>([
    ['password', { password: 'wrong' }],
    ['SOAP', { password: 'wrong' }],
    ['client credentials', { clientSecret: 'wrong' }],
    ['refresh token', { refreshToken: 'wrong' }],
    ['JWT bearer', { username: 'nobody@acme.test' }],
  ])('L1: %s with %j is refused, without a secret in the message', async (way, wrong) => {
    const error = await failure(enter(way, wrong).identity());
    expect(error).toBeInstanceOf(CredentialsRejected);
    expect(error.message).not.toContain('wrong');
  });

  it('trap 30: an expired session is replaced without anybody noticing', async () => {
    const salesforce = enter();
    await salesforce.count('Lead', null);
    await fault({ kind: 'expire-session', times: 1 }, async () => {
      expect(await salesforce.count('Lead', null)).toBeGreaterThan(0);
    });
  });

  it('N2, trap 18: a create whose answer was lost creates no second lead when it is done again', async () => {
    const salesforce = enter();
    const row = { Tandem_Id__c: crypto.randomUUID(), LastName: 'Lost', Company: 'Answer' };
    const write = () => salesforce.upsert('Lead', 'Tandem_Id__c', [row], plain);
    await fault({ kind: 'drop-after', path: 'composite/sobjects', times: 1 }, async () => {
      expect(await failure(write())).toBeInstanceOf(SalesforceUnavailable);
    });
    expect(await write()).toMatchObject([{ ok: true, created: false }]);
    expect(await salesforce.count('Lead', `Tandem_Id__c = '${row.Tandem_Id__c}'`)).toBe(1);
  });

  it.each([
    ['limit', 'RequestLimitExceeded'],
    ['concurrent-limit', 'TooManyRequests'],
    ['error', 'SalesforceUnavailable'],
    ['drop-before', 'SalesforceUnavailable'],
  ])('M1, N3: the fault %s is %s', async (kind, name) => {
    const salesforce = enter();
    await salesforce.identity();
    const what = { kind, times: 2, ...(kind === 'error' ? { status: 503 } : {}) };
    await fault(what, async () => {
      expect((await failure(salesforce.visibleObjects())).name).toBe(name);
    });
  });

  it('L2: the preflight finds nothing missing for the seeded sync user, then a field hidden', async () => {
    const salesforce = enter();
    const input = { objects: OBJECTS, externalIdField: 'Tandem_Id__c' };
    expect(await preflight(salesforce, input)).toEqual([]);
    await control('POST', '/schema', { op: 'hide-field', object: 'Lead', field: 'Industry' });
    expect(await preflight(salesforce, input)).toMatchObject([
      { severity: 'warning', object: 'Lead', field: 'Industry' },
    ]);
    await control('POST', '/schema', { op: 'show-field', object: 'Lead', field: 'Industry' });
  });

  it('trap 12: a query too long for a URL is known before it is sent', async () => {
    const long = `SELECT Id FROM Lead WHERE LastName = '${'x'.repeat(17_000)}'`;
    const { pages } = await enter().firstPages([long]);
    expect(pages).toMatchObject([{ error: { code: 'URI_TOO_LONG' } }]);
  });
});
