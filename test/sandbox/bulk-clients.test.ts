import { describe, expect, it, vi } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection, login, restClient } from './support-client.ts';

const sandbox = sandboxForTests({ people: 10 });

describe("jsforce's bulk2", () => {
  it('loads records and reads all three results', async () => {
    const { bulk2 } = await jsforceConnection(sandbox);
    const results = await bulk2.loadAndWaitForResults({
      object: 'Lead',
      operation: 'insert',
      input: [
        { LastName: 'One', Company: 'Bulk2', Email: 'one@bulk2.example' },
        { LastName: 'Two', Company: 'Bulk2', Email: 'no mail' },
      ],
      pollInterval: 20,
      pollTimeout: 10_000,
    });
    expect(results.successfulResults).toMatchObject([
      { sf__Created: 'true', LastName: 'One', Company: 'Bulk2' },
    ]);
    expect(results.failedResults).toMatchObject([
      { sf__Error: expect.stringContaining('INVALID_EMAIL_ADDRESS'), LastName: 'Two' },
    ]);
    expect(results.unprocessedRecords).toEqual([]);
    const id = results.successfulResults[0]!.sf__Id;
    const deleted = await bulk2.loadAndWaitForResults({
      object: 'Lead',
      operation: 'delete',
      input: [{ Id: id, LastName: 'left out by jsforce' }],
      pollInterval: 20,
    });
    expect(deleted.successfulResults).toMatchObject([{ sf__Id: id, sf__Created: 'false' }]);
  });

  it('sees why a job failed, and aborts and deletes one', async () => {
    const { bulk2 } = await jsforceConnection(sandbox);
    await expect(
      bulk2.loadAndWaitForResults({
        object: 'Lead',
        operation: 'insert',
        input: 'Nope__c\nx\n',
        pollInterval: 20,
      }),
    ).rejects.toThrow('InvalidBatch : Field name not found : Nope__c');
    const job = bulk2.createJob({ object: 'Lead', operation: 'insert' });
    await job.open();
    await job.abort();
    await job.delete();
    await expect(job.check()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });
});

describe("simple-salesforce's bulk2", () => {
  it('makes, fills, closes and waits for a job in its own words', async () => {
    const call = restClient(sandbox, await login(sandbox));
    const json = { 'content-type': 'application/json', accept: 'application/json' };
    const { body: job } = await call(
      'POST',
      'jobs/ingest',
      {
        operation: 'upsert',
        columnDelimiter: 'COMMA',
        lineEnding: 'LF',
        externalIdFieldName: 'Id',
        object: 'Lead',
        contentType: 'CSV',
      },
      { ...json, 'x-prettyprint': '1' },
    );
    expect(job.state).toBe('Open');
    const csv = { 'content-type': 'text/csv; charset=UTF-8', accept: 'application/json' };
    const put = await call(
      'PUT',
      `jobs/ingest/${job.id}/batches`,
      'Id,LastName,Company\n,Ünï,S\n',
      csv,
    );
    expect(put.status).toBe(201);
    await call('PATCH', `jobs/ingest/${job.id}`, { state: 'UploadComplete' }, json);
    await vi.waitFor(async () => {
      // It sends a content type with GETs as well, which have no body.
      const { body } = await call('GET', `jobs/ingest/${job.id}`, undefined, json);
      expect(body).toMatchObject({
        state: 'JobComplete',
        numberRecordsProcessed: 1,
        numberRecordsFailed: 0,
      });
    }, 10_000);
    const results = (kind: string) =>
      call('GET', `jobs/ingest/${job.id}/${kind}`, undefined, {
        ...json,
        accept: csv['content-type'],
      });
    expect((await results('successfulResults')).body).toMatch(/"00Q\w{15}","true","","Ünï","S"\n$/);
    expect((await results('failedResults')).body).toBe(
      '"sf__Id","sf__Error",Id,LastName,Company\n',
    );
    expect((await results('unprocessedRecords')).body).toBe('Id,LastName,Company\n');
  });
});

describe('the list of jobs', () => {
  it('holds jobs of all kinds, and can be narrowed', async () => {
    const call = restClient(sandbox, await login(sandbox));
    await call('POST', 'jobs/query', { operation: 'query', query: 'SELECT Id FROM Lead' });
    await call('POST', 'jobs/ingest', { operation: 'insert', object: 'Lead' });
    await call(
      'POST',
      '/services/async/60.0/job',
      { operation: 'query', object: 'Lead', contentType: 'CSV', concurrencyMode: 'Serial' },
      { 'sforce-enable-pkchunking': 'true' },
    );
    const types = async (path: string) => {
      const { body } = await call('GET', path);
      expect(body).toMatchObject({ done: true, nextRecordsUrl: null });
      return [...new Set(body.records.map(({ jobType }: { jobType: string }) => jobType))].sort();
    };
    for (const kind of ['query', 'ingest'])
      expect(await types(`jobs/${kind}`)).toEqual(['Classic', 'V2Ingest', 'V2Query']);
    expect(await types('jobs/ingest?jobType=V2Ingest')).toEqual(['V2Ingest']);
    expect(await types('jobs/query/?isPkChunkingEnabled=true')).toEqual(['Classic']);
    expect(await types('jobs/query?concurrencyMode=serial&jobType=V2Query')).toEqual([]);
  });
});
