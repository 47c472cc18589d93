import { LEAD_SOURCES, SALUTATIONS } from '../objects/shared.ts';
import type { SObject } from '../schema.ts';
import { commonColumns, isDeleted } from './rows.ts';
import { chance, draw, hash, oneOf, some } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

/** Columns that leads and contacts share; `address` is the prefix of the address fields. */
export function personColumns(
  object: SObject,
  staff: Staff,
  address: string,
): Record<string, string> {
  const k = 'r.key';
  const hasAddress = chance(k, 20, 82);
  const part = (sql: string) => `CASE WHEN ${hasAddress} THEN ${sql} END`;
  const located = (sql: string) =>
    `CASE WHEN ${hasAddress} AND ${chance(k, 21, 10)} THEN ${sql} END`;
  const phone = (salt: number) =>
    `'+1 (' || (200 + ${draw(k, salt, 800)}) || ') 555-' || lpad((${draw(k, salt + 1, 10_000)})::text, 4, '0')`;
  return {
    ...commonColumns(object, staff),
    FirstName: some(k, 10, 95, 'p.first'),
    MiddleName: some(k, 11, 6, 'p.middle'),
    LastName: 'q.last',
    Suffix: some(k, 12, 1.5, oneOf(k, 13, ['Jr.', 'Sr.', 'III', 'PhD'])),
    Salutation: some(k, 14, 40, oneOf(k, 15, SALUTATIONS)),
    Title: some(k, 16, 78, 't.title'),
    [`${address}Street`]: part('a.street'),
    [`${address}City`]: part('a.city'),
    [`${address}State`]: part('a.state'),
    [`${address}PostalCode`]: part('a.postal'),
    [`${address}Country`]: part('a.country'),
    [`${address}Latitude`]: located('a.latitude'),
    [`${address}Longitude`]: located('a.longitude'),
    [`${address}GeocodeAccuracy`]: located(`'City'`),
    Phone: some(k, 30, 72, phone(31)),
    MobilePhone: some(k, 33, 45, phone(34)),
    Fax: some(k, 36, 6, phone(37)),
    Email: emailOf(k),
    EmailBouncedDate: some(k, 43, 1.5, at('g.changed_age')),
    EmailBouncedReason: some(k, 43, 1.5, `'550 5.1.1 mailbox unavailable'`),
    Description: some(k, 44, 38, 't.body'),
    LeadSource: some(k, 45, 85, oneOf(k, 46, LEAD_SOURCES)),
    HasOptedOutOfEmail: chance(k, 47, 7),
    HasOptedOutOfFax: chance(k, 48, 2),
    DoNotCall: chance(k, 49, 3),
    LastActivityDate: some(k, 50, 35, dateAt('g.changed_age')),
    ...customColumns(k),
  };
}

/** Nearly everyone has an address of their own; some share their firm's. */
function emailOf(k: string): string {
  return `CASE WHEN ${chance(k, 40, 4)} THEN 'info@' || c.domain
    WHEN ${chance(k, 41, 93)} THEN
      p.mail_first || '.' || q.mail_last || ${draw(k, 42, 1_000)} || '@' || c.domain END`;
}

function customColumns(k: string): Record<string, string> {
  return {
    Lead_Score__c: some(k, 60, 70, `trim_scale(${draw(k, 61, 10_000)} / 100.0)`),
    Preferred_Language__c: some(
      k,
      62,
      30,
      oneOf(k, 63, ['English', 'Deutsch', 'Français', '日本語', 'العربية', 'русский']),
    ),
    VIP__c: chance(k, 64, 5),
    Renewal_Date__c: some(k, 65, 30, `date '2024-01-01' + ${draw(k, 66, 1_500)}::int`),
    Last_Webinar__c: some(
      k,
      67,
      25,
      `timestamptz '2021-01-01 00:00:00Z' + interval '1 second' * ${draw(k, 68, 120_000_000)}`,
    ),
    Segment__c: some(
      k,
      69,
      55,
      oneOf(k, 70, ['Enterprise', 'Mid-Market', 'Small Business', 'Public Sector']),
    ),
    Interests__c: some(
      k,
      71,
      40,
      oneOf(k, 72, [
        'Analytics',
        'Analytics;Security',
        'Automation;Events;Integration',
        'Events;Pricing',
        'Integration',
        'Pricing;Security',
      ]),
    ),
  };
}

/**
 * The account number of contact `n`, null for those without one. A few accounts have very many
 * contacts. Never a deleted account, as its contacts would be deleted with it.
 */
export function accountOf(n: string, accounts: number): string {
  if (accounts === 0) return 'NULL::bigint';
  const chosen = `(1 + floor(${accounts} * power(${hash(n, 700)} / 2147483648.0, 3)))::bigint`;
  return `CASE WHEN ${chance(n, 701, 88)} THEN
    ${chosen} - CASE WHEN ${isDeleted(chosen)} THEN 1 ELSE 0 END END`;
}
