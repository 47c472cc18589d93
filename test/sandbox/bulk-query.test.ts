import { parse } from 'csv-parse/sync';
import { describe, expect, it, vi } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { createServer } from '../../sandbox/server.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { type Answer, jsforceConnection, login } from './support-client.ts';

const LEADS = 250;

const sandbox = sandboxForTests({ people: 2 * LEADS });
const call = restForTests(sandbox);

const create = (query: string, more: object = {}): Promise<Answer> =>
  call('POST', 'jobs/query', { operation: 'query', query, ...more });

async function complete(id: string, state = 'JobComplete') {
  return vi.waitFor(async () => {
    const { body } = await call('GET', `jobs/query/${id}`);
    expect(body.state).toBe(state);
    return body;
  }, 10_000);
}

/** Makes a job, waits for it, and reads its whole result in pages. */
async function run(
  query: string,
  { maxRecords = 100_000, ...more }: { maxRecords?: number; [key: string]: unknown } = {},
) {
  const { body: job } = await create(query, more);
  await complete(job.id);
  const pages: Answer[] = [];
  let locator = '';
  while (locator !== 'null') {
    const page = await call(
      'GET',
      `jobs/query/${job.id}/results?maxRecords=${maxRecords}${locator && `&locator=${locator}`}`,
    );
    expect(page.status).toBe(200);
    pages.push(page);
    locator = page.headers.get('sforce-locator')!;
  }
  return { id: job.id as string, pages, text: pages.map(({ body }) => body).join('') };
}

describe('a query job', () => {
  it('goes from UploadComplete to JobComplete, with the keys of each call', async () => {
    const { status, body } = await create('SELECT Id FROM Lead');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      operation: 'query',
      object: 'Lead',
      state: 'UploadComplete',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 60,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    });
    expect(body.id).toMatch(/^750[A-Za-z0-9]{15}$/);
    expect(body.createdDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);
    expect(body).not.toHaveProperty('jobType');
    expect(await complete(body.id)).toMatchObject({
      jobType: 'V2Query',
      numberRecordsProcessed: LEADS,
      retries: 0,
      isPkChunkingSupported: true,
    });
    expect(
      (await call('GET', 'jobs/query')).body.records.map(({ id }: { id: string }) => id),
    ).toContain(body.id);
  });

  it('is aborted only before it ends, deleted only after', async () => {
    const { body: job } = await create('SELECT Id FROM Lead');
    await complete(job.id);
    expect(await call('PATCH', `jobs/query/${job.id}`, { state: 'Aborted' })).toMatchObject({
      status: 400,
      body: [
        { errorCode: 'INVALIDJOBSTATE', message: 'Aborting already Completed Job not allowed' },
      ],
    });
    expect((await call('DELETE', `jobs/query/${job.id}`)).status).toBe(204);
    for (const path of ['', '/results'])
      expect(await call('GET', `jobs/query/${job.id}${path}`)).toMatchObject({
        status: 404,
        body: [{ errorCode: 'NOT_FOUND' }],
      });
    expect(
      (await sandbox.pool.query('SELECT to_regclass($1) AS kept', [`org_meta."bulk_${job.id}"`]))
        .rows,
    ).toEqual([{ kept: null }]);
  });

  it('that is aborted while it runs leaves nothing behind', async () => {
    const blocker = await sandbox.pool.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE org."Lead" IN ACCESS EXCLUSIVE MODE');
      const { body: job } = await create('SELECT Id FROM Lead');
      await complete(job.id, 'InProgress');
      expect((await call('GET', `jobs/query/${job.id}/results`)).body).toMatchObject([
        { errorCode: 'INVALIDJOBSTATE' },
      ]);
      expect((await call('DELETE', `jobs/query/${job.id}`)).status).toBe(400);
      expect((await call('PATCH', `jobs/query/${job.id}`, { state: 'Aborted' })).body.state).toBe(
        'Aborted',
      );
      await blocker.query('ROLLBACK');
      expect((await call('DELETE', `jobs/query/${job.id}`)).status).toBe(204);
    } finally {
      blocker.release();
    }
  });

  it('of another API version is refused with 409', async () => {
    const { body: job } = await create('SELECT Id FROM Lead');
    expect((await call('GET', `/services/data/v59.0/jobs/query/${job.id}`)).status).toBe(409);
  });

  it('outlives the server, and one that was running runs again', async () => {
    const done = await run('SELECT Id FROM Lead ORDER BY Id');
    const { body: broken } = await create('SELECT Id FROM Lead WHERE LastName != \'$1 "x"\'');
    await complete(broken.id);
    await sandbox.pool.query(
      `UPDATE org_meta.bulk_query_job SET state = 'InProgress' WHERE id = $1`,
      [broken.id],
    );
    const second = createServer(await openOrg(sandbox.pool));
    try {
      await second.ready();
      expect(await complete(broken.id)).toMatchObject({ numberRecordsProcessed: LEADS });
      const results = await call('GET', `jobs/query/${done.id}/results`);
      expect(results.body).toBe(done.text);
    } finally {
      await second.close();
    }
  });

  it('is gone after seven days', async () => {
    const { id } = await run('SELECT Id FROM Account');
    await sandbox.pool.query(
      `UPDATE org_meta.bulk_query_job SET created_date = now() - interval '8 days' WHERE id = $1`,
      [id],
    );
    await create('SELECT Id FROM Account');
    expect((await call('GET', `jobs/query/${id}`)).status).toBe(404);
  });
});

