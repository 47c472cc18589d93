import type jsforce from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { type Answer, jsforceConnection, login, restClient } from './support-client.ts';

const LEADS = 2300;

const sandbox = sandboxForTests({ people: 2 * LEADS });
const call = restForTests(sandbox);
let connection: jsforce.Connection;

beforeAll(async () => {
  connection = await jsforceConnection(sandbox);
});

const ask = (soql: string, headers?: Record<string, string>, resource = 'query'): Promise<Answer> =>
  call('GET', `${resource}?q=${encodeURIComponent(soql)}`, undefined, headers);

/** All pages of a query, and how many they were. */
async function readAll(soql: string, headers?: Record<string, string>, resource?: string) {
  const answers = [await ask(soql, headers, resource)];
  while (answers.at(-1)!.body.nextRecordsUrl)
    answers.push(await call('GET', answers.at(-1)!.body.nextRecordsUrl));
  return { answers, records: answers.flatMap(({ body }) => body.records) };
}

describe('GET /query', () => {
  it('compares a time of day, and refuses what is none', async () => {
    const count = async (condition: string) => {
      const q = encodeURIComponent(`SELECT COUNT() FROM Lead WHERE ${condition}`);
      const { status, body } = await call('GET', `query?q=${q}`);
      return status === 200 ? body.totalSize : body[0].errorCode;
    };
    const given = await count('Call_After__c != null');
    const [early, late] = [
      await count('Call_After__c < 12:00:00.000Z'),
      await count('Call_After__c >= 12:00:00Z'),
    ];
    expect(early + late).toBe(given);
    expect(await count('Call_After__c = 12')).toBe('INVALID_FIELD');
    expect(await count("Call_After__c = '12:00:00Z'")).toBe('INVALID_FIELD');
  });

  it('answers a result that fits one page', async () => {
    const { status, headers, body } = await ask('SELECT Id, Name FROM Account ORDER BY Id LIMIT 2');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(body).toMatchObject({ totalSize: 2, done: true });
    expect(body).not.toHaveProperty('nextRecordsUrl');
    expect(body.records[0].attributes).toEqual({
      type: 'Account',
      url: `/services/data/v60.0/sobjects/Account/${body.records[0].Id}`,
    });
  });

  it('answers COUNT() with a number and no records', async () => {
    expect((await ask('SELECT COUNT() FROM Lead')).body).toEqual({
      totalSize: LEADS,
      done: true,
      records: [],
    });
  });

  it('takes a trailing slash', async () => {
    expect((await call('GET', 'query/?q=SELECT+COUNT()+FROM+Lead')).body.totalSize).toBe(LEADS);
  });

  it.each(['query', 'query?q=', 'query?q=%20'])('refuses %s', async (path) => {
    expect(await call('GET', path)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'MALFORMED_QUERY', message: 'SOQL statements cannot be empty or null' }],
    });
  });

  it('refuses POST with 405', async () => {
    expect(await call('POST', 'query', {})).toMatchObject({
      status: 405,
      body: [{ errorCode: 'METHOD_NOT_ALLOWED' }],
    });
  });

  it('answers an error as an array', async () => {
    const { status, body } = await ask('SELECT Nope FROM Lead');
    expect(status).toBe(400);
    expect(body).toMatchObject([
      { errorCode: 'INVALID_FIELD', message: expect.stringContaining('ERROR at Row:1:Column:8') },
    ]);
  });

  it('refuses more than one page of aggregates', async () => {
    expect(await ask('SELECT Id, COUNT(Email) FROM Lead GROUP BY Id')).toMatchObject({
      status: 400,
      body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }],
    });
  });
});

