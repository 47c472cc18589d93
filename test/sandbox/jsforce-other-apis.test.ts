import jsforce from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection } from './support-client.ts';

const sandbox = sandboxForTests();
let connection: jsforce.Connection;
beforeAll(async () => {
  connection = await jsforceConnection(sandbox, '60.0', sandbox.admin);
});

describe('Tooling', () => {
  it('is described, and queried page by page', async () => {
    const { tooling } = connection;
    const { sobjects } = await tooling.describeGlobal();
    expect(sobjects.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['CustomField', 'EntityDefinition']),
    );
    expect((await tooling.sobject('CustomField').describe()).name).toBe('CustomField');
    const { records } = await tooling.query(
      "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Lead'",
      { autoFetch: true, maxFetch: 10_000 },
    );
    expect(records.map((row) => row.QualifiedApiName)).toContain('LastName');
  });

  it('refuses Apex and completions', async () => {
    await expect(connection.tooling.executeAnonymous('1;')).rejects.toThrow(NOT_THERE);
    await expect(connection.tooling.completions('apex')).rejects.toThrow(NOT_THERE);
  });
});

const NOT_THERE = 'The requested resource does not exist';

describe('what the org does not have', () => {
  it.each<[string, () => unknown]>([
    ['analytics', () => connection.analytics.reports()],
    ['chatter', () => connection.chatter.resource('/users/me').retrieve()],
    ['apex', () => connection.apex.get('/hello/')],
    ['process rules', () => connection.process.rule.list()],
    ['approvals', () => connection.process.approval.list()],
    ['a quick action', () => connection.quickAction('LogCall').describe()],
  ])('%s: is an error with a code', async (_name, call) => {
    await expect(Promise.resolve(call())).rejects.toMatchObject({
      errorCode: 'NOT_FOUND',
      message: NOT_THERE,
    });
  });

  it('Metadata: is an error, for reading, describing and deploying', async () => {
    const { metadata } = connection;
    for (const call of [
      () => metadata.describe('60.0'),
      () => metadata.read('CustomObject', ['Lead']),
      () => metadata.deploy(Buffer.from('zip'), {}),
    ])
      await expect(call()).rejects.toThrow('No operation available for request');
  });

  it('Streaming: the handshake is denied once and for all, and says whether the session is to blame', async () => {
    for (const [accessToken, reason] of [
      [connection.accessToken!, '403::User not enabled for streaming'],
      ['gone', '401::Authentication invalid'],
    ] as const) {
      const { streaming } = new jsforce.Connection({ instanceUrl: sandbox.url, accessToken });
      const answer = await new Promise((resolve) => {
        const watch = { incoming: (message: unknown) => resolve(message) };
        streaming.createClient([watch]).subscribe('/topic/Leads', () => undefined);
      });
      expect(answer).toMatchObject({
        channel: '/meta/handshake',
        successful: false,
        error: '403::Handshake denied',
        ext: { sfdc: { failureReason: reason } },
        advice: { reconnect: 'none' },
      });
    }
  });

  it('a generic streaming channel is no object', async () => {
    const event = { payload: 'x', userIds: [] };
    await expect(connection.streaming.channel('/u/x').push(event)).rejects.toMatchObject({
      errorCode: 'INVALID_TYPE',
    });
  });
});

it('the Streaming API answers whatever it is sent', async () => {
  for (const body of [
    '',
    '[]',
    'null',
    '7',
    '[{"channel":7}]',
    '{"channel":"/meta/connect"}',
    '{',
  ]) {
    const { status } = await fetch(`${sandbox.url}/cometd/60.0`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(status).toBeLessThan(500);
  }
});
