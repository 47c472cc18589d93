import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { createServer } from '../../sandbox/server.ts';
import { type RunningSandbox, startSandbox } from './support.ts';
import { control, login, restClient } from './support-client.ts';

let sandbox: RunningSandbox;
let call: ReturnType<typeof restClient>;

beforeAll(async () => {
  sandbox = await startSandbox({ people: 10 });
  call = restClient(sandbox, await login(sandbox));
});

afterAll(() => sandbox.stop());

const CSV = { 'content-type': 'text/csv' };

async function open(facts: object): Promise<string> {
  const { status, body } = await call('POST', 'jobs/ingest', {
    object: 'Lead',
    operation: 'insert',
    ...facts,
  });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body.id;
}

async function finish(id: string, state = 'JobComplete') {
  return vi.waitFor(
    async () => {
      const { body } = await call('GET', `jobs/ingest/${id}`);
      expect(body.state, JSON.stringify(body)).toBe(state);
      return body;
    },
    { timeout: 10_000, interval: 20 },
  );
}

const close = (id: string) => call('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
const results = async (id: string, kind: string) =>
  (await call('GET', `jobs/ingest/${id}/${kind}`)).body as string;

/** Makes a job, uploads, closes and waits for it. */
async function load(facts: object, csv: string, state = 'JobComplete') {
  const id = await open(facts);
  expect((await call('PUT', `jobs/ingest/${id}/batches`, csv, CSV)).status).toBe(201);
  expect((await close(id)).status).toBe(200);
  const job = await finish(id, state);
  const successful = await results(id, 'successfulResults');
  const failed = await results(id, 'failedResults/');
  return { id, job, successful, failed };
}

/** Gives or takes the permission, as an administrator does in the profile. */
async function allowHardDelete(allowed: boolean) {
  const admin = restClient(sandbox, await login(sandbox, sandbox.admin));
  const soql = `SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND PermissionsBulkApiHardDelete = ${!allowed}`;
  const { body } = await admin('GET', `query?q=${encodeURIComponent(soql)}`);
  for (const { Id } of body.records) {
    const changed = await admin('PATCH', `sobjects/PermissionSet/${Id}`, {
      PermissionsBulkApiHardDelete: allowed,
    });
    expect(changed.status, JSON.stringify(changed.body)).toBe(204);
  }
}

const leads = (company: string) =>
  sandbox.pool.query(
    `SELECT "LastName", "FirstName", "Title", "IsDeleted" FROM org."Lead" WHERE "Company" = $1 ORDER BY "LastName"`,
    [company],
  );

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
    const closed = await close(body.id);
    expect(closed.body).toMatchObject({ state: 'UploadComplete' });
    expect(closed.body).not.toHaveProperty('contentUrl');
    expect(await finish(body.id)).toMatchObject({
      jobType: 'V2Ingest',
      numberRecordsProcessed: 4,
      numberRecordsFailed: 3,
      retries: 0,
      apexProcessingTime: 0,
      apiActiveProcessingTime: expect.any(Number),
      totalProcessingTime: expect.any(Number),
    });
    expect(await results(body.id, 'successfulResults')).toMatch(
      /^"sf__Id","sf__Created",LastName,company,Email,AnnualRevenue\n"00Q\w{15}","true","Ng, ""X""","Keys","x@keys.example","1"\n$/,
    );
    expect(await results(body.id, 'FAILEDRESULTS/')).toBe(
      '"sf__Id","sf__Error",LastName,company,Email,AnnualRevenue\n' +
        '"","INVALID_EMAIL_ADDRESS:Email: invalid email address: no mail:Email --","Bad","Keys","no mail",""\n' +
        '"","REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --","","Keys","",""\n' +
        '"","INVALID_FIELD:Number of fields in header is different from the row. header = 4 row = 2:--","Short","Keys"\n',
    );
    expect(await results(body.id, 'unprocessedrecords')).toBe(
      'LastName,company,Email,AnnualRevenue\n',
    );
  });

  it('takes its content once', async () => {
    const id = await open({});
    const put = () => call('PUT', `jobs/ingest/${id}/batches`, 'LastName\nA\n', CSV);
    expect((await put()).status).toBe(201);
    expect(await put()).toMatchObject({
      status: 400,
      body: [{ message: expect.stringContaining('Found multiple contents for job: ') }],
    });
  });

  it('takes content that is gzipped or comes in pieces', async () => {
    const csv = `LastName,Company\n${Array.from({ length: 450 }, (_, i) => `P${i},Pieces\n`).join('')}`;
    const zipped = await open({});
    const token = await login(sandbox);
    const put = (id: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
      fetch(`${sandbox.url}/services/data/v60.0/jobs/ingest/${id}/batches/`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, ...CSV, ...headers },
        body: body!,
        duplex: 'half',
      } as RequestInit);
    expect((await put(zipped, gzipSync(csv), { 'content-encoding': 'gzip' })).status).toBe(201);
    const broken = await open({});
    expect((await put(broken, 'not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    const pieces = new ReadableStream({
      start(controller) {
        for (const character of csv.match(/[\s\S]{1,7}/g)!)
          controller.enqueue(new TextEncoder().encode(character));
        controller.close();
      },
    });
    const chunked = await open({});
    expect((await put(chunked, pieces)).status).toBe(201);
    for (const id of [zipped, chunked]) {
      await close(id);
      expect(await finish(id)).toMatchObject({
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
    expect(await finish(answer.body.id)).toMatchObject({ numberRecordsProcessed: 2 });
    expect(await results(answer.body.id, 'successfulResults')).toMatch(/\r\n$/);
  });

  it('is aborted while open, deleted only when it no longer is', async () => {
    const id = await open({});
    expect((await call('DELETE', `jobs/ingest/${id}`)).status).toBe(400);
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Nope' })).status).toBe(400);
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' })).body.state).toBe(
      'Aborted',
    );
    expect((await close(id)).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await call('PUT', `jobs/ingest/${id}/batches`, 'LastName\n', CSV)).status).toBe(400);
    expect((await call('DELETE', `jobs/ingest/${id}`)).status).toBe(204);
    expect((await call('GET', `jobs/ingest/${id}`)).body).toMatchObject([
      { errorCode: 'NOT_FOUND' },
    ]);
  });
});

