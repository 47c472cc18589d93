import { beforeAll, describe, expect, it } from 'vitest';
import { makeId } from '../../sandbox/ids.ts';
import { forTests } from '../support/for-tests.ts';
import { id, insert, refusalOf, soqlOrg } from './soql-org.ts';

const org = forTests(soqlOrg, ({ close }) => close());

const STAMP = '2026-07-01T10:00:00Z';
const opportunity = makeId('006', 1);
const task = (n: number) => makeId('00T', n);

beforeAll(async () => {
  const stamps = { CreatedDate: STAMP, LastModifiedDate: STAMP, SystemModstamp: STAMP };
  await insert(org.pool, 'Opportunity', [
    { Id: opportunity, Name: 'Big deal', StageName: 'Closed Won', Amount: 500, ...stamps },
  ]);
  const rows = [
    { WhatId: id.acme, WhoId: id.contact(1) },
    { WhatId: opportunity, WhoId: null },
    { WhatId: null, WhoId: id.lead(1) },
  ];
  await insert(
    org.pool,
    'Task',
    rows.map((row, i) => ({
      Id: task(i + 1),
      Subject: `Call ${i + 1}`,
      OwnerId: id.admin,
      ...row,
      ...stamps,
    })),
  );
});

const attributes = (type: string, object: string, rowId: string) => ({
  type,
  url: `/services/data/v60.0/sobjects/${object}/${rowId}`,
});

describe('a lookup to several objects', () => {
  it('is read through the fields that Name has', async () => {
    const rows = await org.query(
      'SELECT What.Name, What.Type, Who.Name, Who.Email, Who.Type FROM Task ORDER BY Id',
    );
    expect(rows).toMatchObject([
      {
        What: { attributes: attributes('Name', 'Account', id.acme), Name: 'Acme', Type: 'Account' },
        Who: { attributes: attributes('Name', 'Contact', id.contact(1)), Type: 'Contact' },
      },
      { What: { Name: 'Big deal', Type: 'Opportunity' }, Who: null },
      { What: null, Who: { Name: 'Anna Able', Email: 'anna@example.com', Type: 'Lead' } },
    ]);
    expect(refusalOf(org, 'SELECT What.Industry FROM Task')[1]).toContain(
      "No such column 'Industry' on entity 'Name'",
    );
  });

  it.each<[string, number[]]>([
    ["What.Type = 'Account'", [1]],
    ["What.Type IN ('Account', 'Opportunity')", [1, 2]],
    ["What.Type != 'Account'", [2, 3]],
    ["Who.Type = 'Lead'", [3]],
    ["What.Name = 'big deal'", [2]],
    ['WhatId = null', [3]],
    [`WhatId = '${id.acme.slice(0, 15)}'`, [1]],
  ])('is filtered by %s', async (condition, expected) => {
    const rows = await org.query(`SELECT Id FROM Task WHERE ${condition} ORDER BY Id`);
    expect(rows.map((row) => row.Id)).toEqual(expected.map(task));
  });
});

describe('TYPEOF', () => {
  it('reads the fields of the object that a parent is of', async () => {
    const rows = await org.query(
      'SELECT Subject, TYPEOF What WHEN Account THEN BillingCity, NumberOfEmployees WHEN Opportunity THEN Amount END FROM Task ORDER BY Id',
    );
    expect(rows.map((row) => row.What)).toEqual([
      {
        attributes: attributes('Account', 'Account', id.acme),
        BillingCity: 'Oslo',
        NumberOfEmployees: 7,
      },
      { attributes: attributes('Opportunity', 'Opportunity', opportunity), Amount: 500 },
      null,
    ]);
  });

  it('reads all others through Name, where ELSE says so', async () => {
    const soql = (rest: string) =>
      `SELECT TYPEOF What WHEN Account THEN BillingCity ${rest} END, Id FROM Task WHERE WhatId != null ORDER BY Id`;
    expect((await org.query(soql('ELSE Name')))[1]?.What).toEqual({
      attributes: attributes('Name', 'Opportunity', opportunity),
      Name: 'Big deal',
    });
    expect((await org.query(soql('')))[1]?.What).toBeNull();
  });

  it.each<[string, string]>([
    [
      'SELECT TYPEOF What WHEN Account THEN Name WHEN account THEN Phone END FROM Task',
      'WHEN clause operand [account] is not unique',
    ],
    ['SELECT TYPEOF What WHEN Account THEN Nope END FROM Task', "No such column 'Nope'"],
    ['SELECT TYPEOF What WHEN Account THEN Name FROM Task', "unexpected token: 'FROM'"],
    ['SELECT TYPEOF Nope WHEN Account THEN Name END FROM Task', "relationship 'Nope'"],
    ['SELECT What.Name, TYPEOF What WHEN Account THEN Name END FROM Task', 'duplicate field'],
    ['SELECT TYPEOF What WHEN Account THEN Name END FROM Task GROUP BY Status', 'Grouped query'],
  ])('refuses %s', (soql, reason) => {
    expect(refusalOf(org, soql)[1]).toContain(reason);
  });

  it('came with version 46.0', () => {
    expect(
      refusalOf(org, 'SELECT TYPEOF What WHEN Account THEN Name END FROM Task', {
        apiVersion: 45,
      })[1],
    ).toContain("unexpected token: 'TYPEOF'");
  });
});
