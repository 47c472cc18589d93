import { describe, expect, it } from 'vitest';
import { CallCounter, kindOfCall } from '../../sandbox/http/usage.ts';
import { startSandbox } from './support.ts';
import { login, restClient } from './support-client.ts';

const HOUR = 3_600_000;

describe('Calls against the daily limit', () => {
  it('M1: calls older than 24 hours count no more', () => {
    let now = Date.UTC(2026, 0, 1);
    const calls = new CallCounter(10, () => new Date(now));
    calls.count('query');
    now += 23 * HOUR;
    calls.count('query');
    expect(calls.used()).toBe(2);
    now += 1.1 * HOUR;
    expect(calls.used()).toBe(1);
    expect([calls.total, calls.byKind]).toEqual([2, { query: 2 }]);
  });

  it('M1, trap 23: when they are spent, every call is refused and none is counted', async () => {
    const sandbox = await startSandbox({ people: 2, dailyCalls: 2 });
    const rest = restClient(sandbox, await login(sandbox));
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await rest('GET', 'limits')).status);
    expect(statuses).toEqual([200, 200, 403, 403]);
    const { body, headers } = await rest('GET', 'limits');
    expect(body).toEqual([
      { message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' },
    ]);
    expect(headers.get('sforce-limit-info')).toBe('api-usage=2/2');
    await sandbox.stop();
  });

  it.each([
    ['/services/data/v60.0', 'resources'],
    ['/services/data/v60.0/query', 'query'],
    ['/services/data/v60.0/query/01gRO0000016PIAYA2-2000', 'query'],
    ['/services/data/v60.0/queryAll/', 'queryAll'],
    ['/services/data/v60.0/sobjects', 'sobjects/describe'],
    ['/services/data/v60.0/sobjects/Lead/describe', 'sobjects/describe'],
    ['/services/data/v60.0/sobjects/Lead/updated/', 'sobjects/updated'],
    ['/services/data/v60.0/sobjects/Lead/00Q000000000001', 'sobjects'],
    ['/services/data/v60.0/composite', 'composite'],
    ['/services/data/v60.0/composite/sobjects/Lead', 'composite/sobjects'],
    ['/services/data/v60.0/jobs/query', 'jobs/query'],
    ['/services/data/v60.0/jobs/query/750000000000001/results', 'jobs/query/results'],
  ])('%s is a call of kind %s', (path, kind) => {
    expect(kindOfCall(path)).toBe(kind);
  });
});
