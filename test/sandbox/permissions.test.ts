import { beforeAll, describe, expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, login, restClient } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);
const admin = restForTests(sandbox, 'admin');
let syncUserId: string;
let profileSet: string;

beforeAll(async () => {
  const users = await query(
    `SELECT Id, ProfileId FROM User WHERE Username = '${sandbox.username}'`,
  );
  syncUserId = users[0].Id;
  const sets = await query(
    `SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND ProfileId = '${users[0].ProfileId}'`,
  );
  profileSet = sets[0].Id;
});

async function query(soql: string) {
  const { body } = await admin('GET', `query?q=${encodeURIComponent(soql)}`);
  return body.records;
}

async function newSet(name: string, rights: object = {}): Promise<string> {
  const { body } = await admin('POST', 'sobjects/PermissionSet', {
    Name: name,
    Label: name,
    ...rights,
  });
  expect(body.errors).toEqual([]);
  return body.id;
}

const assign = (set: string) =>
  admin('POST', 'sobjects/PermissionSetAssignment', {
    AssigneeId: syncUserId,
    PermissionSetId: set,
  });

const leadFields = async () =>
  (await rest('GET', 'sobjects/Lead/describe')).body.fields.map(
    ({ name }: { name: string }) => name,
  );

describe('Permission sets', () => {
  it('a permission set shows a field to its user at once, and no more when it is taken away', async () => {
    expect(await leadFields()).not.toContain('Commission__c');
    const set = await newSet('Commission');
    const granted = await admin('POST', 'sobjects/FieldPermissions', {
      ParentId: set,
      SobjectType: 'Lead',
      Field: 'Lead.Commission__c',
      PermissionsRead: true,
    });
    expect([granted.status, granted.body.id]).toEqual([201, expect.stringMatching(/^01k/)]);
    expect(await leadFields()).not.toContain('Commission__c');
    const { body } = await assign(set);
    expect(body.id).toMatch(/^0Pa/);
    const found = (await rest('GET', 'sobjects/Lead/describe')).body.fields.find(
      ({ name }: { name: string }) => name === 'Commission__c',
    );
    expect([found.createable, found.updateable]).toEqual([false, false]);
    await admin('DELETE', `sobjects/PermissionSetAssignment/${body.id}`);
    expect(await leadFields()).not.toContain('Commission__c');
  });

  it('rights of a profile and its permission sets add up', async () => {
    const own = await query(
      `SELECT Id, PermissionsDelete FROM ObjectPermissions WHERE ParentId = '${profileSet}' AND SobjectType = 'Lead'`,
    );
    const { body: lead } = await rest('POST', 'sobjects/Lead', { LastName: 'P', Company: 'A' });
    await admin('PATCH', `sobjects/ObjectPermissions/${own[0].Id}`, { PermissionsDelete: false });
    expect((await rest('DELETE', `sobjects/Lead/${lead.id}`)).status).toBe(403);
    const set = await newSet('Deleters');
    const rights = { PermissionsRead: true, PermissionsEdit: true, PermissionsDelete: true };
    await admin('POST', 'sobjects/ObjectPermissions', {
      ParentId: set,
      SobjectType: 'lead',
      ...rights,
    });
    await assign(set);
    expect((await rest('DELETE', `sobjects/Lead/${lead.id}`)).status).toBe(204);
  });

  it('a right needs those below it', async () => {
    const set = await newSet('Needy');
    const refused = await admin('POST', 'sobjects/ObjectPermissions', {
      ParentId: set,
      SobjectType: 'Contact',
      PermissionsRead: true,
      PermissionsDelete: true,
    });
    expect([refused.status, refused.body[0].errorCode, refused.body[0].message]).toEqual([
      400,
      'FIELD_INTEGRITY_EXCEPTION',
      'Permission Delete Contact depends on permission(s): Edit Contact',
    ]);
  });

  it.each([
    ['a field that is not there', 'Lead.Wish__c'],
    ['a required field', 'Lead.LastName'],
    ['a field of another object', 'Contact.Fax'],
    ['no path at all', 'Fax'],
  ])('%s cannot be granted', async (_name, Field) => {
    const row = { ParentId: profileSet, SobjectType: 'Lead', Field, PermissionsRead: true };
    const { status, body } = await admin('POST', 'sobjects/FieldPermissions', row);
    expect([status, body[0].errorCode, body[0].fields]).toEqual([
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      ['Field'],
    ]);
  });

  it('a second row for one field is a duplicate, and one that grants nothing goes', async () => {
    const row = {
      ParentId: profileSet,
      SobjectType: 'Lead',
      Field: 'Lead.Fax',
      PermissionsRead: true,
    };
    const { body } = await admin('POST', 'sobjects/FieldPermissions', row);
    expect(body[0].errorCode).toBe('DUPLICATE_VALUE');
    const soql = `SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Fax' AND ParentId = '${profileSet}'`;
    const [{ Id }] = await query(soql);
    const none = { PermissionsRead: false, PermissionsEdit: false };
    expect((await admin('PATCH', `sobjects/FieldPermissions/${Id}`, none)).status).toBe(204);
    expect(await query(soql)).toEqual([]);
    expect(await leadFields()).not.toContain('Fax');
  });

  it('the set of a profile cannot be deleted, and a plain user changes no permissions', async () => {
    expect((await admin('DELETE', `sobjects/PermissionSet/${profileSet}`)).status).toBe(403);
    const { status } = await rest('POST', 'sobjects/PermissionSet', {
      Name: 'Mine',
      Label: 'Mine',
    });
    expect([400, 403]).toContain(status);
  });

  it('every user is assigned the set of their profile', async () => {
    const found = await query(
      `SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '${syncUserId}' AND PermissionSet.IsOwnedByProfile = true`,
    );
    expect(found.map((one: { PermissionSetId: string }) => one.PermissionSetId)).toEqual([
      profileSet,
    ]);
  });

  it('a user who is deactivated has no session any more', async () => {
    const [{ Id }] = await query(
      `SELECT Id FROM User WHERE Profile.Name = 'Sales' AND IsActive = true LIMIT 1`,
    );
    const { rows } = await sandbox.pool.query(
      `SELECT "Username" AS username, password, security_token AS "securityToken" FROM org."User"
         JOIN org_meta.user_secret ON user_id = "Id" WHERE "Id" = $1`,
      [Id],
    );
    const colleague = restClient(sandbox, await login(sandbox, rows[0]));
    expect((await colleague('GET', 'limits')).status).toBe(200);
    expect((await admin('PATCH', `sobjects/User/${Id}`, { IsActive: false })).status).toBe(204);
    const ended = await colleague('GET', 'limits');
    expect([ended.status, ended.body[0].errorCode]).toEqual([401, 'INVALID_SESSION_ID']);
  });
});

