import { parse } from 'csv-parse/sync';
import { beforeAll, expect, it, vi } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

const MADE = 6000;

const sandbox = sandboxForTests({ people: 2 });
const call = restForTests(sandbox);

beforeAll(async () => {
  await sandbox.pool.query(
    `INSERT INTO org."Lead" SELECT made.*
     FROM (SELECT l FROM org."Lead" l LIMIT 1) one, generate_series(1, $1) n,
       jsonb_populate_record(l, jsonb_build_object(
         'Id', left((l)."Id", 9) || lpad(n::text, 6, '0') || 'AAA', 'LastName', 'Large ' || n,
         'Description', E'"a",\\r\\n' || repeat(md5(n::text), 37))) made`,
    [MADE],
  );
});

it.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])(
  'each row of a large object comes once, in pages cut between rows ended by %s',
  async (lineEnding, end) => {
    const query = `SELECT LastName, Description FROM Lead WHERE LastName LIKE 'Large %'`;
    const { body: job } = await call('POST', 'jobs/query', {
      operation: 'query',
      query,
      lineEnding,
    });
    await vi.waitFor(async () => {
      const { body } = await call('GET', `jobs/query/${job.id}`);
      expect(body).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: MADE });
    }, 10_000);
    const names: string[] = [];
    for (let locator = ''; locator !== 'null'; ) {
      const path = `jobs/query/${job.id}/results?maxRecords=1700&locator=${locator}`;
      const page = await call('GET', path);
      const rows = parse(page.body, { columns: true, record_delimiter: end }) as {
        LastName: string;
        Description: string;
      }[];
      expect(rows).toHaveLength(Number(page.headers.get('sforce-numberofrecords')));
      for (const row of rows) expect(row.Description).toMatch(/^"a",\r\n[0-9a-f]{1184}$/);
      names.push(...rows.map(({ LastName }) => LastName));
      locator = page.headers.get('sforce-locator')!;
    }
    expect(new Set(names).size).toBe(MADE);
    expect(names).toHaveLength(MADE);
  },
);