describe('rows', () => {
  it('are updated by id, upserted by external id or id, deleted; an empty value leaves alone and #N/A empties', async () => {
    const first = await load(
      {},
      'LastName,Company,Title,FirstName\nA,Kept,Boss,Ann\nB,Kept,Boss,Bob\n',
    );
    const ids = parse(first.successful, { columns: true }).map(
      (row) => (row as { sf__Id: string }).sf__Id,
    );
    const updated = await load(
      { operation: 'update' },
      `ID,firstname,TITLE\n${ids[0]},,#N/A\n${ids[1]},Rob,\n00Q000000000000AAA,x,\n`,
    );
    expect(updated.successful).toContain(`"${ids[0]}","false"`);
    expect(updated.failed).toContain('INVALID_CROSS_REFERENCE_KEY');
    expect((await leads('Kept')).rows).toEqual([
      { LastName: 'A', FirstName: 'Ann', Title: null, IsDeleted: false },
      { LastName: 'B', FirstName: 'Rob', Title: 'Boss', IsDeleted: false },
    ]);
    const upserted = await load(
      { operation: 'upsert', externalIdFieldName: 'id' },
      `Id,LastName,Company\n${ids[0]},A2,Kept\n,C,Kept\n`,
    );
    expect(upserted.successful).toMatch(/"false","\w+","A2"[\s\S]*"true","","C"/);
    await load({ operation: 'delete' }, `Id\n${ids[1]}\n`);
    expect((await leads('Kept')).rows.map(({ IsDeleted }) => IsDeleted)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('are hard deleted only by who may, and are gone for good', async () => {
    const { successful } = await load({}, 'LastName,Company\nA,Hard\n');
    const id = /00Q\w{15}/.exec(successful)![0];
    await allowHardDelete(false);
    expect(
      await call('POST', 'jobs/ingest', { object: 'Lead', operation: 'hardDelete' }),
    ).toMatchObject({ status: 400, body: [{ errorCode: 'FEATURENOTENABLED' }] });
    await allowHardDelete(true);
    await load({ operation: 'hardDelete' }, `Id\n${id}\n`);
    expect((await leads('Hard')).rows).toEqual([]);
  });

  it('name parents by external id, also where the parent may be of several objects', async () => {
    await control(sandbox, 'POST', '/schema', {
      op: 'add-field',
      object: 'Account',
      field: 'Code__c',
      type: 'string',
      externalId: true,
      unique: true,
    });
    await load({ object: 'Account' }, 'Name,Code__c\nParent,P1\n');
    const { failed, job } = await load(
      { object: 'Contact' },
      'LastName,Account.Code__c,User:Owner.Username\n' +
        `One,p1,${sandbox.admin.username}\nTwo,none,${sandbox.username}\n`,
    );
    expect(job).toMatchObject({ numberRecordsProcessed: 2, numberRecordsFailed: 1 });
    expect(failed).toContain(
      'INVALID_FIELD:Foreign key external ID: none not found for field Code__c',
    );
  });

  it.each([
    ['TAB', '\t'],
    ['SEMICOLON', ';'],
    ['PIPE', '|'],
    ['CARET', '^'],
    ['BACKQUOTE', '`'],
  ])('are parted by %s', async (columnDelimiter, mark) => {
    const { successful } = await load(
      { columnDelimiter, lineEnding: 'CRLF' },
      `LastName${mark}Company\r\n"a${mark}b"${mark}D ${columnDelimiter}\r\n`,
    );
    expect(successful).toMatch(/^"sf__Id".{1}"sf__Created".{1}LastName.{1}Company\r\n/);
    expect(successful.split('\r\n')[1]).toContain(`"a${mark}b"${mark}"D ${columnDelimiter}"`);
  });

  it.each([
    ['LastName,Nope__c\nA,b\n', 'InvalidBatch : Field name not found : Nope__c'],
    [
      'LastName,Company\r\nA,b\r\n',
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF',
    ],
    [
      'LastName,Company\nA,b "c" d\n',
      'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote',
    ],
    [
      'LastName,Company\n"A"b,c\n',
      'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote',
    ],
    [
      '\uFEFF"LastName","Company"\nA,b\n',
      'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote',
    ],
  ])('%j break the job', async (csv, errorMessage) => {
    const { job } = await load({}, csv, 'Failed');
    expect(job).toMatchObject({ errorMessage, numberRecordsProcessed: 0 });
  });

  it('with a blank next to a quote fail alone', async () => {
    const { failed, job } = await load({}, 'LastName,Company\nA, "Blank"\nB,Blank\n');
    expect(job).toMatchObject({ numberRecordsProcessed: 2, numberRecordsFailed: 1 });
    expect(failed.split('\n')[1]).toMatch(/"A","Blank"$/);
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
      const { id, successful, job } = await load({}, csv, state);
      expect(job.numberRecordsProcessed).toBe(250);
      expect(parse(successful, { columns: true })).toHaveLength(250);
      const unprocessed = await results(id, 'unprocessedRecords/');
      expect(unprocessed).toMatch(/^LastName,Company\n"H250","Half"\n/);
      expect(parse(unprocessed, { columns: true })).toHaveLength(250);
    },
  );

  it('trap 22: a row lock strikes single rows', async () => {
    await control(sandbox, 'POST', '/faults', { kind: 'row-lock', object: 'Lead', times: 2 });
    const { failed } = await load({}, 'LastName,Company\nA,Lock\nB,Lock\nC,Lock\n');
    expect(failed.match(/UNABLE_TO_LOCK_ROW/g)).toHaveLength(2);
  });

  it('is aborted in the middle, and keeps what was done', async () => {
    await control(sandbox, 'POST', '/faults', {
      kind: 'late-commit',
      path: 'jobs/ingest',
      ms: 300,
      times: 1,
    });
    const id = await open({});
    await call('PUT', `jobs/ingest/${id}/batches`, csv, CSV);
    await control(sandbox, 'DELETE', '/faults');
    await control(sandbox, 'POST', '/faults', {
      kind: 'late-commit',
      path: 'jobs/ingest',
      ms: 300,
      times: 1,
    });
    await close(id);
    await control(sandbox, 'DELETE', '/faults');
    await finish(id, 'InProgress');
    expect((await results(id, 'successfulResults'))[0]).toMatchObject({
      errorCode: 'INVALIDJOBSTATE',
    });
    expect((await call('PATCH', `jobs/ingest/${id}`, { state: 'Aborted' })).body.state).toBe(
      'Aborted',
    );
    const done = parse(await results(id, 'successfulResults'), { columns: true }).length;
    const left = parse(await results(id, 'unprocessedrecords'), { columns: true }).length;
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
    const { id } = await load({}, csv.replaceAll('Half', 'Restart'), 'Failed');
    // As it stands when the process dies in the middle.
    await sandbox.pool.query(
      `UPDATE org_meta.bulk_ingest_job SET state = 'InProgress' WHERE id = $1`,
      [id],
    );
    const second = createServer(await openOrg(sandbox.pool));
    try {
      await second.ready();
      expect(await finish(id)).toMatchObject({
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
