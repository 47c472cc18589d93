import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { createServer } from '../../sandbox/server.ts';
import { CSV, ingestClient, leadsOf } from './ingest-client.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, login } from './support-client.ts';

const sandbox = sandboxForTests({ people: 10 });
const call = restForTests(sandbox);
const jobs = ingestClient(call);

const leads = (company: string) => leadsOf(sandbox, company);

describe('an ingest job', () => {
  it('goes from Open to JobComplete, with the keys of each call', async () => {
    const { status, body } = await call('POST', 'jobs/ingest', {
      object: 'lead',
      operation: 'insert',
      contentType: 'CSV',
      lineEnding: 'LF',
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'insert',
      object: 'Lead',
      createdById: expect.stringMatching(/^005/),
      createdDate: expect.stringMatching(/\+0000$/),
      systemModstamp: expect.stringMatching(/\+0000$/),
      state: 'Open',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 60,
      contentUrl: `services/data/v60.0/jobs/ingest/${body.id}/batches`,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    });
    const put = await call(
      'PUT',
      `/${body.contentUrl}`,
      'LastName,company,Email,AnnualRevenue\n"Ng, ""X""",Keys,x@keys.example,1\nBad,Keys,no mail,\n,Keys,,\nShort,Keys\n',
      CSV,
    );
    expect([put.status, put.body]).toEqual([201, '']);
    const closed = await jobs.close(body.id);
    expect(closed.body).toMatchObject({ state: 'UploadComplete' });
    expect(closed.body).not.toHaveProperty('contentUrl');
    expect(await jobs.finish(body.id)).toMatchObject({
      jobType: 'V2Ingest',
      numberRecordsProcessed: 4,
      numberRecordsFailed: 3,
      retries: 0,
      apexProcessingTime: 0,
      apiActiveProcessingTime: expect.any(Number),
      totalProcessingTime: expect.any(Number),
    });
    expect(await jobs.results(body.id, 'successfulResults')).toMatch(
      /^"sf__Id","sf__Created",LastName,company,Email,AnnualRevenue\n"00Q\w{15}","true","Ng, ""X""","Keys","x@keys.example","1"\n$/,
    );
    expect(await jobs.results(body.id, 'FAILEDRESULTS/')).toBe(
      '"sf__Id","sf__Error",LastName,company,Email,AnnualRevenue\n' +
        '"","INVALID_EMAIL_ADDRESS:Email: invalid email address: no mail:Email --","Bad","Keys","no mail",""\n' +
        '"","REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --","","Keys","",""\n' +
        '"","INVALID_FIELD:Number of fields in header is different from the row. header = 4 row = 2:--","Short","Keys"\n',
    );
    expect(await jobs.results(body.id, 'unprocessedrecords')).toBe(
      'LastName,company,Email,AnnualRevenue\n',
    );
  });

  it('takes its content once', async () => {
    const id = await jobs.open({});
    const put = () => call('PUT', `jobs/ingest/${id}/batches`, 'LastName\nA\n', CSV);
    expect((await put()).status).toBe(201);
    expect(await put()).toMatchObject({
      status: 400,
      body: [{ message: expect.stringContaining('Found multiple contents for job: ') }],
    });
  });

  it('takes content that is gzipped or comes in pieces', async () => {
    const csv = `LastName,Company\n${Array.from({ length: 450 }, (_, i) => `P${i},Pieces\n`).join('')}`;
    const zipped = await jobs.open({});
    const token = await login(sandbox);
    const put = (id: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
      fetch(`${sandbox.url}/services/data/v60.0/jobs/ingest/${id}/batches/`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, ...CSV, ...headers },
        body: body!,
        duplex: 'half',
      } as RequestInit);
    expect((await put(zipped, gzipSync(csv), { 'content-encoding': 'gzip' })).status).toBe(201);
    const broken = await jobs.open({});
    expect((await put(broken, 'not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    const pieces = new ReadableStream({
      start(controller) {
        for (const character of csv.match(/[\s\S]{1,7}/g)!)
          controller.enqueue(new TextEncoder().encode(character));
        controller.close();
      },
    });
    const chunked = await jobs.open({});
    expect((await put(chunked, pieces)).status).toBe(201);
    for (const id of [zipped, chunked]) {
      await jobs.close(id);
      expect(await jobs.finish(id)).toMatchObject({
        numberRecordsProcessed: 450,
        numberRecordsFailed: 0,
      });
    }
  });

  it('can be made, filled and closed by one multipart request', async () => {
    const boundary = 'BOUNDARY';
    const body = [
      `--${boundary}`,
      'Content-Type: application/json; charset=UTF-8',
      'Content-Disposition: form-data; name="job"',
      '',
      '{"object":"Lead","operation":"insert","contentType":"CSV","lineEnding":"CRLF"}',
      `--${boundary}`,
      'Content-Type: text/csv; charset=UTF-8',
      'Content-Disposition: form-data; name="content"; filename="content"',
      '',
      'LastName,Company\r\nOne,Multi\r\nTwo,Multi',
      `--${boundary}--`,
    ].join('\r\n');
    const answer = await call('POST', 'jobs/ingest', body, {
      'content-type': `multipart/form-data; boundary=${boundary}`,
    });
    expect(answer).toMatchObject({ status: 200, body: { state: 'UploadComplete' } });
    expect(await jobs.finish(answer.body.id)).toMatchObject({ numberRecordsProcessed: 2 });
    expect(await jobs.results(answer.body.id, 'successfulResults')).toMatch(/\r\n$/);
  });

  it('is aborted while open, deleted only when it no longer is', async () => {
    const id = await jobs.open({});
    expect((await call('DELETE', `jobs/ingest/${id}`)).status).toBe(400);
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Nope' })).status).toBe(400);
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' })).body.state).toBe(
      'Aborted',
    );
    expect((await jobs.close(id)).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await call('PUT', `jobs/ingest/${id}/batches`, 'LastName\n', CSV)).status).toBe(400);
    expect((await call('DELETE', `jobs/ingest/${id}`)).status).toBe(204);
    expect((await call('GET', `jobs/ingest/${id}`)).body).toMatchObject([
      { errorCode: 'NOT_FOUND' },
    ]);
  });
});

