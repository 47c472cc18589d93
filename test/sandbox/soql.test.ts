import { describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { id, type Options, soqlOrg } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

/** The numbers of the leads a condition finds. */
async function leads(condition: string, options?: Options): Promise<number[]> {
  const rows = await org.query(`SELECT Id FROM Lead WHERE ${condition} ORDER BY Id`, options);
  return rows.map((row) => [1, 2, 3, 4, 5, 6].find((n) => id.lead(n) === row.Id) ?? 0);
}

describe('WHERE', () => {
  it.each<[string, number[]]>([
    ["Email = 'ANNA@example.com'", [1, 5]],
    ["Email != 'anna@example.com'", [2, 3, 4]],
    ["Email <> 'anna@example.com'", [2, 3, 4]],
    ['Email = null', [3]],
    ["Email = ''", [3]],
    ['Email != null', [1, 2, 4, 5]],
    ["Email > 'bob'", [2, 4]],
    ["Email IN ('bob@example.com', null)", [2, 3]],
    ["Email NOT IN ('bob@example.com', 'dora@example.com')", [1, 3, 5]],
    ["Email LIKE 'ANN%'", [1, 5]],
    ["NOT Email LIKE 'ann%'", [2, 3, 4]],
    ["LastName LIKE '100\\% sure\\_l_'", [3]],
    ["LastName LIKE '100\\%%'", [3]],
    ["LastName LIKE '_bl_'", [1]],
    ["LastName = 'O\\'Brien'", [2]],
    ['LastName = \'back\\\\slash\\n\\"quoted\\"\'', [4]],
    ["LastName LIKE 'back\\\\%'", [4]],
    ["LastName = 'ελένη'", [5]],
    ['Score__c = 300', [1]],
    ['Score__c = 300.0', [1]],
    ['Score__c < 0', [2]],
    ['Score__c >= -2.5 AND Score__c <= 300', [1, 2, 5]],
    ['Score__c > USD299', [1, 4]],
    ['Score__c != 300', [2, 3, 4, 5]],
    ['Score__c IN (300, -2.5)', [1, 2]],
    ['NOT Score__c > 0', [2, 3]],
    ['NumberOfEmployees = 12', [5]],
    ['IsConverted = TRUE', [3]],
    ['IsConverted != true', [1, 2, 4, 5]],
    ['IsConverted = null', []],
    ['IsConverted != null', [1, 2, 3, 4, 5]],
    [`Id = '${id.lead(2)}'`, [2]],
    [`Id = '${id.lead(2).slice(0, 15)}'`, [2]],
    [`Id IN ('${id.lead(2).slice(0, 15)}', '${id.lead(4)}')`, [2, 4]],
    [`OwnerId != '${id.admin}'`, [2, 4]],
    [`Partner__c != '${id.acme}'`, [1, 2, 4, 5]],
    ['SystemModstamp > 2026-07-01T10:00:00Z', [4]],
    ['SystemModstamp > 2026-07-01T12:00:00+02:00', [4]],
    ['SystemModstamp >= 2026-07-01T10:00:00.000Z', [1, 2, 3, 4, 5]],
    ['Born__c = 2026-07-14', [1]],
    ['Born__c < 2026-07-14', []],
    ["Tags__c INCLUDES ('red')", [1, 2, 4]],
    ["Tags__c INCLUDES ('red;blue', 'yellow')", [1, 4]],
    ["Tags__c EXCLUDES ('blue')", [2, 3, 5]],
    ["Tags__c = 'Red;blue'", [1]],
    ["Tags__c IN ('green;red;blue')", [4]],
    ["LastName IN ('ΕΛΈΝΗ', 'ABLE')", [1, 5]],
    ["(Status = 'closed' OR Score__c = 300) AND Email != null", [1, 2]],
    ["Status = 'Open' AND (NOT (Score__c = 300 OR Score__c = null))", [4, 5]],
    ["NOT (Status = 'Open')", [2]],
    ["(NOT Status = 'Open') OR Score__c = 300", [1, 2]],
    ["Partner__r.Name = 'acme'", [3]],
    ["Partner__r.Name != 'acme'", [1, 2, 4, 5]],
    ['Partner__r.Name = null', [1, 2, 4, 5]],
    ['Partner__r.IsDeleted = false', [1, 2, 3, 4, 5]],
    ["Partner__r.Owner.FirstName = 'Ada'", [3]],
    ["Owner.Name = 'Inbound'", [2]],
    ["Owner.Name LIKE 'ada%'", [1, 3, 5]],
    ["Owner.Type = 'Queue'", [2]],
    ["Owner.Type = 'User'", [1, 3, 4, 5]],
    ["Name = 'Anna Able'", [1]],
    ["OwnerId IN (SELECT Id FROM User WHERE LastName = 'Seller')", [4]],
    ['OwnerId NOT IN (SELECT Id FROM User)', [2]],
    ['Partner__c NOT IN (SELECT ParentId FROM Account)', [1, 2, 4, 5]],
    ["Tandem_Id__c = 'aB-1'", [1]],
    ["toLabel(Grade__c) = 'very good'", [1]],
    ["LastName = 'Ab\u0000le'", [1]],
    ["Lead.Email = 'bob@example.com'", [2]],
  ])('%s', async (condition, expected) => {
    expect(await leads(condition)).toEqual(expected);
  });

  it('hides deleted rows, also those asked for, unless all rows are wanted', async () => {
    expect(await leads('IsDeleted = true')).toEqual([]);
    expect(await leads('IsDeleted = true', { allRows: true })).toEqual([6]);
    expect(await org.query('SELECT Id FROM Lead ALL ROWS')).toHaveLength(6);
  });
});

describe('date literals run in the days of the user', () => {
  // In Los Angeles it is Tuesday 14 July 2026, 20:30.
  it.each<[string, number[]]>([
    ['CreatedDate = TODAY', [1]],
    ['CreatedDate = YESTERDAY', []],
    ['CreatedDate = N_DAYS_AGO:2', [2]],
    ['CreatedDate = LAST_N_DAYS:2', [1, 2]],
    ['CreatedDate >= TODAY', [1]],
    ['CreatedDate < THIS_YEAR', [3]],
    ['CreatedDate = LAST_YEAR', [3]],
    ['CreatedDate = LAST_N_YEARS:1', [3]],
    ['CreatedDate = THIS_WEEK', [1, 2]],
    ['CreatedDate = THIS_MONTH', [1, 2, 4, 5]],
    ['CreatedDate = LAST_FISCAL_QUARTER', []],
    ['CreatedDate != THIS_MONTH', [3]],
    ['CreatedDate IN (TODAY, LAST_YEAR)', [1, 3]],
    ['Born__c = TODAY', [1]],
    ['Born__c < TOMORROW', [1]],
    ['CALENDAR_YEAR(CreatedDate) = 2025', [3]],
    ['DAY_ONLY(CreatedDate) = 2026-07-13', [2]],
    ['DAY_ONLY(convertTimezone(CreatedDate)) = 2026-07-12', [2]],
  ])('%s', async (condition, expected) => {
    expect(await leads(condition)).toEqual(expected);
  });

  it('and so the same query finds others in another time zone', async () => {
    expect(await leads('CreatedDate = YESTERDAY', { userTimeZone: 'Europe/Berlin' })).toEqual([1]);
    expect(await leads('CreatedDate = N_DAYS_AGO:2', { userTimeZone: 'Europe/Berlin' })).toEqual([
      2,
    ]);
    expect(
      await leads('CALENDAR_YEAR(convertTimezone(CreatedDate)) = 2025', {
        userTimeZone: 'Europe/Berlin',
      }),
    ).toEqual([]);
  });
});

describe('ORDER BY, LIMIT, OFFSET', () => {
  const order = async (clause: string) =>
    (await org.query(`SELECT LastName FROM Lead ${clause}`)).map((row) =>
      String(row.LastName).slice(0, 4),
    );

  it.each<[string, string[]]>([
    ['ORDER BY Score__c, Id', ['100%', "O'Br", 'Ελέν', 'Able', 'back']],
    ['ORDER BY Score__c DESC', ['100%', 'back', 'Able', 'Ελέν', "O'Br"]],
    ['ORDER BY Score__c ASC NULLS LAST', ["O'Br", 'Ελέν', 'Able', 'back', '100%']],
    ['ORDER BY Email, Id DESC', ['100%', 'Ελέν', 'Able', "O'Br", 'back']],
    ['ORDER BY Owner.Name DESC, Id LIMIT 2', ['back', "O'Br"]],
    ['ORDER BY Id LIMIT 2 OFFSET 1', ["O'Br", '100%']],
    ['ORDER BY Id OFFSET 4', ['Ελέν']],
    ['LIMIT 0', []],
  ])('%s', async (clause, expected) => {
    expect(await order(clause)).toEqual(expected);
  });
});

describe('SELECT', () => {
  it("writes values in Salesforce's forms", async () => {
    const [text] = await org.json(
      "SELECT Id, Score__c, NumberOfEmployees, CreatedDate, Born__c, IsConverted, Tags__c, Address, Name, Company FROM Lead WHERE LastName = 'Able'",
    );
    expect(text).toBe(
      `{"attributes":{"type":"Lead","url":"/services/data/v60.0/sobjects/Lead/${id.lead(1)}"},"Id":"${id.lead(1)}","Score__c":300.0,"NumberOfEmployees":null,"CreatedDate":"2026-07-14T20:00:00.000+0000","Born__c":"2026-07-14","IsConverted":false,"Tags__c":"red;blue","Address":{"city" : "Oslo", "country" : null, "geocodeAccuracy" : null, "latitude" : 59.9, "longitude" : null, "postalCode" : null, "state" : null, "street" : null},"Name":"Anna Able","Company":"Initech"}`,
    );
    const rows = await org.json('SELECT Score__c FROM Lead ORDER BY Id');
    expect(rows.map((row) => /Score__c":(.*)}$/.exec(row)?.[1])).toEqual([
      '300.0',
      '-2.5',
      'null',
      '1.2345678E7',
      '4.0E-4',
    ]);
    expect(await org.query('SELECT Address FROM Lead WHERE Score__c < 0')).toMatchObject([
      { Address: null },
    ]);
  });

  it('gives names their canonical case and keeps the order asked for', async () => {
    const [text] = await org.json("select lastname, ID from lead where lastname = 'able'");
    expect(text).toMatch(/,"LastName":"Able","Id":"00Q/);
  });

  it('nests parents, null where there is none', async () => {
    const rows = await org.query(
      'SELECT Name, Account.Name, Account.Owner.Name, Account.Parent.Owner.Email FROM Contact ORDER BY Id',
    );
    expect(rows[0]).toMatchObject({
      Account: {
        attributes: { type: 'Account', url: `/services/data/v60.0/sobjects/Account/${id.acme}` },
        Name: 'Acme',
        Owner: { attributes: { type: 'User' }, Name: 'Ada Admin' },
        Parent: null,
      },
    });
    expect(rows[2]).toMatchObject({ Name: 'Three', Account: null });
  });

  it('reads a lookup to several objects through Name', async () => {
    const rows = await org.query(
      'SELECT Owner.Name, Owner.Type, Owner.Email FROM Lead WHERE Score__c IN (300, -2.5) ORDER BY Id',
    );
    expect(rows).toMatchObject([
      {
        Owner: {
          attributes: { type: 'Name', url: `/services/data/v60.0/sobjects/User/${id.admin}` },
          Name: 'Ada Admin',
          Type: 'User',
          Email: 'ada@example.com',
        },
      },
      {
        Owner: {
          attributes: { type: 'Name', url: `/services/data/v60.0/sobjects/Group/${id.queue}` },
          Name: 'Inbound',
          Type: 'Queue',
          Email: null,
        },
      },
    ]);
  });

  it("takes the object's alias before a field", async () => {
    expect(
      await org.query(
        "SELECT l.LastName, l.Owner.Name FROM Lead l WHERE l.Email = 'bob@example.com'",
      ),
    ).toMatchObject([{ LastName: "O'Brien", Owner: { Name: 'Inbound' } }]);
  });

  it('lists children', async () => {
    const rows = await org.query(
      "SELECT Name, (SELECT LastName, Owner.Name FROM Contacts WHERE Email != 'x' ORDER BY LastName LIMIT 5) FROM Account ORDER BY Name",
    );
    expect(rows[0]).toMatchObject({
      Contacts: {
        totalSize: 2,
        done: true,
        records: [
          { attributes: { type: 'Contact' }, LastName: 'One', Owner: { Name: 'Ada Admin' } },
          { LastName: 'Two' },
        ],
      },
    });
    expect(rows[1]).toMatchObject({ Name: 'Globex', Contacts: null });
  });

  it('expands FIELDS() to what the user can see', async () => {
    const [custom] = await org.query('SELECT FIELDS(CUSTOM) FROM Lead ORDER BY Id LIMIT 1');
    expect(Object.keys(custom!)).toEqual([
      'attributes',
      'Score__c',
      'Tags__c',
      'Notes__c',
      'Born__c',
      'Grade__c',
      'Tandem_Id__c',
      'Partner__c',
    ]);
    const [everything] = await org.query('SELECT FIELDS(ALL) FROM Lead LIMIT 200');
    expect(Object.keys(everything!).length).toBe(org.schema.object('Lead')!.fields.length + 1);
  });

  it('knows toLabel, FORMAT and convertCurrency', async () => {
    const [row] = await org.query(
      "SELECT toLabel(Grade__c), FORMAT(CreatedDate) made, convertCurrency(AnnualRevenue) FROM Lead WHERE LastName = 'Able'",
    );
    expect(row).toMatchObject({
      Grade__c: 'Very good',
      made: '7/14/2026, 1:00 PM',
      AnnualRevenue: null,
    });
  });
});

describe('aggregates', () => {
  it.each<[string, unknown[]]>([
    [
      'SELECT COUNT(Id), COUNT(Email) mails, MAX(Score__c), MIN(CreatedDate), SUM(NumberOfEmployees) FROM Lead',
      [{ expr0: 5, mails: 4, expr1: 12345678, expr2: '2025-12-31T23:00:00.000+0000', expr3: 12 }],
    ],
    [
      'SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status ORDER BY COUNT(Id) DESC',
      [
        { Status: 'Open', n: 4 },
        { Status: 'Closed', n: 1 },
      ],
    ],
    [
      'SELECT Status s, COUNT_DISTINCT(OwnerId) FROM Lead GROUP BY Status HAVING COUNT(Id) > 1',
      [{ s: 'Open', expr0: 2 }],
    ],
    [
      'SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name ORDER BY Account.Name',
      [
        { Name: null, expr0: 1 },
        { Name: 'Acme', expr0: 2 },
      ],
    ],
    [
      'SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) n FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate) ORDER BY CALENDAR_YEAR(CreatedDate)',
      [
        { y: 2025, n: 1 },
        { y: 2026, n: 4 },
      ],
    ],
    [
      // A picklist sorts in its own order, and what it does not list after that.
      'SELECT Status, COUNT(Id) n FROM Lead GROUP BY ROLLUP(Status) ORDER BY Status NULLS LAST',
      [
        { Status: 'Open', n: 4 },
        { Status: 'Closed', n: 1 },
        { Status: null, n: 5 },
      ],
    ],
    [
      'SELECT Email FROM Lead WHERE Email != null GROUP BY Email HAVING COUNT(Id) > 1',
      [{ Email: 'anna@example.com' }],
    ],
    ['SELECT AVG(Score__c) a FROM Lead WHERE Score__c IN (300, -2.5)', [{ a: 148.75 }]],
  ])('%s', async (soql, expected) => {
    const attributes = { type: 'AggregateResult' };
    expect(await org.query(soql)).toEqual(
      expected.map((row) => ({ attributes, ...(row as object) })),
    );
  });

  it('COUNT() counts what LIMIT leaves', async () => {
    const { sql, params } = org.compile('SELECT COUNT() FROM Lead LIMIT 3');
    expect((await org.pool.query({ text: sql, values: params, rowMode: 'array' })).rows).toEqual([
      ['3'],
    ]);
  });
});

describe('the indexes carry', () => {
  // With so few rows a scan is always cheaper, unless it is forbidden.
  const plan = async (soql: string) => {
    const { sql, params } = org.compile(soql);
    const client = await org.pool.connect();
    try {
      await client.query(
        'BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off',
      );
      const { rows } = await client.query(`EXPLAIN ${sql}`, params);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };

  it('the cursor of replication, with no sort', async () => {
    const found = await plan(
      'SELECT Id, Name FROM Lead WHERE SystemModstamp > 2026-07-01T00:00:00Z ORDER BY SystemModstamp, Id LIMIT 2000',
    );
    expect(found).toContain('Index Scan using "Lead_SystemModstamp_idx"');
    expect(found).not.toContain('Sort');
  });

  it.each([
    ["Email = 'A@b.c'", 'Lead_Email_idx'],
    ["Email IN ('A@b.c', 'd@e.f')", 'Lead_Email_idx'],
    ["Tandem_Id__c = 'X'", 'Lead_Tandem_Id__c_idx'],
    ["Id IN ('00QHp0000000001', '00QHp0000000002')", 'Lead_Id_idx'],
  ])('%s', async (condition, index) => {
    expect(await plan(`SELECT LastName FROM Lead WHERE ${condition}`)).toContain(
      `using "${index}"`,
    );
  });
});
