import { beforeAll, describe, expect, it } from 'vitest';
import { openOrg, type SandboxOrg } from '../../sandbox/sandbox-org.ts';
import type { SObject } from '../../sandbox/schema.ts';
import { createRecords } from '../../sandbox/writes/create.ts';
import { deleteRecords } from '../../sandbox/writes/delete.ts';
import { purge } from '../../sandbox/writes/purge.ts';
import type { WriteContext } from '../../sandbox/writes/types.ts';
import { undeleteRecords } from '../../sandbox/writes/undelete.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
let org: SandboxOrg;
let context: WriteContext;
let account: SObject;
let contact: SObject;
let lead: SObject;

beforeAll(async () => {
  org = await openOrg(sandbox.pool);
  const user = (await org.users.byUsername(sandbox.username))!;
  const access = org.permissions.accessOf(user.profileId);
  const session = { ...user, token: '', userId: user.id, access };
  context = { org, session, db: sandbox.pool };
  account = org.schema.object('Account')!;
  contact = org.schema.object('Contact')!;
  lead = org.schema.object('Lead')!;
});

async function create(object: SObject, fields: Record<string, unknown>): Promise<string> {
  const [result] = await createRecords(context, object, [fields]);
  expect(result).toMatchObject({ success: true });
  return result!.id!;
}

async function row(object: SObject, id: string) {
  const { rows } = await sandbox.pool.query(`SELECT * FROM org."${object.name}" WHERE "Id" = $1`, [
    id,
  ]);
  return rows[0];
}

describe('undelete', () => {
  it('brings back what went with the row, and the lookups that were emptied', async () => {
    const parent = await create(account, { Name: 'Phoenix' });
    const child = await create(account, { Name: 'Child', ParentId: parent });
    const person = await create(contact, { LastName: 'P', AccountId: parent });
    const earlier = await create(contact, { LastName: 'E', AccountId: parent });
    await deleteRecords(context, contact, [earlier]);
    await deleteRecords(context, account, [parent]);
    expect((await row(account, child)).ParentId).toBeNull();

    const [result] = await undeleteRecords(context, account, [parent]);
    expect(result).toEqual({ id: parent, success: true, errors: [] });
    expect((await row(account, parent)).IsDeleted).toBe(false);
    expect((await row(contact, person)).IsDeleted).toBe(false);
    expect((await row(contact, earlier)).IsDeleted).toBe(true);
    expect((await row(account, child)).ParentId).toBe(parent);
  });

  it('C8: moves the stamps', async () => {
    const id = await create(lead, { LastName: 'S', Company: 'C' });
    await deleteRecords(context, lead, [id]);
    await sandbox.pool.query(
      `UPDATE org."Lead" SET "SystemModstamp" = '2020-01-01Z' WHERE "Id" = $1`,
      [id],
    );
    await undeleteRecords(context, lead, [id]);
    expect((await row(lead, id)).SystemModstamp.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('fails for a row that is not in the bin, one purged, and one whose unique value was taken', async () => {
    const [alive, purged, taken] = [
      await create(lead, { LastName: 'A', Company: 'C' }),
      await create(lead, { LastName: 'B', Company: 'C' }),
      await create(lead, { LastName: 'T', Company: 'C', Tandem_Id__c: 'taken' }),
    ];
    await deleteRecords(context, lead, [purged, taken]);
    await purge(org, sandbox.pool, { object: lead, ids: [purged] });
    expect(await row(lead, purged)).toBeUndefined();
    await create(lead, { LastName: 'N', Company: 'C', Tandem_Id__c: 'TAKEN' });
    const results = await undeleteRecords(context, lead, [alive, purged, taken]);
    expect(results.map(({ errors }) => errors[0]?.errorCode)).toEqual([
      'UNDELETE_FAILED',
      'UNDELETE_FAILED',
      'DUPLICATE_VALUE',
    ]);
  });
});

describe('purge', () => {
  it('takes what went with the row, and leaves the rest of the bin', async () => {
    const parent = await create(account, { Name: 'Gone' });
    const person = await create(contact, { LastName: 'P', AccountId: parent });
    const other = await create(contact, { LastName: 'O' });
    await deleteRecords(context, account, [parent]);
    await deleteRecords(context, contact, [other]);
    expect(await purge(org, sandbox.pool, { object: account, ids: [parent] })).toBe(2);
    expect(await row(account, parent)).toBeUndefined();
    expect(await row(contact, person)).toBeUndefined();
    expect(await row(contact, other)).toMatchObject({ IsDeleted: true });
  });
});
