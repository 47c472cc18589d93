import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { JobLost, SalesforceRejected, SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import { api, expired, failure, refusal, type Script, type Step, script } from './support.ts';

let server: Script;
afterEach(() => server?.close());

const job = '750R0000000zlh9IAA';
const csv =
  (body: string, locator: string | null, rows = '1'): Step =>
  () => ({
    headers: {
      'content-type': 'text/csv',
      'sforce-numberofrecords': rows,
      ...(locator === null ? {} : { 'sforce-locator': locator }),
    },
    body,
  });

describe('a job', () => {
  it('is made for CSV with line feeds, and tells Salesforce’s time of asking', async () => {
    const date = 'Fri, 02 Jan 2026 03:04:05 GMT';
    server = await script([
      () => ({ headers: { date }, body: { id: job, state: 'UploadComplete' } }),
    ]);
    const { jobId, serverTime } = await server
      .client()
      .startBulkQuery('SELECT Id FROM Lead', 'queryAll');
    expect(jobId).toBe(job);
    expect(serverTime.getTime()).toBeLessThanOrEqual(new Date(date).getTime());
    expect(JSON.parse(server.asked[0]!.body)).toEqual({
      operation: 'queryAll',
      query: 'SELECT Id FROM Lead',
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    });
  });

  it('shows its state and rows, and is null when Salesforce does not know it', async () => {
    server = await script([
      () => ({
        body: {
          id: job,
          state: 'Failed',
          numberRecordsProcessed: 7,
          errorMessage: 'QUERY_TIMEOUT',
        },
      }),
      () => ({ body: { id: job, state: 'UploadComplete' } }),
      () => refusal(404, 'NOT_FOUND'),
    ]);
    const salesforce = server.client();
    const failed = { id: job, state: 'Failed', rows: 7, errorMessage: 'QUERY_TIMEOUT' };
    expect(await salesforce.bulkQueryJob(job)).toEqual(failed);
    expect(await salesforce.bulkQueryJob(job)).toMatchObject({ rows: 0, errorMessage: null });
    expect(await salesforce.bulkQueryJob(job)).toBeNull();
  });

  it('is aborted; one that has ended or is gone needs no abort', async () => {
    server = await script([
      () => ({ body: { id: job, state: 'Aborted' } }),
      () => refusal(400, 'INVALIDJOBSTATE', 'Aborting already Completed Job not allowed'),
      () => refusal(404, 'NOT_FOUND'),
      () => refusal(403, 'FUNCTIONALITY_NOT_ENABLED'),
    ]);
    const salesforce = server.client();
    for (let time = 0; time < 3; time++) await salesforce.abortBulkQuery(job);
    expect(await failure(salesforce.abortBulkQuery(job))).toBeInstanceOf(SalesforceRejected);
    expect(server.asked[0]).toMatchObject({ method: 'PATCH', path: `${api}/jobs/query/${job}` });
  });
});

describe('a result', () => {
  it('trap 14: comes by pages of maxRecords; the word null ends it', async () => {
    server = await script([csv('"Id"\n"1"\n', 'MTAwMDA'), csv('"Id"\n"2"\n', 'null')]);
    const salesforce = server.client();
    const first = await salesforce.bulkQueryResult(job, null, 50_000);
    expect(first).toMatchObject({ rows: 1, locator: 'MTAwMDA' });
    expect(await text(first.csv)).toBe('"Id"\n"1"\n');
    const last = await salesforce.bulkQueryResult(job, first.locator, 50_000);
    expect(last.locator).toBeNull();
    expect(await text(last.csv)).toBe('"Id"\n"2"\n');
    expect(server.asked.map(({ path }) => path)).toEqual([
      `${api}/jobs/query/${job}/results?maxRecords=50000`,
      `${api}/jobs/query/${job}/results?maxRecords=50000&locator=MTAwMDA`,
    ]);
    expect(server.asked[0]!.headers).toMatchObject({
      accept: 'text/csv',
      'accept-encoding': 'identity',
    });
  });

  it('trap 14: a missing Sforce-Locator is an error, neither the end nor an endless loop', async () => {
    server = await script([csv('"Id"\n', null)]);
    const error = await failure(server.client().bulkQueryResult(job, null, 10));
    expect(error).toMatchObject({ code: 'NO_LOCATOR', retryable: true });
  });

  it('trap 30: an expired session is replaced before the page begins', async () => {
    server = await script([expired, csv('"Id"\n', 'null')]);
    expect(await text((await server.client().bulkQueryResult(job, null, 10)).csv)).toBe('"Id"\n');
    expect(server.logins).toHaveLength(2);
  });

  it.each([
    ['unknown', refusal(404, 'NOT_FOUND')],
    ['of another API version', refusal(409, 'API_ERROR')],
  ])('A2: of a job that is %s is JobLost', async (_, answer) => {
    server = await script([() => answer]);
    const error = await failure(server.client().bulkQueryResult(job, null, 10));
    expect(error).toBeInstanceOf(JobLost);
    expect(error.cause).toBeInstanceOf(SalesforceRejected);
  });

  it('a page that breaks off fails the stream, and does not end it short', async () => {
    server = await script([
      (_, response) => {
        response.writeHead(200, { 'sforce-locator': 'null', 'sforce-numberofrecords': '2' });
        response.write('"Id"\n"1"\n', () => response.destroy());
        return null;
      },
    ]);
    const page = await server.client().bulkQueryResult(job, null, 10);
    expect(await failure(text(page.csv))).toBeInstanceOf(SalesforceUnavailable);
  });

  it('back-pressure: a reader that rests stops the sender; nothing is kept in memory', async () => {
    const total = 64 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let handedOver = 0;
    const stuck = Promise.withResolvers<void>();
    server = await script([
      (_, response) => {
        response.writeHead(200, { 'sforce-locator': 'null', 'sforce-numberofrecords': '1' });
        const more = () => {
          while (handedOver < total) {
            handedOver += chunk.length;
            if (response.write(chunk)) continue;
            // Sockets hold some megabytes; when these are full, drain waits for the reader.
            const full = setTimeout(stuck.resolve, 300);
            response.once('drain', () => {
              clearTimeout(full);
              more();
            });
            return;
          }
          response.end();
        };
        more();
        return null;
      },
    ]);
    const { csv: body } = await server.client().bulkQueryResult(job, null, 10);
    await once(body, 'readable');
    await stuck.promise;
    expect(handedOver).toBeLessThan(total / 4);
    let read = 0;
    for await (const part of body) read += part.length;
    expect(read).toBe(total);
  });

  it('a reader that gives up frees the connection', async () => {
    const gone = Promise.withResolvers<void>();
    server = await script([
      (_, response) => {
        response.on('close', gone.resolve);
        response.writeHead(200, { 'sforce-locator': 'null', 'sforce-numberofrecords': '1' });
        response.write('"Id"\n');
        return null;
      },
    ]);
    const page = await server.client().bulkQueryResult(job, null, 10);
    page.csv.destroy();
    await gone.promise;
  });
});