describe('results', () => {
  it('trap 14: come in pages by maxRecords and locator, the same each time, however the rows change', async () => {
    const { id, pages } = await run('SELECT Id, LastName FROM Lead ORDER BY Id', {
      maxRecords: 100,
    });
    expect(
      pages.map(({ headers }) => [
        headers.get('sforce-numberofrecords'),
        headers.get('sforce-locator'),
      ]),
    ).toEqual([
      ['100', 'MTAw'],
      ['100', 'MjAw'],
      ['50', 'null'],
    ]);
    expect(pages[0]!.headers.get('content-type')).toMatch(/^text\/csv/);
    await sandbox.pool.query(`UPDATE org."Lead" SET "LastName" = 'changed'`);
    const again = await call('GET', `jobs/query/${id}/results?maxRecords=100&locator=MTAw`);
    expect(again.body).toBe(pages[1]!.body);
    const ids = pages.flatMap(({ body }) =>
      parse(body, { columns: true }).map((row) => (row as { Id: string }).Id),
    );
    expect(ids).toHaveLength(LEADS);
    expect(new Set(ids).size).toBe(LEADS);
    const listed = await call('GET', `jobs/query/${id}/resultPages`);
    expect(listed.body).toEqual({
      resultPages: [{ resultUrl: `/services/data/v60.0/jobs/query/${id}/results?locator=MA` }],
      nextRecordsUrl: null,
      done: true,
    });
    for (const query of ['locator=%20', 'locator=OTk5OTk', 'maxRecords=0'])
      expect((await call('GET', `jobs/query/${id}/results?${query}`)).status).toBe(400);
  });

  it("trap 13: quote everything, in CSV's own forms", async () => {
    const id = (
      await call('POST', 'sobjects/Account', {
        Name: 'A "b"\nc',
        AnnualRevenue: 100,
        NumberOfEmployees: 5,
      })
    ).body.id;
    await sandbox.pool.query(
      `UPDATE org."Account" SET "CreatedDate" = '2026-01-02T03:04:05Z', "ShippingLatitude" = 0.00012 WHERE "Id" = $1`,
      [id],
    );
    const { text } = await run(
      `SELECT Name, Id, AnnualRevenue, NumberOfEmployees, Fax, CreatedDate, IsDeleted, Owner.Username, Parent.Name, ShippingLatitude FROM Account WHERE Id = '${id}'`,
    );
    expect(text).toBe(
      '"Name","Id","AnnualRevenue","NumberOfEmployees","Fax","CreatedDate","IsDeleted","Owner.Username","Parent.Name","ShippingLatitude"\n' +
        `"A ""b""\nc","${id}","100.0","5","","2026-01-02T03:04:05.000Z","false","${sandbox.username}","","1.2E-4"\n`,
    );
  });

  it.each([
    [10_000_000, '1.0E7'],
    [912_260_031.5, '9.122600315E8'],
    [-12_345_678, '-1.2345678E7'],
    [9_999_999.99, '9999999.99'],
    [0, '0.0'],
    [-0.5, '-0.5'],
  ])('write %d as %s, as REST does', async (value, written) => {
    await sandbox.pool.query(
      `UPDATE org."Account" SET "AnnualRevenue" = $1 WHERE "Id" = (SELECT min("Id") FROM org."Account")`,
      [value],
    );
    const query = 'SELECT AnnualRevenue FROM Account ORDER BY Id LIMIT 1';
    expect((await run(query)).text).toBe(`"AnnualRevenue"\n"${written}"\n`);
    const raw = await fetch(
      `${sandbox.url}/services/data/v60.0/query?q=${encodeURIComponent(query)}`,
      { headers: { authorization: `Bearer ${await login(sandbox)}` } },
    );
    expect(await raw.text()).toContain(`"AnnualRevenue":${written}}`);
  });

  it('of nothing are the headings alone', async () => {
    const { text, pages } = await run("SELECT Id FROM Lead WHERE LastName = 'nobody'");
    expect(text).toBe('"Id"\n');
    expect(pages[0]!.headers.get('sforce-numberofrecords')).toBe('0');
  });

  it('follow the delimiter and line ending asked for', async () => {
    await call('POST', 'sobjects/Account', { Name: 'line\none', Fax: '1' });
    const { text } = await run("SELECT Name, Fax FROM Account WHERE Fax = '1'", {
      columnDelimiter: 'SEMICOLON',
      lineEnding: 'CRLF',
    });
    expect(text).toBe('"Name";"Fax"\r\n"line\none";"1"\r\n');
  });

  it('of queryAll hold deleted rows', async () => {
    const { text } = await run('SELECT Id FROM Lead WHERE IsDeleted = true', {
      operation: 'queryAll',
    });
    expect(parse(text, { columns: true }).length).toBeGreaterThan(0);
  });

  it('read with jsforce', async () => {
    const connection = await jsforceConnection(sandbox);
    const records = await (
      await connection.bulk2.query('SELECT Id, Owner.Username FROM Contact', {
        pollInterval: 50,
        pollTimeout: 20_000,
      })
    ).toArray();
    expect(records).toHaveLength(LEADS);
    expect(Object.keys(records[0]!)).toEqual(['Id', 'Owner.Username']);
  });
});