describe('a job that does not run to its end', () => {
  const csv = `LastName,Company\n${Array.from({ length: 500 }, (_, i) => `H${i},Half\n`).join('')}`;

  it.each(['Failed', 'Aborted'])(
    'trap 21: ends as %s after some rows, the others unprocessed',
    async (state) => {
      await control(sandbox, 'POST', '/faults', {
        kind: 'fail-job',
        object: 'Lead',
        rows: 250,
        state,
        times: 1,
      });
      const { id, successful, job } = await jobs.load({}, csv, state);
      expect(job.numberRecordsProcessed).toBe(250);
      expect(parse(successful, { columns: true })).toHaveLength(250);
      const unprocessed = await jobs.results(id, 'unprocessedRecords/');
      expect(unprocessed).toMatch(/^LastName,Company\n"H250","Half"\n/);
      expect(parse(unprocessed, { columns: true })).toHaveLength(250);
    },
  );

  it('trap 22: a row lock strikes single rows', async () => {
    await control(sandbox, 'POST', '/faults', { kind: 'row-lock', object: 'Lead', times: 2 });
    const { failed } = await jobs.load({}, 'LastName,Company\nA,Lock\nB,Lock\nC,Lock\n');
    expect(failed.match(/UNABLE_TO_LOCK_ROW/g)).toHaveLength(2);
  });

  it('is aborted in the middle, and keeps what was done', async () => {
    await control(sandbox, 'POST', '/faults', {
      kind: 'late-commit',
      path: 'jobs/ingest',
      ms: 300,
      times: 1,
    });
    const id = await jobs.open({});
    await call('PUT', `jobs/ingest/${id}/batches`, csv, CSV);
    await control(sandbox, 'DELETE', '/faults');
    await control(sandbox, 'POST', '/faults', {
      kind: 'late-commit',
      path: 'jobs/ingest',
      ms: 300,
      times: 1,
    });
    await jobs.close(id);
    await control(sandbox, 'DELETE', '/faults');
    await jobs.finish(id, 'InProgress');
    expect((await jobs.results(id, 'successfulResults'))[0]).toMatchObject({
      errorCode: 'INVALIDJOBSTATE',
    });
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' })).body.state).toBe(
      'Aborted',
    );
    const done = parse(await jobs.results(id, 'successfulResults'), { columns: true }).length;
    const left = parse(await jobs.results(id, 'unprocessedrecords'), { columns: true }).length;
    expect(done + left).toBe(500);
    expect(left).toBeGreaterThan(0);
  });

  it('goes on after a restart where it stopped, and does no row twice', async () => {
    await control(sandbox, 'POST', '/faults', {
      kind: 'fail-job',
      object: 'Lead',
      rows: 200,
      times: 1,
    });
    const { id } = await jobs.load({}, csv.replaceAll('Half', 'Restart'), 'Failed');
    // As it stands when the process dies in the middle.
    await sandbox.pool.query(
      `UPDATE org_meta.bulk_ingest_job SET state = 'InProgress' WHERE id = $1`,
      [id],
    );
    const second = createServer(await openOrg(sandbox.pool));
    try {
      await second.ready();
      expect(await jobs.finish(id)).toMatchObject({
        numberRecordsProcessed: 500,
        numberRecordsFailed: 0,
      });
      expect((await leads('Restart')).rows).toHaveLength(500);
    } finally {
      await second.close();
    }
  });
});

describe('refusals', () => {
  it.each([
    [{ object: 'Nope' }, 'Unable to find object: Nope'],
    [{ object: 'Lead', operation: 'query' }, 'Operation'],
    [{ object: 'Lead', operation: 'upsert' }, 'External ID was blank for Lead'],
    [
      { object: 'Lead', operation: 'upsert', externalIdFieldName: 'Title' },
      'does not match an External ID for Lead',
    ],
    [{ object: 'Lead', contentType: 'JSON' }, 'content type'],
    [{ object: 'Lead', lineEnding: 'CR' }, 'line ending'],
    [{ object: 'Lead', columnDelimiter: 'constructor' }, 'delimiter'],
    ['[]', 'Operation'],
  ])('%o: %s', async (facts, message) => {
    const body = typeof facts === 'string' ? facts : { operation: 'insert', ...facts };
    expect(await call('POST', 'jobs/ingest', body)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALIDJOB', message: expect.stringContaining(message) }],
    });
  });
});
