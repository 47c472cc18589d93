import type jsforce from 'jsforce';
import { SfDate } from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection, untilJobsClose } from './support-client.ts';

const sandbox = sandboxForTests();
let connection: jsforce.Connection;
let contacts: jsforce.SObject<jsforce.Schema, 'Contact'>;
let accountId: string;
beforeAll(async () => {
  connection = await jsforceConnection(sandbox);
  connection.bulk.pollInterval = 20;
  contacts = connection.sobject('Contact');
  accountId = (await connection.sobject('Account').create({ Name: 'Pages' })).id!;
  const rows = Array.from({ length: 450 }, (_, i) => ({
    LastName: `Page ${String(i).padStart(3, '0')}`,
    AccountId: accountId,
    MailingCity: i % 2 === 0 ? "L'Aquila" : 'Oslo',
    Birthdate: '1990-01-02',
  }));
  const made = await contacts.create(rows, { allowRecursive: true });
  expect(made.filter(({ success }) => !success)).toEqual([]);
});

const small = { headers: { 'Sforce-Query-Options': 'batchSize=200' } };

describe('a query', () => {
  const soql = () => `SELECT Id FROM Contact WHERE AccountId = '${accountId}'`;

  it('fetches all its pages, or as many rows as asked for', async () => {
    const all = await connection.query(soql(), { autoFetch: true, maxFetch: 1000, ...small });
    expect(all.records).toHaveLength(450);
    const some = connection.query(soql(), { autoFetch: true, maxFetch: 300, ...small });
    const rows: unknown[] = [];
    await new Promise((resolve, reject) => {
      some.on('record', (row) => rows.push(row));
      some.on('end', resolve);
      some.on('error', reject);
      some.run({ autoFetch: true, maxFetch: 300 });
    });
    expect(rows).toHaveLength(300);
    expect(some.totalSize).toBe(450);
  });

  it('goes on from the URL of a page and from its locator', async () => {
    const first = await connection.query(soql(), small);
    expect(first).toMatchObject({ done: false, totalSize: 450 });
    const second = await connection.queryMore(first.nextRecordsUrl!);
    expect(second.records).toHaveLength(200);
    const last = await connection.queryMore(second.nextRecordsUrl!.split('/').at(-1)!);
    expect(last).toMatchObject({ done: true, totalSize: 450 });
    expect(last.records).toHaveLength(50);
    await expect(connection.queryMore('01gNOTTHERE00000AA-2000')).rejects.toMatchObject({
      errorCode: 'INVALID_QUERY_LOCATOR',
    });
  });

  it('streams as CSV', async () => {
    const chunks: Buffer[] = [];
    const stream = connection.query(`${soql()} LIMIT 3`).stream('csv');
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString().trim().split('\n')).toHaveLength(4);
  });

  it('that is wrong tells the code and the place', async () => {
    await expect(connection.query('SELECT Nope FROM Contact')).rejects.toMatchObject({
      errorCode: 'INVALID_FIELD',
      message: expect.stringContaining('ERROR at Row:1:Column:8'),
    });
  });
});

describe('the builder', () => {
  it('finds by conditions of all kinds', async () => {
    const found = await contacts
      .find(
        {
          AccountId: accountId,
          MailingCity: { $in: ["L'Aquila", 'Rome'] },
          LastName: { $like: 'Page 0%' },
          Birthdate: { $lt: SfDate.toDateLiteral('2000-01-01') },
          Email: null,
          $or: [{ LastName: 'Page 010' }, { $not: { LastName: 'Page 012' } }],
          CreatedDate: { $gte: SfDate.LAST_N_DAYS(2) },
        } as never,
        'Id, LastName, Account.Name',
      )
      .sort({ LastName: -1 })
      .limit(2)
      .skip(1);
    expect(found.map(({ LastName }) => LastName)).toEqual(['Page 096', 'Page 094']);
    expect(found[0]).toMatchObject({ Account: { Name: 'Pages' } });
  });

  it('counts, finds one, and selects with children', async () => {
    expect(await contacts.count({ AccountId: accountId })).toBe(450);
    const one = await contacts.findOne({ AccountId: accountId }, ['Id', 'LastName']);
    expect(one!.attributes).toMatchObject({ type: 'Contact' });
    expect(await contacts.findOne({ LastName: 'nobody' })).toBe(null);
    const [account] = await connection
      .sobject('Account')
      .select('Id, Name')
      .where({ Id: accountId })
      .include('Contacts' as never)
      .select('Id, LastName' as never)
      .limit(3)
      .orderby('LastName' as never, 'DESC')
      .end();
    expect(account).toMatchObject({
      Contacts: { totalSize: 3, records: [{ LastName: 'Page 449' }, {}, {}] },
    });
  });

  it('reads every field with *', async () => {
    const [row] = await contacts.find({ AccountId: accountId }, '*').limit(1);
    expect(row).toMatchObject({ AccountId: accountId, IsDeleted: false });
  });

  it('updates and deletes what it finds, by collections or in bulk', async () => {
    const some = () =>
      contacts.find({ AccountId: accountId, MailingCity: 'Oslo' } as never).limit(3);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: jsforce fills it from each row
    const updated = await some().update({ MailingCity: 'Bergen', Title: '${LastName}!' } as never);
    expect(updated).toMatchObject([{ success: true }, { success: true }, { success: true }]);
    const [bergen] = await contacts.find({ MailingCity: 'Bergen' } as never);
    expect(bergen).toMatchObject({ Title: expect.stringMatching(/^Page \d+!$/) });
    const bulk = { allowBulk: true, bulkThreshold: 0 };
    const found = contacts.find({ MailingCity: 'Bergen' } as never);
    expect(await untilJobsClose(connection, () => found.destroy(bulk))).toHaveLength(3);
    expect(await contacts.count({ MailingCity: 'Bergen' } as never)).toBe(0);
  });

  it('explains how it would be run', async () => {
    const { plans } = await contacts.find({ AccountId: accountId }).explain();
    expect(plans[0]).toMatchObject({ sobjectType: 'Contact' });
  });
});
