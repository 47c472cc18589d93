import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);
const admin = restForTests(sandbox, 'admin');
let syncUserId: string;
let mine: string;
let theirs: string;

beforeAll(async () => {
  const { rows } = await sandbox.pool.query('SELECT "Id" FROM org."User" WHERE "Username" = $1', [
    sandbox.username,
  ]);
  syncUserId = rows[0].Id;
  mine = await create(rest, 'Account', { Name: 'Mine' });
  theirs = await create(admin, 'Account', { Name: 'Theirs' });
  await control(sandbox, 'POST', '/settings', { sharing: { account: 'Private' } });
});

async function create(client: typeof rest, object: string, row: object): Promise<string> {
  const { status, body } = await client('POST', `sobjects/${object}`, row);
  expect([status, body.errors]).toEqual([201, []]);
  return body.id;
}

async function query(client: typeof rest, soql: string) {
  return (await client('GET', `query?q=${encodeURIComponent(soql)}`)).body;
}

const pair = () => `('${mine}', '${theirs}')`;

describe('Rows of a private object', () => {
  it('are found by their owner and by those who see all data', async () => {
    const soql = `SELECT Id FROM Account WHERE Id IN ${pair()}`;
    expect((await query(rest, soql)).records.map(({ Id }: { Id: string }) => Id)).toEqual([mine]);
    expect((await query(admin, soql)).totalSize).toBe(2);
    const count = `SELECT COUNT() FROM Account WHERE Id IN ${pair()}`;
    expect((await query(rest, count)).totalSize).toBe(1);
  });

  it('are not read by others, one by one or in collections', async () => {
    const read = await rest('GET', `sobjects/Account/${theirs}`);
    expect([read.status, read.body[0].errorCode]).toEqual([404, 'NOT_FOUND']);
    const { body } = await rest(
      'GET',
      `composite/sobjects/Account?ids=${theirs},${mine}&fields=Name`,
    );
    expect([body[0], body[1].Name]).toEqual([null, 'Mine']);
  });

  it.each(['PATCH', 'DELETE'])('are not changed by others with %s', async (method) => {
    const body = method === 'PATCH' ? { Name: 'Stolen' } : undefined;
    const answer = await rest(method, `sobjects/Account/${theirs}`, body);
    expect(answer.body[0].errorCode).toBe('INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY');
    expect((await admin('GET', `sobjects/Account/${theirs}`)).body.Name).toBe('Theirs');
  });

  it('are no parents for the rows of others, and are not seen through their children', async () => {
    const refused = await rest('POST', 'sobjects/Contact', { LastName: 'C', AccountId: theirs });
    expect(refused.body[0].errorCode).toBe('INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY');
    const id = await create(admin, 'Contact', { LastName: 'Child', AccountId: theirs });
    const soql = `SELECT Account.Name FROM Contact WHERE Id = '${id}'`;
    expect((await query(rest, soql)).records[0].Account).toBeNull();
    const children = `SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account) AND Id = '${id}'`;
    expect((await query(rest, children)).totalSize).toBe(0);
  });

  it('are left out of what was updated and deleted', async () => {
    const gone = await create(admin, 'Account', { Name: 'Gone' });
    await admin('DELETE', `sobjects/Account/${gone}`);
    const at = (minutes: number) =>
      encodeURIComponent(new Date(Date.now() + minutes * 60_000).toISOString());
    const window = `start=${at(-10)}&end=${at(10)}`;
    const updated = await rest('GET', `sobjects/Account/updated?${window}`);
    expect(updated.body.ids).toContain(mine);
    expect(updated.body.ids).not.toContain(theirs);
    const deleted = await rest('GET', `sobjects/Account/deleted?${window}`);
    expect(deleted.body.deletedRecords.map(({ id }: { id: string }) => id)).not.toContain(gone);
  });

  it('that a queue or a group owns are seen by its members', async () => {
    await control(sandbox, 'POST', '/settings', { sharing: { Lead: 'Private' } });
    const { records } = await query(admin, `SELECT Id FROM Group WHERE Type = 'Queue' LIMIT 1`);
    const OwnerId = records[0].Id;
    const lead = await create(admin, 'Lead', { LastName: 'Q', Company: 'A', OwnerId });
    expect((await rest('GET', `sobjects/Lead/${lead}`)).status).toBe(404);
    const member = await create(admin, 'GroupMember', {
      GroupId: OwnerId,
      UserOrGroupId: syncUserId,
    });
    expect((await rest('GET', `sobjects/Lead/${lead}`)).status).toBe(200);
    await admin('DELETE', `sobjects/GroupMember/${member}`);
    expect((await rest('GET', `sobjects/Lead/${lead}`)).status).toBe(404);
  });

  it('of a user below in the role hierarchy are seen from above', async () => {
    const top = await create(admin, 'UserRole', { Name: 'Top' });
    const below = await create(admin, 'UserRole', { Name: 'Below', ParentRoleId: top });
    const adminId = (await query(admin, `SELECT OwnerId FROM Account WHERE Id = '${theirs}'`))
      .records[0].OwnerId;
    await admin('PATCH', `sobjects/User/${syncUserId}`, { UserRoleId: top });
    await admin('PATCH', `sobjects/User/${adminId}`, { UserRoleId: below });
    expect((await rest('GET', `sobjects/Account/${theirs}`)).status).toBe(200);
    await admin('PATCH', `sobjects/User/${syncUserId}`, { UserRoleId: null });
    expect((await rest('GET', `sobjects/Account/${theirs}`)).status).toBe(404);
  });
});

describe('Rights over all rows', () => {
  const sets: string[] = [];
  afterEach(async () => {
    for (const id of sets.splice(0)) await admin('DELETE', `sobjects/PermissionSet/${id}`);
  });

  async function give(rights: object): Promise<void> {
    const Name = `All_${sets.length}_${Math.random().toString(36).slice(2)}x`;
    const set = await create(admin, 'PermissionSet', { Name, Label: Name });
    sets.push(set);
    const read = { PermissionsRead: true, ...rights };
    await create(admin, 'ObjectPermissions', { ParentId: set, SobjectType: 'Account', ...read });
    await create(admin, 'PermissionSetAssignment', {
      AssigneeId: syncUserId,
      PermissionSetId: set,
    });
  }

  it('View All shows a row and does not let it be changed', async () => {
    await give({ PermissionsViewAllRecords: true });
    expect((await rest('GET', `sobjects/Account/${theirs}`)).status).toBe(200);
    const refused = await rest('PATCH', `sobjects/Account/${theirs}`, { Name: 'Stolen' });
    expect([refused.status, refused.body[0].errorCode]).toEqual([
      403,
      'INSUFFICIENT_ACCESS_OR_READONLY',
    ]);
  });

  it('Modify All lets it be changed', async () => {
    await give({
      PermissionsViewAllRecords: true,
      PermissionsModifyAllRecords: true,
      PermissionsEdit: true,
      PermissionsDelete: true,
    });
    const changed = await rest('PATCH', `sobjects/Account/${theirs}`, { Phone: '1' });
    expect(changed.status).toBe(204);
  });
});

it('sharing is kept over a restart, and made public again it hides nothing', async () => {
  expect((await openOrg(sandbox.pool)).settings.sharing.Account).toBe('Private');
  await control(sandbox, 'POST', '/settings', { sharing: { Account: 'Public' } });
  expect((await rest('GET', `sobjects/Account/${theirs}`)).status).toBe(200);
});