describe('refusals', () => {
  it.each<[string, object, string, string]>([
    [
      'SELECT Address FROM Lead',
      {},
      'API_ERROR',
      'Selecting compound data not supported in Bulk Query',
    ],
    [
      'SELECT Id, (SELECT Id FROM Contacts) FROM Account',
      {},
      'API_ERROR',
      'Aggregate Relationships not supported in Bulk V2 Query with CSV content type',
    ],
    ['SELECT COUNT(Id) FROM Lead', {}, 'API_ERROR', 'aggregate'],
    ['SELECT Id FROM Lead OFFSET 3', {}, 'API_ERROR', 'OFFSET'],
    [
      'SELECT Id FROM LeadStatus',
      {},
      'INVALIDENTITY',
      "Entity 'LeadStatus' is not supported by the Bulk API.",
    ],
    ['SELECT Id FROM Nope', {}, 'INVALID_TYPE', "sObject type 'Nope' is not supported."],
    ['SELECT Nope FROM Lead', {}, 'INVALID_FIELD', "No such column 'Nope'"],
    ['', {}, 'MALFORMED_QUERY', ''],
    ['SELECT Id FROM Lead', { operation: 'delete' }, 'INVALIDJOB', 'Operation'],
    ['SELECT Id FROM Lead', { contentType: 'JSON' }, 'INVALIDJOB', 'content type'],
    ['SELECT Id FROM Lead', { columnDelimiter: 'X' }, 'INVALIDJOB', 'delimiter'],
  ])('%s %o: %s', async (query, more, errorCode, message) => {
    expect(await create(query, more)).toMatchObject({
      status: 400,
      body: [{ errorCode, message: expect.stringContaining(message) }],
    });
  });

  it('an unknown job is not found', async () => {
    expect((await call('GET', 'jobs/query/750Hp000000000000AAA')).status).toBe(404);
  });
});
