import type { Faker } from '@faker-js/faker';
import { makeId } from '../ids.ts';

/** The organization and its staff as rows: API names and JSON values. */
export type Row = Record<string, unknown>;

const DOMAIN = 'meridian.example';
export const SYNC_USERNAME = `sync.user@${DOMAIN}`;
export const ADMIN_USERNAME = `admin@${DOMAIN}`;
/** Licences are no object of this org yet, but each profile names one. */
export const USER_LICENSE = makeId('100', 1);
export const SALES_PEOPLE = 20;
/** Left the company; still own some records. */
export const FORMER_SALES_PEOPLE = 2;

export const QUEUES = [
  { Name: 'Inbound Leads', DeveloperName: 'Inbound_Leads', Email: `inbound@${DOMAIN}` },
  { Name: 'Partner Leads', DeveloperName: 'Partner_Leads', Email: null },
  { Name: 'Leads to Review', DeveloperName: 'Leads_to_Review', Email: null },
];
export const PUBLIC_GROUPS = [
  { Name: 'Sales Europe', DeveloperName: 'Sales_Europe' },
  { Name: 'Sales Americas', DeveloperName: 'Sales_Americas' },
];
/** By the place of the role above; the first role has none above it. */
export const ROLES = [
  { Name: 'Chief Executive', DeveloperName: 'Chief_Executive', above: null },
  { Name: 'Head of Sales', DeveloperName: 'Head_of_Sales', above: 0 },
  { Name: 'Sales Europe', DeveloperName: 'Sales_Europe', above: 1 },
  { Name: 'Sales Americas', DeveloperName: 'Sales_Americas', above: 1 },
];
export const RECORD_TYPES = [
  { SobjectType: 'Account', Name: 'Business', DeveloperName: 'Business' },
  { SobjectType: 'Account', Name: 'Partner', DeveloperName: 'Partner' },
  { SobjectType: 'Lead', Name: 'New Business', DeveloperName: 'New_Business' },
  { SobjectType: 'Lead', Name: 'Existing Customer', DeveloperName: 'Existing_Customer' },
] as const;

export const ORGANIZATION = {
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

export function userRow(
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

export function salesPerson(
  faker: Faker,
  id: string,
  i: number,
  profileId: string,
  managerId: string,
) {
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
