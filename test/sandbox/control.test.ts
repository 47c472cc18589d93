import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, countWhere, login, restClient } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

afterEach(() => control(sandbox, 'DELETE', '/faults'));

const fault = (body: object) => control(sandbox, 'POST', '/faults', body);
const fired = async () => (await control(sandbox, 'GET', '/faults'))[0].fired;
const addLead = (LastName: string) => rest('POST', 'sobjects/Lead', { LastName, Company: 'Acme' });
const query = (soql: string) => rest('GET', `query?q=${encodeURIComponent(soql)}`);

const leadsNamed = (lastName: string) => countWhere(sandbox, 'Lead', 'LastName', lastName);

describe('Faults', () => {
  it('error: answers 503, or the status asked for, as often as asked', async () => {
    const { id } = await fault({ kind: 'error', times: 1 });
    expect(id).toBeTypeOf('number');
    const first = await addLead('Refused');
    expect([first.status, first.body[0].errorCode]).toEqual([503, 'SERVER_UNAVAILABLE']);
    expect((await addLead('Accepted')).status).toBe(201);
    expect([await leadsNamed('Refused'), await fired()]).toEqual([0, 1]);
    await expect(fault({ kind: 'error', status: 200 })).rejects.toThrow('from 400 to 599');
    await fault({ kind: 'error', status: 500 });
    expect((await addLead('Refused')).body[0].errorCode).toBe('UNKNOWN_EXCEPTION');
  });

  it('path and object narrow a fault down, also within a query and a composite', async () => {
    await fault({ kind: 'error', object: 'contact' });
    await fault({ kind: 'error', path: '/limits' });
    expect((await addLead('Narrow')).status).toBe(201);
    expect((await rest('GET', 'limits')).status).toBe(503);
    expect((await query('SELECT Id FROM Contact')).status).toBe(503);
    expect((await query('SELECT Id FROM Lead')).status).toBe(200);
    const url = '/services/data/v60.0/query?q=SELECT+Id+FROM+Contact';
    const compositeRequest = [{ method: 'GET', url, referenceId: 'a' }];
    expect((await rest('POST', 'composite', { compositeRequest })).status).toBe(503);
  });

  it('chance with a seed fires the same way each time', async () => {
    const run = async () => {
      await control(sandbox, 'DELETE', '/faults');
      await fault({ kind: 'error', chance: 0.5, seed: 7 });
      const statuses = [];
      for (let i = 0; i < 12; i += 1) statuses.push((await rest('GET', 'limits')).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });

  it('N2: drop-after commits the write and loses the answer; drop-before does neither', async () => {
    await fault({ kind: 'drop-after', times: 1 });
    await query('SELECT Id FROM Lead LIMIT 1');
    await expect(addLead('LostAnswer')).rejects.toThrow();
    expect([await leadsNamed('LostAnswer'), await fired()]).toEqual([1, 1]);
    await control(sandbox, 'DELETE', '/faults');
    await fault({ kind: 'drop-before', times: 1 });
    await expect(addLead('NeverDone')).rejects.toThrow();
    expect([await leadsNamed('NeverDone'), await fired()]).toEqual([0, 1]);
  });

  it('drop-after leaves a refused write its answer', async () => {
    await fault({ kind: 'drop-after' });
    expect((await rest('POST', 'sobjects/Lead', {})).status).toBe(400);
  });

  it('trap 30: expire-session ends the session for good', async () => {
    const other = restClient(sandbox, await login(sandbox));
    await fault({ kind: 'expire-session', times: 1 });
    const { status, body } = await other('GET', 'limits');
    expect([status, body[0].errorCode]).toEqual([401, 'INVALID_SESSION_ID']);
    expect((await other('GET', 'limits')).status).toBe(401);
    expect((await rest('GET', 'limits')).status).toBe(200);
  });

  it('trap 23: limit and concurrent-limit are 403; only the first says the day is spent', async () => {
    await fault({ kind: 'limit', times: 1 });
    const spent = await rest('GET', 'limits');
    expect([spent.status, spent.body]).toEqual([
      403,
      [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    ]);
    expect(spent.headers.get('sforce-limit-info')).toMatch(/^api-usage=(\d+)\/\1$/);
    await fault({ kind: 'concurrent-limit', times: 1 });
    const busy = await rest('GET', 'limits');
    expect([busy.status, busy.body[0].errorCode]).toEqual([403, 'REQUEST_LIMIT_EXCEEDED']);
    expect(busy.headers.get('sforce-limit-info')).not.toMatch(/^api-usage=(\d+)\/\1$/);
  });

  it('trap 22: row-lock strikes one record of a collection, and a single write', async () => {
    await fault({ kind: 'row-lock', times: 1, object: 'Lead' });
    const records = ['LockedA', 'LockedB'].map((LastName) => ({
      attributes: { type: 'Lead' },
      LastName,
      Company: 'Acme',
    }));
    const { body } = await rest('POST', 'composite/sobjects', { records });
    expect(body.map(({ success }: { success: boolean }) => success)).toEqual([false, true]);
    expect(body[0].errors[0].statusCode).toBe('UNABLE_TO_LOCK_ROW');
    await fault({ kind: 'row-lock', times: 1 });
    const single = await addLead('LockedC');
    expect([single.status, single.body[0].errorCode]).toEqual([400, 'UNABLE_TO_LOCK_ROW']);
  });

  it('trap 2: late-commit stamps now, and shows the row only when it commits', async () => {
    await fault({ kind: 'late-commit', ms: 1500, times: 1 });
    const writing = addLead('Late');
    const began = Date.now();
    expect(await leadsNamed('Late')).toBe(0);
    expect((await writing).status).toBe(201);
    const waited = Date.now() - began;
    expect(waited).toBeGreaterThanOrEqual(1400);
    const { rows } = await sandbox.pool.query(
      'SELECT "SystemModstamp" AS stamp FROM org."Lead" WHERE "LastName" = $1',
      ['Late'],
    );
    expect(rows[0].stamp.getTime()).toBeLessThanOrEqual(began + 500);
  });

  it('latency holds the answer back', async () => {
    await fault({ kind: 'latency', ms: 300, times: 1 });
    const began = Date.now();
    await rest('GET', 'limits');
    expect(Date.now() - began).toBeGreaterThanOrEqual(290);
  });

  it('trap 14: break-page cuts a page of a query in the middle', async () => {
    await fault({ kind: 'break-page', times: 1 });
    await expect(query('SELECT Id, Name FROM Lead')).rejects.toThrow();
    expect((await query('SELECT Id, Name FROM Lead')).status).toBe(200);
    expect(await fired()).toBe(1);
  });

  it('traps 13, 14: a bulk result breaks off or holds a damaged row, once', async () => {
    const { body: job } = await rest('POST', 'jobs/query', {
      operation: 'query',
      query: 'SELECT Id, LastName, Company FROM Lead',
    });
    const path = `jobs/query/${job.id}`;
    while ((await rest('GET', path)).body.state !== 'JobComplete') await nextTurn();
    const whole = await rest('GET', `${path}/results`);
    expect(whole.status).toBe(200);
    await fault({ kind: 'break-page', object: 'Contact' });
    await fault({ kind: 'break-page', times: 1, object: 'Lead' });
    await fault({ kind: 'corrupt-csv', times: 1, path: '/results' });
    await expect(rest('GET', `${path}/results`)).rejects.toThrow();
    await control(sandbox, 'DELETE', '/faults');
    await fault({ kind: 'corrupt-csv', times: 1 });
    const damaged = await rest('GET', `${path}/results`);
    expect(damaged.body.length).toBeLessThan(whole.body.length);
    expect(damaged.body.split('\n')).toHaveLength(whole.body.split('\n').length);
    expect((await rest('GET', `${path}/results`)).body).toBe(whole.body);
  });

  it('logins go on unless the path names them', async () => {
    await fault({ kind: 'error' });
    await login(sandbox);
    await fault({ kind: 'error', path: '/oauth2/token' });
    await expect(login(sandbox)).rejects.toThrow(/503|SERVER_UNAVAILABLE/);
  });

  it('a fault that cannot be is refused by name', async () => {
    await expect(fault({ kind: 'wish' })).rejects.toThrow(/"kind" must be one of latency/);
    await expect(fault({ kind: 'error', tmes: 1 })).rejects.toThrow(/unknown key "tmes"/);
    await expect(fault({ kind: 'error', path: '(' })).rejects.toThrow(/no regular expression/);
  });

  it('one fault can be ended alone', async () => {
    const { id } = await fault({ kind: 'error' });
    expect(await control(sandbox, 'DELETE', `/faults/${id}`)).toEqual({ ended: 1 });
    expect(await control(sandbox, 'GET', '/faults')).toEqual([]);
  });
});

describe('Counters and purge', () => {
  it('calls are counted by kind; logins and the control URL are not calls', async () => {
    const before = await control(sandbox, 'GET', '/calls');
    await login(sandbox);
    await query('SELECT Id FROM Lead LIMIT 1');
    const after = await control(sandbox, 'GET', '/calls');
    expect(after.total).toBe(before.total + 1);
    expect(after.byKind.query).toBe((before.byKind.query ?? 0) + 1);
  });

  it('trap 7: purge takes what is in the recycle bin for good', async () => {
    const { body } = await addLead('Purged');
    await rest('DELETE', `sobjects/Lead/${body.id}`);
    expect(await leadsNamed('Purged')).toBe(1);
    const { purged } = await control(sandbox, 'POST', '/purge');
    expect(purged).toBeGreaterThanOrEqual(1);
    expect(await leadsNamed('Purged')).toBe(0);
  });
});