describe('An org of an older sandbox', () => {
  it('keeps what its tables of permissions said', async () => {
    await sandbox.pool.query(`
      CREATE TABLE org_meta.object_permission (profile_id text, object text, "read" boolean,
        "create" boolean, "edit" boolean, "delete" boolean);
      CREATE TABLE org_meta.field_permission (profile_id text, object text, field text,
        "read" boolean, "edit" boolean);
      DELETE FROM org."ObjectPermissions"; DELETE FROM org."FieldPermissions";
      DELETE FROM org."PermissionSetAssignment"; DELETE FROM org."PermissionSet";
      DELETE FROM org_meta.permission_ledger;
      INSERT INTO org_meta.object_permission SELECT "Id", 'Lead', true, false, true, false FROM org."Profile";
      INSERT INTO org_meta.field_permission
        SELECT "Id", 'Lead', 'Rating', false, false FROM org."Profile" WHERE "Name" = 'Sync User'`);
    for (const round of [1, 2]) {
      const { permissions } = await openOrg(sandbox.pool);
      const access = permissions.accessOf(syncUserId);
      expect([round, access.canEdit('Lead'), access.canDelete('Lead')]).toEqual([
        round,
        true,
        false,
      ]);
      expect([access.canReadField('Lead', 'Rating'), access.canReadField('Lead', 'Fax')]).toEqual([
        false,
        true,
      ]);
    }
    const { rows } = await sandbox.pool.query(
      `SELECT to_regclass('org_meta.field_permission') AS old`,
    );
    expect(rows).toEqual([{ old: null }]);
    await control(sandbox, 'POST', '/schema', {
      op: 'show-field',
      object: 'Lead',
      field: 'Rating',
    });
    const { permissions } = await openOrg(sandbox.pool);
    expect(permissions.accessOf(syncUserId).canReadField('Lead', 'Rating')).toBe(true);
  });
});
