import type { Faker } from '@faker-js/faker';
import { makeId } from '../ids.ts';
import type { Schema, SObject } from '../schema.ts';
import { type Database, quote, sequenceSql, tableSql } from '../storage.ts';
import {
  ADMIN_USERNAME,
  FORMER_SALES_PEOPLE,
  ORGANIZATION,
  PUBLIC_GROUPS,
  QUEUES,
  RECORD_TYPES,
  ROLES,
  type Row,
  SALES_PEOPLE,
  SYNC_USERNAME,
  salesPerson,
  USER_LICENSE,
  userRow,
} from './staff-rows.ts';

/** Who works in the org, by id: what the rows of people and accounts refer to. */
export interface Staff {
  adminId: string;
  syncUserId: string;
  profiles: Record<ProfileName, string>;
  queueIds: string[];
  recordTypes: Record<'Account' | 'Lead', string[]>;
  /** Sales people, two that have left among them. */
  salesIds: string[];
}

export type ProfileName = 'System Administrator' | 'Sync User' | 'Sales';

const PROFILES: ProfileName[] = ['System Administrator', 'Sync User', 'Sales'];
const SEED = 20_250_102;
const THREE_DAYS = 3 * 86_400_000;
const SEVEN_YEARS = 7 * 365 * 86_400_000;

/** Inserts the organization, its profiles, roles, users, groups, queues and record types. */
export async function createStaff(
  db: Database,
  schema: Schema,
  orgId: string,
  base: Date,
): Promise<Staff> {
  const { faker } = (await import('@faker-js/faker/locale/en')) as { faker: Faker };
  faker.seed(SEED);
  const object = (name: string) => schema.object(name)!;
  const ids = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => makeId(object(name).keyPrefix!, i + 1));

  const profileIds = ids('Profile', PROFILES.length);
  const profiles = Object.fromEntries(
    PROFILES.map((name, i) => [name, profileIds[i]!]),
  ) as Staff['profiles'];
  const userIds = ids('User', 2 + SALES_PEOPLE + FORMER_SALES_PEOPLE);
  const [adminId, syncUserId, ...salesIds] = userIds as [string, string, ...string[]];
  const groupIds = ids('Group', QUEUES.length + PUBLIC_GROUPS.length);
  const roleIds = ids('UserRole', ROLES.length);
  const recordTypeIds = ids('RecordType', RECORD_TYPES.length);

  const made = new Date(base.getTime() - SEVEN_YEARS);
  const changed = new Date(base.getTime() - THREE_DAYS);
  const audit = {
    CreatedById: adminId,
    CreatedDate: made,
    LastModifiedById: adminId,
    LastModifiedDate: changed,
    SystemModstamp: changed,
  };
  const save = (name: string, rows: Row[]) =>
    insertObjects(
      db,
      object(name),
      rows.map((row) => ({ ...audit, ...row })),
    );

  await save('Organization', [{ ...ORGANIZATION, Id: orgId }]);
  await save(
    'Profile',
    PROFILES.map((Name, i) => ({
      Id: profileIds[i],
      Name,
      UserType: 'Standard',
      UserLicenseId: USER_LICENSE,
    })),
  );
  await save(
    'UserRole',
    ROLES.map(({ above, ...role }, i) => ({
      ...role,
      Id: roleIds[i],
      ParentRoleId: above === null ? null : roleIds[above],
      RollupDescription: role.Name,
      OpportunityAccessForAccountOwner: 'Edit',
      CaseAccessForAccountOwner: 'Edit',
      ContactAccessForAccountOwner: 'Edit',
      PortalType: 'None',
    })),
  );
  await save('User', [
    userRow(adminId, ADMIN_USERNAME, 'Avery', 'Admin', profiles['System Administrator'], {
      Title: 'Salesforce Administrator',
      UserPermissionsMarketingUser: true,
    }),
    userRow(syncUserId, SYNC_USERNAME, 'Integration', 'User', profiles['Sync User'], {
      UserPermissionsMarketingUser: true,
    }),
    ...salesIds.map((id, i) => ({
      ...salesPerson(faker, id, i, profiles.Sales, adminId),
      UserRoleId: roleIds[i === 0 ? 1 : 2 + (i % 2)],
    })),
  ]);
  const queueIds = groupIds.slice(0, QUEUES.length);
  await save('Group', [
    ...QUEUES.map((queue, i) => ({ ...queue, Id: groupIds[i], Type: 'Queue', OwnerId: adminId })),
    ...PUBLIC_GROUPS.map((group, i) => ({
      ...group,
      Id: groupIds[QUEUES.length + i],
      Type: 'Regular',
      OwnerId: orgId,
      DoesIncludeBosses: true,
    })),
  ]);
  // Each queue and group has some of the sales people in it, and the last group the one before as well.
  const members = groupIds.flatMap((GroupId, i) => [
    ...salesIds
      .filter((_, person) => person % groupIds.length === i && person < SALES_PEOPLE)
      .map((UserOrGroupId) => ({ GroupId, UserOrGroupId })),
    ...(i === groupIds.length - 1 ? [{ GroupId, UserOrGroupId: groupIds[i - 1] }] : []),
  ]);
  await save(
    'GroupMember',
    members.map((member, i) => ({ ...member, Id: ids('GroupMember', members.length)[i] })),
  );
  await save(
    'QueueSobject',
    queueIds.map((QueueId, i) => ({
      Id: ids('QueueSobject', QUEUES.length)[i],
      QueueId,
      SobjectType: 'Lead',
    })),
  );
  await save(
    'RecordType',
    RECORD_TYPES.map((type, i) => ({ ...type, Id: recordTypeIds[i], IsActive: true })),
  );

  const recordTypesOf = (name: string) =>
    recordTypeIds.filter((_, i) => RECORD_TYPES[i]!.SobjectType === name);
  return {
    adminId,
    syncUserId,
    profiles,
    queueIds,
    recordTypes: { Account: recordTypesOf('Account'), Lead: recordTypesOf('Lead') },
    salesIds,
  };
}

/** Inserts rows given as API names and JSON values, and numbers the object's next id after them. */
async function insertObjects(db: Database, object: SObject, rows: Row[]): Promise<void> {
  const known = new Set(object.fields.map((field) => field.name));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    known.has(name),
  );
  const table = tableSql(object);
  const booleans = new Set(
    object.fields.filter((field) => field.type === 'boolean').map((field) => field.name),
  );
  const values = names.map((name) =>
    booleans.has(name) ? `COALESCE(${quote(name)}, false)` : quote(name),
  );
  await db.query(
    `INSERT INTO ${table} (${names.map(quote).join(', ')})
     SELECT ${values.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $1)`,
    [JSON.stringify(rows)],
  );
  await db.query('SELECT setval($1, $2)', [sequenceSql(object), rows.length]);
}
