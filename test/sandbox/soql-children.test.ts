import { beforeAll, describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

/** Children of each account by its name; none of them are in the seed. */
const CHILDREN = { 'List A': 3, 'List B': 450, 'List C': 0, 'List D': 197 };

const sandbox = sandboxForTests();
const call = restForTests(sandbox, 'admin');

beforeAll(async () => {
  for (const [name, count] of Object.entries(CHILDREN)) {
    const { rows } = await sandbox.pool.query(
      `INSERT INTO org."Account" ("Name", "SystemModstamp") VALUES ($1, now()) RETURNING "Id" AS id`,
      [name],
    );
    await sandbox.pool.query(
      `INSERT INTO org."Contact" ("LastName", "AccountId", "SystemModstamp")
       SELECT to_char(n, 'FM000'), $1, now() FROM generate_series(1, $2) n`,
      [rows[0].id, count],
    );
  }
});

// biome-ignore lint/suspicious/noExplicitAny: rows of any shape
type Body = any;

const ask = (soql: string, batchSize = 2000) =>
  call('GET', `query?q=${encodeURIComponent(soql)}`, undefined, {
    'Sforce-Query-Options': `batchSize=${batchSize}`,
  });

const LISTS = `SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account WHERE Name LIKE 'List %' ORDER BY Name`;

/** All pages of a query or of a list of children. */
async function pagesOf(first: Body): Promise<Body[]> {
  const pages = [first];
  while (pages.at(-1).nextRecordsUrl)
    pages.push((await call('GET', pages.at(-1).nextRecordsUrl)).body);
  return pages;
}

describe('lists of children', () => {
  it('fit one page with their parents where there is room', async () => {
    const { body } = await ask(LISTS);
    expect(body).toMatchObject({ totalSize: 4, done: true });
    const sizes = body.records.map(({ Contacts }: Body) => Contacts?.totalSize ?? null);
    expect(sizes).toEqual([3, 450, null, 197]);
  });

  it('count into the batch, and one that is larger has pages of its own', async () => {
    const pages = [(await ask(LISTS, 200)).body];
    pages.push((await call('GET', pages[0].nextRecordsUrl)).body);
    const lists = await pagesOf(pages[1].records[0].Contacts);
    pages.push((await call('GET', pages[1].nextRecordsUrl)).body);
    expect(pages.map(({ done, records }) => [done, records.map(({ Name }: Body) => Name)])).toEqual(
      [
        [false, ['List A']],
        [false, ['List B']],
        [true, ['List C', 'List D']],
      ],
    );
    const large = pages[1].records[0].Contacts;
    expect(large).toMatchObject({ totalSize: 450, done: false });
    expect(large.nextRecordsUrl).toMatch(/^\/services\/data\/v60\.0\/query\/01g\w{15}-199$/);
    expect(lists.map(({ totalSize, done, records }) => [totalSize, done, records.length])).toEqual([
      [450, false, 199],
      [450, false, 200],
      [450, true, 51],
    ]);
    const names = lists.flatMap(({ records }) => records.map(({ LastName }: Body) => LastName));
    expect(names).toEqual([...names].sort().reverse());
    expect(new Set(names).size).toBe(450);
    expect(lists[2].records[0].attributes).toMatchObject({ type: 'Contact' });
  });

  it('lose their cursors with the next page of their parents', async () => {
    const [, second] = await pagesOf((await ask(LISTS, 200)).body);
    const first = (await ask(LISTS, 200)).body;
    const page = (await call('GET', first.nextRecordsUrl)).body;
    const list = page.records[0].Contacts.nextRecordsUrl;
    expect((await call('GET', list)).status).toBe(200);
    expect((await call('GET', page.nextRecordsUrl)).status).toBe(200);
    for (const url of [list, second.records[0].Contacts.nextRecordsUrl])
      expect(await call('GET', url)).toMatchObject({
        status: 400,
        body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }],
      });
  });

  it('nest up to four levels below the query, and keep their own pages there', async () => {
    const nested = `SELECT Name, (SELECT Name, (SELECT LastName FROM Contacts) FROM ChildAccounts) FROM Account WHERE Name = 'List C'`;
    await sandbox.pool.query(
      `UPDATE org."Account" SET "ParentId" = (SELECT "Id" FROM org."Account" WHERE "Name" = 'List C')
       WHERE "Name" IN ('List A', 'List B')`,
    );
    const { body } = await ask(nested, 200);
    const [root] = body.records;
    expect(root.ChildAccounts).toMatchObject({ totalSize: 2, done: true });
    const cut = root.ChildAccounts.records.find(({ Name }: Body) => Name === 'List B').Contacts;
    expect(cut).toMatchObject({ totalSize: 450, done: false });
    const lists = await pagesOf(cut);
    expect(lists.reduce((sum, { records }) => sum + records.length, 0)).toBe(450);
  });

  it('are refused deeper than that, and before version 58.0 at all', async () => {
    const deep = (levels: number): string =>
      levels === 0 ? 'SELECT Id' : `SELECT Id, (${deep(levels - 1)} FROM ChildAccounts)`;
    const get = (levels: number, version: string) =>
      call(
        'GET',
        `/services/data/v${version}/query?q=${encodeURIComponent(`${deep(levels)} FROM Account LIMIT 1`)}`,
      );
    expect((await get(4, '60.0')).status).toBe(200);
    expect((await get(5, '60.0')).body[0].message).toBe(
      'SOQL statements cannot query aggregate relationships more than 4 levels away from the root entity object.',
    );
    expect((await get(2, '57.0')).body[0].message).toBe(
      'SOQL statements cannot query aggregate relationships more than 1 level away from the root entity object.',
    );
  });

  it.each([
    [
      `SELECT Id, ${Array.from({ length: 21 }, (_, i) => `(SELECT Id FROM ${i % 2 ? 'Contacts' : 'ChildAccounts'})`).join(', ')} FROM Account`,
      'MALFORMED_QUERY',
    ],
    ['SELECT Id, (SELECT Id FROM Contact) FROM Account', 'INVALID_TYPE'],
    [
      'SELECT Id, (SELECT Id FROM Contacts), (SELECT Id FROM Contacts) FROM Account',
      'INVALID_FIELD',
    ],
    ['SELECT Id, (SELECT Id FROM Contacts OFFSET 1) FROM Account', 'MALFORMED_QUERY'],
    ['SELECT Id, (SELECT FIELDS(ALL) FROM Contacts) FROM Account', 'MALFORMED_QUERY'],
  ])('refuses %s', async (soql, code) => {
    expect(await ask(soql)).toMatchObject({ status: 400, body: [{ errorCode: code }] });
  });

  it('may be named behind their parent, and be filtered with a cursor over the parents', async () => {
    const { body } = await ask(
      `SELECT a.Name, (SELECT c.LastName FROM a.Contacts c WHERE c.LastName < '003' LIMIT 1), (SELECT Id FROM Account.Opportunities) FROM Account a WHERE Name = 'List A'`,
    );
    expect(body.records[0]).toMatchObject({ Contacts: { totalSize: 1 }, Opportunities: null });
    const pages = await pagesOf(
      (
        await ask(
          `SELECT Name, (SELECT Id FROM Contacts WHERE LastName IN ('001', '002')) FROM Account WHERE Name LIKE '%' ORDER BY Name`,
          200,
        )
      ).body,
    );
    expect(pages.at(-1).done).toBe(true);
  });
});

