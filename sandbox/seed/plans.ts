import { INDUSTRIES } from '../objects/shared.ts';
import type { Schema } from '../schema.ts';
import { ACCOUNT_KEYS, CONTACT_KEYS } from './keys.ts';
import { hasOpportunity, opportunityOf } from './opportunities.ts';
import { accountOf, personColumns } from './people.ts';
import { commonColumns, idOf, isDeleted, type RowPlan, totalFor } from './rows.ts';
import { accountShapes, personShapes } from './shapes.ts';
import { chance, draw, oneOf, some, text } from './sql.ts';
import type { Staff } from './staff.ts';
import { dateAt } from './stamps.ts';

/** Live rows of each object. */
export interface Sizes {
  accounts: number;
  leads: number;
  contacts: number;
}

/** One contact in so many is the same person as the lead of that number, with the same e-mail. */
const CONTACT_LIKE_LEAD = 50;

export interface PeoplePlans {
  account: RowPlan;
  contact: RowPlan;
  lead: RowPlan;
}

/** People and accounts; see RowPlan. */
export function plansFor(schema: Schema, staff: Staff, sizes: Sizes): PeoplePlans {
  return {
    account: accountPlan(schema, staff, sizes),
    contact: contactPlan(schema, staff, sizes),
    lead: leadPlan(schema, staff, sizes),
  };
}

function accountPlan(schema: Schema, staff: Staff, sizes: Sizes): RowPlan {
  const object = schema.object('Account')!;
  const k = 'r.key';
  const shipped = (column: string) => some(k, 220, 30, column);
  return {
    object,
    total: totalFor(sizes.accounts),
    key: `n + ${ACCOUNT_KEYS}`,
    companyKey: `n + ${ACCOUNT_KEYS}`,
    shapes: accountShapes,
    columns: {
      ...commonColumns(object, staff),
      Name: `CASE WHEN ${chance(k, 200, 40)} THEN c.company ELSE c.company || ' ' || a.city END`,
      ParentId: `CASE WHEN ${chance(k, 201, 10)} AND r.n > 1 AND NOT ${isDeleted('(r.n / 2)')} THEN ${idOf(object, '(r.n / 2)')} END`,
      OwnerId: oneOf(k, 202, staff.salesIds),
      RecordTypeId: some(k, 203, 90, oneOf(k, 204, staff.recordTypes.Account)),
      AccountSource: some(k, 205, 60, oneOf(k, 206, ['Web', 'Partner', 'Trade Show', 'Other'])),
      Type: some(k, 207, 75, oneOf(k, 208, ['Prospect', 'Customer', 'Customer', 'Partner'])),
      Industry: some(k, 209, 80, oneOf(k, 210, INDUSTRIES)),
      AnnualRevenue: some(k, 211, 60, `${draw(k, 212, 5_000)} * 100000`),
      NumberOfEmployees: some(k, 213, 65, `${draw(k, 214, 20_000)}::int`),
      Phone: some(k, 215, 80, `'+49 40 555 ' || (10000 + ${draw(k, 216, 90_000)})`),
      Website: some(k, 217, 70, `'https://www.' || c.domain`),
      Description: some(k, 218, 30, 't.body'),
      Site: some(k, 219, 10, oneOf(k, 221, ['Headquarters', 'Branch', 'Plant'])),
      BillingStreet: 'a.street',
      BillingCity: 'a.city',
      BillingState: 'a.state',
      BillingPostalCode: 'a.postal',
      BillingCountry: 'a.country',
      ShippingStreet: shipped('a.street'),
      ShippingCity: shipped('a.city'),
      ShippingPostalCode: shipped('a.postal'),
      ShippingCountry: shipped('a.country'),
      Customer_Number__c: some(k, 223, 60, `'C-' || lpad(r.n::text, 8, '0')`),
      Tier__c: some(k, 224, 50, oneOf(k, 225, ['Gold', 'Silver', 'Silver', 'Bronze', 'Bronze'])),
      Contract_Value__c: some(k, 226, 40, `trim_scale(${draw(k, 227, 100_000_000)} / 100.0)`),
      Onboarded__c: some(k, 228, 40, dateAt('g.created_age')),
    },
  };
}

function contactPlan(schema: Schema, staff: Staff, sizes: Sizes): RowPlan {
  const object = schema.object('Contact')!;
  const k = 'r.key';
  const account = accountOf('n', sizes.accounts);
  const key = `CASE WHEN n % ${CONTACT_LIKE_LEAD} = 7 THEN n ELSE n + ${CONTACT_KEYS} END`;
  return {
    object,
    total: totalFor(sizes.contacts),
    key,
    // A contact's e-mail is at its account's domain.
    companyKey: `CASE WHEN n % ${CONTACT_LIKE_LEAD} = 7 THEN n ELSE COALESCE(${account} + ${ACCOUNT_KEYS}, n) END`,
    shapes: personShapes('Mailing'),
    columns: {
      ...personColumns(object, staff, 'Mailing'),
      AccountId: idOf(schema.object('Account')!, accountOf('r.n', sizes.accounts)),
      OwnerId: oneOf(k, 300, staff.salesIds),
      ReportsToId: `CASE WHEN ${chance(k, 301, 8)} AND r.n > 1 AND NOT ${isDeleted('(r.n / 2)')} THEN ${idOf(object, '(r.n / 2)')} END`,
      Birthdate: some(k, 302, 20, `date '1950-01-01' + ${draw(k, 303, 20_000)}::int`),
      Department: some(k, 304, 40, oneOf(k, 305, ['Finance', 'IT', 'Marketing', 'Sales', 'R&D'])),
      AssistantName: some(k, 306, 4, 'p.middle'),
      AssistantPhone: some(k, 306, 4, `'+49 30 555 ' || (1000 + ${draw(k, 307, 9_000)})`),
      HomePhone: some(k, 308, 5, `'+49 89 555 ' || (1000 + ${draw(k, 309, 9_000)})`),
      OtherCity: some(k, 310, 4, 'a.city'),
      OtherCountry: some(k, 310, 4, 'a.country'),
      Seats__c: some(k, 311, 30, oneOf(k, 312, ['1-10', '11-50', '51-200', 'over 200'])),
      Loyalty_Number__c: some(k, 313, 25, `'L' || lpad(r.n::text, 9, '0')`),
    },
  };
}