describe('pages', () => {
  it('hold 2000 rows unless asked otherwise, and together every row once, in order', async () => {
    const { answers, records } = await readAll(
      'SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp DESC, Id',
    );
    expect(answers.map(({ body }) => [body.totalSize, body.done, body.records.length])).toEqual([
      [LEADS, false, 2000],
      [LEADS, true, LEADS - 2000],
    ]);
    expect(answers[0]!.body.nextRecordsUrl).toMatch(
      /^\/services\/data\/v60\.0\/query\/01g[A-Za-z0-9]{15}-2000$/,
    );
    const { rows } = await sandbox.pool.query(
      'SELECT "Id" AS id FROM org."Lead" WHERE NOT "IsDeleted" ORDER BY "SystemModstamp" DESC, "Id"',
    );
    expect(records.map(({ Id }) => Id)).toEqual(rows.map(({ id }) => id));
  });

  it('follow batchSize, which is kept between 200 and 2000', async () => {
    const sizes = async (batchSize: number) => {
      const { answers } = await readAll('SELECT Id FROM Lead LIMIT 900', {
        'Sforce-Query-Options': `batchSize=${batchSize}`,
      });
      return answers.map(({ body }) => body.records.length);
    };
    expect(await sizes(400)).toEqual([400, 400, 100]);
    expect(await sizes(1)).toEqual([200, 200, 200, 200, 100]);
    expect(await sizes(9000)).toEqual([900]);
  });

  it('keep the order and the rows of the first page while rows change, and show them as they are now', async () => {
    const first = await ask('SELECT Id, Fax FROM Lead ORDER BY SystemModstamp, Id', {
      'Sforce-Query-Options': 'batchSize=200',
    });
    const second = await call('GET', first.body.nextRecordsUrl);
    const ids = second.body.records.map(({ Id }: { Id: string }) => Id);
    await sandbox.pool.query(
      'UPDATE org."Lead" SET "Fax" = \'77\', "SystemModstamp" = now() WHERE "Id" = ANY($1)',
      [ids],
    );
    const again = await call('GET', first.body.nextRecordsUrl);
    expect(again.body.records.map(({ Id }: { Id: string }) => Id)).toEqual(ids);
    expect(again.body.records[0].Fax).toBe('77');
  });

  it('of queryAll are asked for at /query too, and hold deleted rows', async () => {
    const { answers, records } = await readAll('SELECT Id, IsDeleted FROM Lead', {}, 'queryAll');
    expect(answers[0]!.body.nextRecordsUrl).toContain('/query/01g');
    const deleted = records.filter(({ IsDeleted }) => IsDeleted).length;
    expect(deleted).toBeGreaterThan(0);
    expect(records).toHaveLength(LEADS + deleted);
  });

  it('belong to their user', async () => {
    const { body } = await ask('SELECT Id FROM Lead');
    const { rows } = await sandbox.pool.query(
      `SELECT "Username" AS username, password, security_token AS "securityToken" FROM org."User"
       JOIN org_meta.user_secret ON user_id = "Id" WHERE "Username" <> $1 LIMIT 1`,
      [sandbox.username],
    );
    const other = restClient(sandbox, await login(sandbox, rows[0]));
    const refused = {
      status: 400,
      body: [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }],
    };
    expect(await other('GET', body.nextRecordsUrl)).toMatchObject(refused);
    expect(await call('GET', 'query/01gHp000000000000AAA-2000')).toMatchObject(refused);
    expect(await call('GET', 'query/nonsense')).toMatchObject(refused);
    await sandbox.pool.query(
      "UPDATE org_meta.query_cursor SET created_at = now() - interval '3 days'",
    );
    expect(await call('GET', body.nextRecordsUrl)).toMatchObject(refused);
  });
});

describe('jsforce', () => {
  it('fetches all pages by itself', async () => {
    const records = await connection.query('SELECT Id FROM Lead', {
      autoFetch: true,
      maxFetch: 10_000,
    });
    expect(records.records).toHaveLength(LEADS);
    expect(new Set(records.records.map(({ Id }) => Id)).size).toBe(LEADS);
  });

  it('reads deleted rows with scanAll, and parents and children', async () => {
    const deleted = await connection.query('SELECT Id FROM Lead WHERE IsDeleted = true', {
      scanAll: true,
    });
    expect(deleted.totalSize).toBeGreaterThan(0);
    const accounts = await connection.query(
      'SELECT Name, Owner.Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id IN (SELECT AccountId FROM Contact) LIMIT 1',
    );
    expect(accounts.records[0]).toMatchObject({
      Owner: { Name: expect.any(String) },
      Contacts: { done: true },
    });
  });
});