it('a page holds fewer rows where each is wide', async () => {
  const change = {
    op: 'add-field',
    object: 'Contact',
    field: 'Story__c',
    type: 'textarea',
    length: 131_072,
  };
  const response = await fetch(`${sandbox.controlUrl}/schema`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(response.ok).toBe(true);
  const soql = 'SELECT Id, Story__c FROM Contact';
  expect((await ask(soql, 400)).body.records).toHaveLength(200);
  expect((await ask('SELECT Id FROM Contact', 400)).body.records).toHaveLength(400);
});

describe('cursors', () => {
  const open = async () => (await ask('SELECT Id FROM Contact', 200)).body.nextRecordsUrl;

  it('are ten at most, and one more ends the oldest', async () => {
    const urls: string[] = [];
    for (let n = 0; n < 11; n += 1) urls.push(await open());
    expect(await call('GET', urls[0]!)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }],
    });
    expect((await call('GET', urls[1]!)).status).toBe(200);
    expect((await call('GET', urls[10]!)).status).toBe(200);
  });

  it('that were read to their end do not count, and can be read again', async () => {
    const first = (await ask('SELECT Id FROM Contact', 200)).body;
    const last = (await pagesOf(first)).at(-2).nextRecordsUrl;
    for (let n = 0; n < 10; n += 1) await open();
    expect((await call('GET', last)).status).toBe(200);
  });
});

describe('GET /query?explain=', () => {
  it('names how a query would be run', async () => {
    const { status, body } = await call(
      'GET',
      `query?explain=${encodeURIComponent('SELECT Id FROM Contact')}`,
    );
    expect(status).toBe(200);
    expect(body.plans[0]).toMatchObject({
      sobjectType: 'Contact',
      leadingOperationType: expect.stringMatching(/^(?:Index|TableScan)$/),
      cardinality: expect.any(Number),
      relativeCost: expect.any(Number),
    });
    expect((await call('GET', 'query?explain=nonsense')).body[0].errorCode).toBe('MALFORMED_QUERY');
  });
});
