import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { ingestClient, leadsOf } from './ingest-client.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, login, restClient } from './support-client.ts';

const sandbox = sandboxForTests({ people: 10 });
const call = restForTests(sandbox);
const jobs = ingestClient(call);

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

const leads = (company: string) => leadsOf(sandbox, company);

describe('rows of an ingest job', () => {
  it('are updated by id, upserted by external id or id, deleted; an empty value leaves alone and #N/A empties', async () => {
    const first = await jobs.load(
      {},
      'LastName,Company,Title,FirstName\nA,Kept,Boss,Ann\nB,Kept,Boss,Bob\n',
    );
    const ids = parse(first.successful, { columns: true }).map(
      (row) => (row as { sf__Id: string }).sf__Id,
    );
    const updated = await jobs.load(
      { operation: 'update' },
      `ID,firstname,TITLE\n${ids[0]},,#N/A\n${ids[1]},Rob,\n00Q000000000000AAA,x,\n`,
    );
    expect(updated.successful).toContain(`"${ids[0]}","false"`);
    expect(updated.failed).toContain('INVALID_CROSS_REFERENCE_KEY');
    expect((await leads('Kept')).rows).toEqual([
      { LastName: 'A', FirstName: 'Ann', Title: null, IsDeleted: false },
      { LastName: 'B', FirstName: 'Rob', Title: 'Boss', IsDeleted: false },
    ]);
    const upserted = await jobs.load(
      { operation: 'upsert', externalIdFieldName: 'id' },
      `Id,LastName,Company\n${ids[0]},A2,Kept\n,C,Kept\n`,
    );
    expect(upserted.successful).toMatch(/"false","\w+","A2"[\s\S]*"true","","C"/);
    await jobs.load({ operation: 'delete' }, `Id\n${ids[1]}\n`);
    expect((await leads('Kept')).rows.map(({ IsDeleted }) => IsDeleted)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('are hard deleted only by who may, and are gone for good', async () => {
    const { successful } = await jobs.load({}, 'LastName,Company\nA,Hard\n');
    const id = /00Q\w{15}/.exec(successful)![0];
    await allowHardDelete(false);
    expect(
      await call('POST', 'jobs/ingest', { object: 'Lead', operation: 'hardDelete' }),
    ).toMatchObject({ status: 400, body: [{ errorCode: 'FEATURENOTENABLED' }] });
    await allowHardDelete(true);
    await jobs.load({ operation: 'hardDelete' }, `Id\n${id}\n`);
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
    await jobs.load({ object: 'Account' }, 'Name,Code__c\nParent,P1\n');
    const { failed, job } = await jobs.load(
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
    const { successful } = await jobs.load(
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
    const { job } = await jobs.load({}, csv, 'Failed');
    expect(job).toMatchObject({ errorMessage, numberRecordsProcessed: 0 });
  });

  it('with a blank next to a quote fail alone', async () => {
    const { failed, job } = await jobs.load({}, 'LastName,Company\nA, "Blank"\nB,Blank\n');
    expect(job).toMatchObject({ numberRecordsProcessed: 2, numberRecordsFailed: 1 });
    expect(failed.split('\n')[1]).toMatch(/"A","Blank"$/);
  });
});
