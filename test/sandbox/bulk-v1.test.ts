import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { createServer } from '../../sandbox/server.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { control, jsforceConnection, login } from './support-client.ts';

const sandbox = sandboxForTests({ people: 20 });
let session: string;

beforeAll(async () => {
  session = await login(sandbox);
});

/** As simple-salesforce sends everything: JSON in the headers of GETs too, and SOQL under that name. */
async function call(method: string, path: string, body?: unknown, headers: object = {}) {
  const response = await fetch(`${sandbox.url}/services/async/59.0/${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-SFDC-Session': session,
      'X-PrettyPrint': '1',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  return { status: response.status, text, body: (isJson ? JSON.parse(text) : null) as any };
}

async function open(facts: object, headers: object = {}) {
  const answer = await call(
    'POST',
    'job',
    { concurrencyMode: 0, contentType: 'JSON', ...facts },
    headers,
  );
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body;
}

const finished = (job: string, batch: string, state = 'Completed') =>
  vi.waitFor(
    async () => {
      const { body } = await call('GET', `job/${job}/batch/${batch}`);
      expect(body.state, JSON.stringify(body)).toBe(state);
      return body;
    },
    { timeout: 10_000, interval: 20 },
  );

describe('with simple-salesforce', () => {
  it('rows are loaded as JSON, with a result for each', async () => {
    const job = await open({ operation: 'insert', object: 'Lead' });
    expect(job).toMatchObject({ state: 'Open', concurrencyMode: 'Parallel', apiVersion: 59 });
    expect(Object.keys(job)).toEqual(Object.keys(job).sort());
    const rows = [
      { LastName: 'A', Company: 'V1' },
      { LastName: null, Company: 'V1' },
    ];
    const batch = await call('POST', `job/${job.id}/batch`, rows);
    expect(batch).toMatchObject({ status: 201, body: { jobId: job.id, state: 'Queued' } });
    expect(await finished(job.id, batch.body.id)).toMatchObject({
      numberRecordsProcessed: 2,
      numberRecordsFailed: 1,
    });
    const result = await call('GET', `job/${job.id}/batch/${batch.body.id}/result`);
    expect(result.body).toEqual([
      { success: true, created: true, id: expect.stringMatching(/^00Q/), errors: [] },
      {
        success: false,
        created: false,
        id: null,
        errors: [
          {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [LastName]',
            fields: ['LastName'],
            extendedErrorDetails: null,
          },
        ],
      },
    ]);
    expect((await call('GET', `job/${job.id}/batch/${batch.body.id}/request`)).body).toEqual(rows);
    expect((await call('POST', `job/${job.id}`, { state: 'Closed' })).body).toMatchObject({
      state: 'Closed',
      numberBatchesCompleted: 1,
      numberBatchesTotal: 1,
      numberRecordsProcessed: 2,
      numberRecordsFailed: 1,
    });
    expect((await call('GET', `job/${job.id}/batch`)).body.batchInfo).toHaveLength(1);
    const late = await call('POST', `job/${job.id}/batch`, rows);
    expect(late).toMatchObject({ status: 400, body: { exceptionCode: 'InvalidJobState' } });
  });

  it('a query comes as a list of results, each a list of records', async () => {
    const job = await open({ operation: 'query', object: 'Contact' });
    const { body: batch } = await call(
      'POST',
      `job/${job.id}/batch`,
      'SELECT Id, LastName, Account.Name FROM Contact ORDER BY Id LIMIT 3',
    );
    await call('POST', `job/${job.id}`, { state: 'Closed' });
    await finished(job.id, batch.id);
    const list = await call('GET', `job/${job.id}/batch/${batch.id}/result`);
    expect(list.body).toEqual([expect.stringMatching(/^752\w{15}$/)]);
    const records = await call('GET', `job/${job.id}/batch/${batch.id}/result/${list.body[0]}`);
    expect(records.body).toHaveLength(3);
    expect(records.body[0]).toMatchObject({
      attributes: {
        type: 'Contact',
        url: expect.stringContaining('/services/data/v59.0/sobjects'),
      },
      Id: expect.stringMatching(/^003/),
    });
  });

  it('a query that cannot be run fails with its batch', async () => {
    const job = await open({ operation: 'query', object: 'Account' });
    const run = async (soql: string) => {
      const { body } = await call('POST', `job/${job.id}/batch`, soql);
      return (await finished(job.id, body.id, 'Failed')).stateMessage;
    };
    expect(await run('SELECT Nope FROM Account')).toMatch(
      /^InvalidBatch : Failed to process query: INVALID_FIELD: /,
    );
    expect(await run('SELECT Id FROM Contact')).toContain('INVALID_TYPE_FOR_OPERATION');
  });

  it('PK chunking makes batches of ranges of ids, and the first is not processed', async () => {
    const job = await open(
      { operation: 'query', object: 'Lead' },
      { 'Sforce-Enable-PKChunking': 'chunkSize=4' },
    );
    const { body: first } = await call(
      'POST',
      `job/${job.id}/batch`,
      'SELECT Id FROM Lead WHERE IsConverted = false OR IsConverted = true',
    );
    await finished(job.id, first.id, 'NotProcessed');
    const { body } = await call('GET', `job/${job.id}/batch`);
    let ids: string[] = [];
    for (const batch of body.batchInfo.slice(1)) {
      await finished(job.id, batch.id);
      const path = `job/${job.id}/batch/${batch.id}/result`;
      const list = await call('GET', path);
      const { body: records } = await call('GET', `${path}/${list.body[0]}`);
      ids = [...ids, ...records.map(({ Id }: { Id: string }) => Id)];
    }
    const { rows } = await sandbox.pool.query(
      `SELECT "Id" FROM org."Lead" WHERE NOT "IsDeleted" ORDER BY "Id"`,
    );
    expect(ids.sort()).toEqual(rows.map(({ Id }) => Id));
    expect(body.batchInfo.length).toBeGreaterThan(3);
  });

  it.each([
    [
      '{"operation":"insert","object":"sfObject","contentType":"JSON"}',
      'InvalidJob',
      'Unable to find object: sfObject',
    ],
    [
      '{"operation":"upsert","object":"Lead","contentType":"JSON"}',
      'InvalidJob',
      'External ID was blank for Lead',
    ],
    ['{"operation":"x","object":"Lead"}', 'InvalidJob', 'Unable to parse Job'],
    ['not json', 'InvalidJob', 'Unable to parse Job'],
    ['', 'InvalidJob', 'Unable to parse Job'],
  ])('%s is refused as %s', async (body, exceptionCode, message) => {
    expect(await call('POST', 'job', body)).toMatchObject({
      status: 400,
      body: { exceptionCode, exceptionMessage: expect.stringContaining(message) },
    });
  });

  it('unknown jobs, batches and sessions have codes of their own', async () => {
    expect((await call('GET', 'job/750000000000000AAA')).body.exceptionCode).toBe('InvalidJob');
    const job = await open({ operation: 'insert', object: 'Lead' });
    expect((await call('GET', `job/${job.id}/batch/x`)).body.exceptionCode).toBe('InvalidBatch');
    const ended = await call('GET', `job/${job.id}`, undefined, { 'X-SFDC-Session': 'x' });
    expect(ended).toMatchObject({ status: 400, body: { exceptionCode: 'InvalidSessionId' } });
  });

  it('a batch without records, or with unknown fields, fails', async () => {
    const job = await open({ operation: 'insert', object: 'Lead' });
    for (const [rows, message] of [
      [[], 'InvalidBatch : Records not found'],
      [[{ Nope__c: 1 }], 'InvalidBatch : Field name not found : Nope__c'],
    ] as const) {
      const { body } = await call('POST', `job/${job.id}/batch`, rows);
      expect((await finished(job.id, body.id, 'Failed')).stateMessage).toBe(message);
    }
  });

  it('calls are counted by kind, and faults of an object reach batches', async () => {
    const job = await open({ operation: 'insert', object: 'Lead' });
    await control(sandbox, 'POST', '/faults', { kind: 'row-lock', object: 'Lead', times: 1 });
    const { body } = await call('POST', `job/${job.id}/batch`, [{ LastName: 'L', Company: 'V1' }]);
    expect(await finished(job.id, body.id)).toMatchObject({ numberRecordsFailed: 1 });
    const { byKind } = await control(sandbox, 'GET', '/calls');
    expect(byKind).toMatchObject({
      'async/job': expect.any(Number),
      'async/job/batch': expect.any(Number),
    });
  });
});

describe('with jsforce', () => {
  it('rows are inserted, updated, upserted and deleted', async () => {
    const { bulk } = await jsforceConnection(sandbox, '59.0');
    bulk.pollInterval = 20;
    const [made, bad] = await bulk.load('Lead', 'insert', [
      { LastName: 'J1', Company: 'Js', Email: null },
      { LastName: 'J2', Company: 'Js', Email: 'no mail' },
    ]);
    expect(made).toMatchObject({ success: true, created: true, errors: [] });
    expect(bad).toMatchObject({ id: null, success: false });
    expect(bad!.errors[0]).toBe(
      'INVALID_EMAIL_ADDRESS:Email: invalid email address: no mail:Email --',
    );
    const id = made!.id!;
    await expect(
      bulk.load('Lead', 'update', [{ Id: id, Title: null, FirstName: 'Up' }]),
    ).resolves.toMatchObject([{ id, success: true, created: false }]);
    await expect(
      bulk.load('Lead', 'upsert', { extIdField: 'Id' }, [{ Id: id, FirstName: 'Ups' }]),
    ).resolves.toMatchObject([{ id, success: true, created: false }]);
    await expect(bulk.load('Lead', 'delete', [{ Id: id }])).resolves.toMatchObject([
      { success: true },
    ]);
  });

  it('queries come as records, and what cannot be read is an error', async () => {
    const { bulk } = await jsforceConnection(sandbox, '59.0');
    bulk.pollInterval = 20;
    const stream = await bulk.query('SELECT Id, Owner.Username FROM Contact ORDER BY Id');
    const records = await stream.toArray();
    expect(records.length).toBeGreaterThan(3);
    expect(Object.keys(records[0]!)).toEqual(['Id', 'Owner.Username']);
    await expect(bulk.load('Lead', 'insert', [{ Nope__c: 'x' }])).rejects.toThrow(
      'Field name not found',
    );
    await expect(bulk.createJob('Nope', 'insert').open()).rejects.toMatchObject({
      errorCode: 'InvalidJob',
    });
  });
});

describe('an XML job', () => {
  const xml = (method: string, path: string, body?: string) =>
    call(method, path, body, { 'Content-Type': 'application/xml; charset=UTF-8' });
  const textIn = (text: string, name: string) =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];

  it('takes sObjects and answers results', async () => {
    const made = await xml(
      'POST',
      'job',
      '<?xml version="1.0" encoding="UTF-8"?>\n<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><operation>insert</operation><object>Account</object><contentType>XML</contentType></jobInfo>',
    );
    expect(made.status).toBe(201);
    expect(textIn(made.text, 'createdDate')).toMatch(/\.000Z$/);
    expect(textIn(made.text, 'apiVersion')).toBe('59.0');
    const id = textIn(made.text, 'id')!;
    const batch = await xml(
      'POST',
      `job/${id}/batch`,
      '<?xml version="1.0"?><sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><sObject><Name>A &amp; B</Name><Phone xsi:nil="true"/></sObject></sObjects>',
    );
    const batchId = textIn(batch.text, 'id')!;
    const result = await vi.waitFor(async () => {
      const found = await xml('GET', `job/${id}/batch/${batchId}/result`);
      expect(found.status, found.text).toBe(200);
      return found.text;
    });
    expect(result).toMatch(
      /<results [^>]*><result><id>001\w{15}<\/id><success>true<\/success><created>true<\/created><\/result>/,
    );
  });

  it('that is aborted leaves its batches unprocessed, and one cut off goes on after a restart', async () => {
    const job = await open({ operation: 'insert', object: 'Lead' });
    expect((await call('POST', `job/${job.id}`, { state: 'Aborted' })).body.state).toBe('Aborted');
    const again = await open({ operation: 'insert', object: 'Lead' });
    const { body } = await call('POST', `job/${again.id}/batch`, [
      { LastName: 'R', Company: 'V1 restart' },
    ]);
    await finished(again.id, body.id);
    // As it stands when the process dies after the rows and before the end.
    await sandbox.pool.query(
      `UPDATE org_meta.bulk_v1_batch SET state = 'InProgress' WHERE id = $1`,
      [body.id],
    );
    const second = createServer(await openOrg(sandbox.pool));
    try {
      await second.ready();
      expect(await finished(again.id, body.id)).toMatchObject({ numberRecordsProcessed: 1 });
      const { rows } = await sandbox.pool.query(
        `SELECT FROM org."Lead" WHERE "Company" = 'V1 restart'`,
      );
      expect(rows).toHaveLength(1);
    } finally {
      await second.close();
    }
  });
});
