import type { Faker } from '@faker-js/faker';
import { makeId } from '../ids.ts';
import type { Schema, SObject } from '../schema.ts';
import { type Database, quote, sequenceSql, tableSql } from '../storage.ts';
import { hash, text } from './sql.ts';

/** Who works in the org, by id: what the rows of people and accounts refer to. */
export interface Org {
  id: string;
  adminId: string;
  syncUserId: string;
  profiles: Record<ProfileName, string>;
  queueIds: string[];
  recordTypes: Record<'Account' | 'Lead', string[]>;
  /** A sales user's id for a key. */
  anyOwner(key: string): (salt: number) => string;
  /** A sales user's, the admin's or the sync user's id for a key. */
  anyUser(key: string): (salt: number) => string;
}

export type ProfileName = 'System Administrator' | 'Sync User' | 'Sales';

const PROFILES: ProfileName[] = ['System Administrator', 'Sync User', 'Sales'];
const DOMAIN = 'meridian.example';
export const SYNC_USERNAME = `sync.user@${DOMAIN}`;
export const ADMIN_USERNAME = `admin@${DOMAIN}`;
/** Licences are no object of this org yet, but each profile names one. */
const USER_LICENSE = makeId('100', 1);
const SALES_PEOPLE = 20;
/** Left the company; still own some records. */
const FORMER_SALES_PEOPLE = 2;
const SEED = 20_250_102;
const THREE_DAYS = 3 * 86_400_000;
const SEVEN_YEARS = 7 * 365 * 86_400_000;

const QUEUES = [
  { Name: 'Inbound Leads', DeveloperName: 'Inbound_Leads', Email: `inbound@${DOMAIN}` },
  { Name: 'Partner Leads', DeveloperName: 'Partner_Leads', Email: null },
  { Name: 'Leads to Review', DeveloperName: 'Leads_to_Review', Email: null },
];
const PUBLIC_GROUPS = [
  { Name: 'Sales Europe', DeveloperName: 'Sales_Europe' },
  { Name: 'Sales Americas', DeveloperName: 'Sales_Americas' },
];
const RECORD_TYPES = [
  { SobjectType: 'Account', Name: 'Business', DeveloperName: 'Business' },
  { SobjectType: 'Account', Name: 'Partner', DeveloperName: 'Partner' },
  { SobjectType: 'Lead', Name: 'New Business', DeveloperName: 'New_Business' },
  { SobjectType: 'Lead', Name: 'Existing Customer', DeveloperName: 'Existing_Customer' },
] as const;

type Row = Record<string, unknown>;

/** Inserts the organization, its profiles, users, groups, queues and record types. */
export async function createStaff(
  db: Database,
  schema: Schema,
  orgId: string,
  base: Date,
): Promise<Org> {
  const { faker } = (await import('@faker-js/faker/locale/en')) as { faker: Faker };
  faker.seed(SEED);
  const object = (name: string) => schema.object(name)!;
  const ids = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => makeId(object(name).keyPrefix!, i + 1));

  const profileIds = ids('Profile', PROFILES.length);
  const profiles = Object.fromEntries(
    PROFILES.map((name, i) => [name, profileIds[i]!]),
  ) as Org['profiles'];
  const userIds = ids('User', 2 + SALES_PEOPLE + FORMER_SALES_PEOPLE);
  const [adminId, syncUserId, ...salesIds] = userIds as [string, string, ...string[]];
  const groupIds = ids('Group', QUEUES.length + PUBLIC_GROUPS.length);
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
  await save('User', [
    userRow(adminId, ADMIN_USERNAME, 'Avery', 'Admin', profiles['System Administrator'], {
      Title: 'Salesforce Administrator',
    }),
    userRow(syncUserId, SYNC_USERNAME, 'Integration', 'User', profiles['Sync User'], {
      UserPermissionsMarketingUser: true,
    }),
    ...salesIds.map((id, i) => salesPerson(faker, id, i, profiles.Sales, adminId)),
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
    id: orgId,
    adminId,
    syncUserId,
    profiles,
    queueIds,
    recordTypes: { Account: recordTypesOf('Account'), Lead: recordTypesOf('Lead') },
    anyOwner: (key) => (salt) => pick(salesIds, key, salt),
    anyUser: (key) => (salt) => pick([adminId, syncUserId, ...salesIds], key, salt),
  };
}

export const pick = (ids: string[], key: string, salt: number): string =>
  `(ARRAY[${ids.map(text).join(',')}])[1 + ${hash(key, salt)} % ${ids.length}]`;

const ORGANIZATION = {
  Name: 'Meridian Instruments',
  OrganizationType: 'Enterprise Edition',
  InstanceName: 'CS1',
  IsSandbox: true,
  LanguageLocaleKey: 'en_US',
  DefaultLocaleSidKey: 'en_US',
  TimeZoneSidKey: 'Europe/Berlin',
  Street: 'Hafenstrasse 12',
  City: 'Hamburg',
  PostalCode: '20457',
  Country: 'Germany',
  FiscalYearStartMonth: 1,
  DefaultLeadAccess: 'ReadEditTransfer',
  DefaultAccountAccess: 'Edit',
  DefaultContactAccess: 'ControlledByParent',
  UiSkin: 'Theme3',
  SignupCountryIsoCode: 'DE',
};

function userRow(
  Id: string,
  Username: string,
  FirstName: string | null,
  LastName: string,
  ProfileId: string,
  rest: Row,
): Row {
  const name = Username.split('@')[0]!;
  return {
    Id,
    Username,
    FirstName,
    LastName,
    ProfileId,
    Email: Username,
    Alias: name.replace(/[^a-z]/g, '').slice(0, 8),
    CommunityNickname: name,
    CompanyName: ORGANIZATION.Name,
    IsActive: true,
    UserType: 'Standard',
    TimeZoneSidKey: 'Europe/Berlin',
    LocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    EmailEncodingKey: 'UTF-8',
    DigestFrequency: 'D',
    DefaultGroupNotificationFrequency: 'N',
    ReceivesInfoEmails: true,
    ...rest,
  };
}

function salesPerson(faker: Faker, id: string, i: number, profileId: string, managerId: string) {
  const [first, last] = [faker.person.firstName(), faker.person.lastName()];
  const name = `${first}.${last}`.toLowerCase().replace(/[^a-z.]/g, '');
  const extension = String(100 + i);
  return userRow(id, `${name}.${i + 1}@${DOMAIN}`, first, last, profileId, {
    Title: i % 5 === 0 ? 'Sales Manager' : 'Account Executive',
    Department: 'Sales',
    Phone: `+49 40 555 0${extension}`,
    MobilePhone: i % 3 === 0 ? null : `+49 170 555 0${extension}`,
    Extension: extension,
    City: ORGANIZATION.City,
    Country: ORGANIZATION.Country,
    ManagerId: managerId,
    IsActive: i < SALES_PEOPLE,
  });
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