function leadPlan(schema: Schema, staff: Staff, sizes: Sizes): RowPlan {
  const object = schema.object('Lead')!;
  const k = 'r.key';
  // A lead was converted if the contact it became has an account and is still there.
  const chosen = `(1 + ${draw(k, 400, Math.max(1, sizes.contacts))})`;
  const contact = `(${chosen} - CASE WHEN ${isDeleted(chosen)} THEN 1 ELSE 0 END)`;
  const account = accountOf(contact, sizes.accounts);
  const converted =
    sizes.contacts === 0
      ? 'false'
      : `(${chance(k, 401, 3.5)} AND s.slot IS NULL AND NOT ${isDeleted('r.n')} AND (${account}) IS NOT NULL)`;
  const ifConverted = (sql: string) => `CASE WHEN ${converted} THEN ${sql} END`;
  return {
    object,
    total: totalFor(sizes.leads),
    key: 'n',
    companyKey: 'n',
    shapes: personShapes(''),
    columns: {
      ...personColumns(object, staff, ''),
      Company: 'c.company',
      OwnerId: `CASE WHEN ${chance(k, 402, 10)} AND NOT ${converted} THEN ${oneOf(k, 403, staff.queueIds)} ELSE ${oneOf(k, 404, staff.salesIds)} END`,
      RecordTypeId: some(k, 405, 80, oneOf(k, 406, staff.recordTypes.Lead)),
      Status: `CASE WHEN ${converted} THEN 'Qualified' ELSE ${oneOf(k, 407, ['Open', 'Open', 'Contacted', 'Contacted', 'Unqualified'])} END`,
      IsConverted: converted,
      ConvertedDate: ifConverted(dateAt('g.changed_age')),
      ConvertedContactId: ifConverted(idOf(schema.object('Contact')!, contact)),
      ConvertedAccountId: ifConverted(idOf(schema.object('Account')!, account)),
      ConvertedOpportunityId: `CASE WHEN ${converted} AND ${hasOpportunity(account)} THEN ${idOf(schema.object('Opportunity')!, opportunityOf(account))} END`,
      // What was done about a lead goes to the contact it becomes.
      LastActivityDate: `CASE WHEN NOT ${converted} THEN ${some(k, 50, 35, dateAt('g.changed_age'))} END`,
      Industry: some(k, 408, 60, oneOf(k, 409, INDUSTRIES)),
      Rating: some(k, 410, 50, oneOf(k, 411, ['Hot', 'Warm', 'Cold'])),
      AnnualRevenue: some(k, 412, 40, `${draw(k, 413, 2_000)} * 50000`),
      NumberOfEmployees: some(k, 414, 50, `${draw(k, 415, 5_000)}::int`),
      Website: some(k, 416, 40, `'https://www.' || c.domain`),
      IsUnreadByOwner: chance(k, 417, 25),
      LastTransferDate: some(k, 418, 20, dateAt('g.changed_age')),
      Background__c: some(k, 420, 10, 't.body'),
      Seats__c: some(k, 421, 45, draw(k, 422, 500)),
      Budget__c: some(k, 423, 40, `trim_scale(${draw(k, 424, 10_000_000)} / 100.0)`),
      Close_Probability__c: some(k, 425, 35, `trim_scale(${draw(k, 426, 201)} / 2.0)`),
      Call_After__c: some(k, 427, 15, `time '08:00' + interval '15 minutes' * ${draw(k, 428, 40)}`),
      Second_Email__c: some(
        k,
        429,
        10,
        `p.mail_first || ${draw(k, 430, 1_000)} || ${text('@mail.example')}`,
      ),
      Assistant_Phone__c: some(k, 431, 5, `'+49 30 555 ' || (1000 + ${draw(k, 432, 9_000)})`),
      LinkedIn__c: some(
        k,
        433,
        30,
        `'https://social.example/in/' || p.mail_first || '-' || q.mail_last || r.n`,
      ),
      Partner_Account__c: some(
        k,
        434,
        8,
        idOf(schema.object('Account')!, accountOf('r.n', sizes.accounts)),
      ),
      Commission__c: some(k, 435, 20, `trim_scale(${draw(k, 436, 500_000)} / 100.0)`),
    },
  };
}
